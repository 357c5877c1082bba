import { spawn } from "node:child_process";
import { Failure } from "../domain/failure.ts";
import type { Browser } from "../domain/ports/machine.ts";
import { withoutSecrets } from "./child-environment.ts";
import { splitCommandLine } from "./command-line.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** `BROWSER` if set, else the system's own; none over SSH or without a display. */
export function systemBrowser(environment: Environment, platform: NodeJS.Platform = process.platform): Browser {
  return {
    open: async (url) => {
      const named = environment["BROWSER"];
      if (named) return openWith(named, url, environment);
      if (!hasDisplay(environment, platform)) return false;
      const { default: open } = await import("open");
      try {
        const child = await open(url);
        child.unref();
        return await started(child);
      } catch {
        return false;
      }
    },
  };
}

function openWith(program: string, url: string, environment: Environment): Promise<boolean> {
  const words = splitCommandLine(program);
  const [command, ...args] = words ?? [];
  if (!command)
    throw new Failure("usage", `BROWSER is not a command: ${program}`, {
      hint: "set it to a program, or use --no-browser",
    });
  const child = spawn(command, [...args, url], {
    detached: true,
    stdio: "ignore",
    env: withoutSecrets(environment),
  });
  child.unref();
  return started(child);
}

function started(child: ReturnType<typeof spawn>): Promise<boolean> {
  return new Promise((resolve) => {
    child.once("spawn", () => resolve(true));
    child.once("error", () => resolve(false));
  });
}

function hasDisplay(environment: Environment, platform: NodeJS.Platform): boolean {
  if (environment["SSH_CONNECTION"] || environment["SSH_TTY"]) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"] || environment["WSL_DISTRO_NAME"]);
}
