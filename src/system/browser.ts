import { type ChildProcess, spawn } from "node:child_process";
import { Failure } from "../domain/failure.ts";
import type { Browser } from "../domain/ports/machine.ts";
import { secretNames, withoutSecrets } from "./child-environment.ts";
import { splitCommandLine } from "./command-line.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** A launcher that finds no browser ends with a code within this time (milliseconds); a browser that runs stays. */
const patience = 500;

/** `BROWSER` if set, else the system's own; none over SSH or without a display. */
export function systemBrowser(environment: Environment, platform: NodeJS.Platform = process.platform): Browser {
  return {
    open: async (url) => {
      const named = environment["BROWSER"];
      if (named) return openWith(named, url, environment);
      if (!hasDisplay(environment, platform)) return false;
      return openWithSystem(url);
    },
  };
}

async function openWithSystem(url: string): Promise<boolean> {
  const { default: open } = await import("open");
  try {
    // Resolves once the launcher was started: there is no further "spawn" to wait for.
    const child = await withoutSecretsHere(() => open(url));
    child.unref();
    return await stays(child);
  } catch {
    return false;
  }
}

/** `open` gives its child our own environment: what opens the vault is out of it while it starts. */
async function withoutSecretsHere<T>(work: () => Promise<T>): Promise<T> {
  const hidden = secretNames(process.env).map((name) => [name, process.env[name]] as const);
  for (const [name] of hidden) delete process.env[name];
  try {
    return await work();
  } finally {
    Object.assign(process.env, Object.fromEntries(hidden));
  }
}

async function openWith(line: string, url: string, environment: Environment): Promise<boolean> {
  const [command, ...args] = splitCommandLine(line) ?? [];
  if (!command)
    throw new Failure("usage", `BROWSER is not a command: ${line}`, {
      hint: "set it to a program, or use --no-browser",
    });
  const child = spawn(command, [...args, url], { detached: true, stdio: "ignore", env: withoutSecrets(environment) });
  child.unref();
  return stays(child);
}

function stays(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), patience);
    const settle = (started: boolean) => {
      clearTimeout(timer);
      resolve(started);
    };
    if (child.exitCode !== null) settle(child.exitCode === 0);
    child.once("error", () => settle(false));
    child.once("exit", (code) => settle(code === 0));
  });
}

function hasDisplay(environment: Environment, platform: NodeJS.Platform): boolean {
  if (environment["SSH_CONNECTION"] || environment["SSH_TTY"]) return false;
  if (platform === "darwin" || platform === "win32") return true;
  return Boolean(environment["DISPLAY"] || environment["WAYLAND_DISPLAY"] || environment["WSL_DISTRO_NAME"]);
}
