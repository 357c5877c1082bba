/** The built binary against the sandbox: X connected, ready to be used. */
import { fileURLToPath } from "node:url";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { freePort, run, type Workspace, workspace } from "./command.ts";

/** Stands in for a person's browser: opens the consent page and approves. */
export const approve = fileURLToPath(new URL("../../scripts/approve-consent.mjs", import.meta.url));

export interface Sandboxed extends Workspace {
  readonly sandbox: Sandbox;
  /** The port the callback server of `connect x` must use: its redirect URI is registered. */
  readonly port: number;
}

/** A sandbox and a workspace that is pointed at it; the developer app comes from the environment. */
export async function sandboxed(options: Partial<SandboxOptions> = {}): Promise<Sandboxed> {
  const port = await freePort();
  const redirectUri = `http://127.0.0.1:${port}/callback/x`;
  const sandbox = await startSandbox({ port: 0, clock, random, registerRedirectUris: [redirectUri], ...options });
  const space = workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    AGENCYIQ_X_CLIENT_ID: "sandbox-x-client",
    AGENCYIQ_X_CLIENT_SECRET: "sandbox-x-secret",
    BROWSER: `${process.execPath} ${approve}`,
  });
  return { ...space, sandbox, port };
}

/** Connects X as the given test person; the consent page is answered by a script in place of the browser. */
export async function connectX({ env, port }: Sandboxed, person = "acme", more: readonly string[] = []): Promise<void> {
  const ended = await run(["connect", "x", "--port", String(port), ...more], {
    env: { ...env, SANDBOX_PERSON: person },
  });
  if (ended.code !== 0) throw new Error(`connect failed: ${ended.stdout}${ended.stderr}`);
}

/** Orders a fault (src/sandbox/control.ts). */
export async function orderFault(sandbox: Sandbox, order: Readonly<Record<string, unknown>>): Promise<void> {
  const response = await fetch(`${sandbox.url}/_sandbox/faults`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ platform: "x", ...order }),
  });
  if (response.status !== 201) throw new Error(await response.text());
}
