import { type ChildProcess, spawn } from "node:child_process";
import { Failure } from "../domain/failure.ts";
import type { Browser } from "../domain/ports/machine.ts";
import { withoutSecrets } from "./child-environment.ts";
import { splitCommandLine } from "./command-line.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A launcher that finds no browser says so within this time (milliseconds); one that found some is left alone. */
const patience = 700;

/** `BROWSER` if set, else the system's own; none over SSH or without a display. */
export function systemBrowser(environment: Environment, platform: NodeJS.Platform = process.platform): Browser {
  return {
    open: async (url) => {
      const named = environment["BROWSER"];
      if (named) return openWith(named, url, environment);
      if (!hasDisplay(environment, platform)) return false;
      // Linux has one launcher, which can be given an environment; `open` knows the rest, WSL with them.
      if (platform === "linux" && !environment["WSL_DISTRO_NAME"]) return launched("xdg-open", [url], environment);
      return openWithSystem(url);
    },
  };
}

async function openWithSystem(url: string): Promise<boolean> {
  const { default: open } = await import("open");
  try {
    // Resolves when its launcher has started; an exit of the launcher comes later.
    (await open(url)).unref();
    return true;
  } catch {
    return false;
  }
}

function openWith(line: string, url: string, environment: Environment): Promise<boolean> {
  const [command, ...args] = splitCommandLine(line) ?? [];
  if (!command)
    throw new Failure("usage", `BROWSER is not a command: ${line}`, {
      hint: "set it to a program, or use --no-browser",
    });
  return launched(command, [...args, url], environment);
}

/** Started without a shell, apart from us, and without what opens the vault. */
function launched(command: string, args: readonly string[], environment: Environment): Promise<boolean> {
  const child = spawn(command, args, { detached: true, stdio: "ignore", env: withoutSecrets(environment) });
  child.unref();
  return hasStarted(child);
}

/** xdg-open starts even where there is no browser, and then ends with a code: that counts as none. */
function hasStarted(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("exit", (code) => resolve(code === 0));
    child.once("spawn", () => setTimeout(() => resolve(true), patience));
  });
}

function hasDisplay(environment: Environment, platform: NodeJS.Platform): boolean {
  if (environment["SSH_CONNECTION"] || environment["SSH_TTY"]) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"] || environment["WSL_DISTRO_NAME"]);
}
