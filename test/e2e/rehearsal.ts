/** The built binary and a sandbox whose developer apps it has in its environment. */
import { onTestFinished } from "vitest";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { type Ended, run, type Workspace, workspace } from "./command.ts";
import { approve } from "./sandboxed.ts";

export interface Rehearsal extends Workspace {
  readonly sandbox: Sandbox;
  readonly program: (...args: string[]) => Promise<Ended>;
  /** Exit 0 is asked for. */
  readonly done: (...args: string[]) => Promise<Ended>;
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** Of the requests to a path: method and status. */
  readonly asked: (path: string) => Promise<string[]>;
  readonly timeline: () => Promise<Record<string, unknown>[]>;
}

export async function rehearsal(
  options: Partial<SandboxOptions> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Rehearsal> {
  const sandbox = await startSandbox({ port: 0, clock, random, ...options });
  onTestFinished(() => sandbox.close());
  const lines = await (await fetch(`${sandbox.url}/environment`)).text();
  const told = [...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
  const space = workspace({ ...Object.fromEntries(told), BROWSER: `${process.execPath} ${approve}`, ...more });
  const program = (...args: string[]) => run(args, { env: space.env, timeout: 60_000 });
  const control = async (method: string, path: string, body?: unknown) => {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${sandbox.url}/_sandbox${path}`, {
      method,
      ...(body === undefined ? {} : { headers, body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer.json();
  };
  return {
    ...space,
    sandbox,
    program,
    done: async (...args) => {
      const ended = await program(...args);
      if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.code} ${ended.stdout}${ended.stderr}`);
      return ended;
    },
    control,
    asked: async (path) => {
      const { requests } = (await control("GET", "/requests")) as { requests: Record<string, unknown>[] };
      return requests.filter((one) => one["path"] === path).map((one) => `${one["method"]} ${one["status"]}`);
    },
    timeline: async () => {
      const answer = await fetch(`${sandbox.url}/timeline.json`);
      return ((await answer.json()) as { posts: Record<string, unknown>[] }).posts;
    },
  };
}
