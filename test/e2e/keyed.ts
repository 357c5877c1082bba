/** The built binary and a sandbox, for platforms that are connected by a key. */
import { onTestFinished } from "vitest";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { type Ended, run, type Workspace, workspace } from "./command.ts";

export interface Keyed extends Workspace {
  readonly sandbox: Sandbox;
  /** Fails the test with what was printed where the command does not end with `code` (default 0). */
  readonly ok: (args: readonly string[], options?: { stdin?: string; code?: number }) => Promise<Ended>;
  readonly timeline: () => Promise<readonly Record<string, unknown>[]>;
}

export async function keyed(extra: Readonly<Record<string, string>> = {}): Promise<Keyed> {
  const sandbox = await startSandbox({ port: 0, clock, random });
  onTestFinished(() => sandbox.close());
  const space = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url, ...extra });
  return {
    ...space,
    sandbox,
    ok: async (args, { stdin, code = 0 } = {}) => {
      const ended = await run(args, { env: space.env, timeout: 60_000, ...(stdin === undefined ? {} : { stdin }) });
      if (ended.code === code) return ended;
      throw new Error(`agencyiq ${args.join(" ")} ended with ${ended.code}:\n${ended.stdout}${ended.stderr}`);
    },
    timeline: async () =>
      ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] }).posts,
  };
}

export interface Published {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string }[];
}
