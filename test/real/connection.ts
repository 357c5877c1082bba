/** The built binary against oidc-provider: `agencyiq connect oidc`, and what is done with the account after it. */
import { onTestFinished } from "vitest";
import { type Ended, type RunOptions, run, type Started, start, type Workspace, workspace } from "../e2e/command.ts";
import { type OidcServer, type OidcServerOptions, publicClient, startOidcServer } from "./oidc-server.ts";
import { approve, type Decision } from "./person.ts";

export interface Setting extends Workspace {
  readonly server: OidcServer;
}

/** A server of the test's own and an empty vault. */
export async function setting(options?: OidcServerOptions): Promise<Setting> {
  const server = await startOidcServer(options);
  onTestFinished(() => server.close());
  return { ...workspace(), server };
}

/** With the registered public client, unless `more` says otherwise. */
export function connectCommand({ server }: Setting, more: readonly string[] = []): readonly string[] {
  return ["connect", "oidc", "--issuer", server.issuer, "--client-id", publicClient.client_id, ...more];
}

export interface Connecting extends Started {
  readonly url: string;
  readonly redirectUri: string;
}

/** Started, up to the line that names the page to approve on. */
export async function startConnecting(
  setting: Setting,
  more: readonly string[] = [],
  options: RunOptions = {},
): Promise<Connecting> {
  const args = connectCommand(setting, ["--no-browser", "--json", ...more]);
  return awaitAuthorize(await start(args, { env: setting.env, ...options }));
}

export async function awaitAuthorize(started: Started): Promise<Connecting> {
  const line = await started.line(/"event":"authorize"/);
  return { ...started, ...(JSON.parse(line) as { url: string; redirectUri: string }) };
}

export interface Page {
  readonly status: number;
  readonly url: string;
  readonly text: string;
}

/** Opens an address as a browser does: redirects are followed. */
export async function open(url: string): Promise<Page> {
  const response = await fetch(url);
  return { status: response.status, url: response.url, text: await response.text() };
}

/** Approves (or refuses) and goes back to the callback, whose last page is returned. */
export async function decide(connecting: Connecting, decision?: Decision): Promise<Page> {
  return open(await approve(connecting.url, decision));
}

export interface AccountDocument {
  readonly account: string;
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly externalId: string;
  readonly issuer: string;
}

/** Connects to the end. @throws Error with what was printed when that fails */
export async function connect(
  setting: Setting,
  more: readonly string[] = [],
  decision?: Decision,
): Promise<AccountDocument> {
  const connecting = await startConnecting(setting, more);
  await decide(connecting, decision);
  return connectedAccount(await connecting.ended);
}

export function connectedAccount(ended: Ended): AccountDocument {
  const { accounts } = lastDocument<{ accounts?: readonly AccountDocument[] }>(ended);
  const account = accounts?.[0];
  if (ended.code !== 0 || !account) throw new Error(`not connected: ${ended.stdout}${ended.stderr}`);
  return account;
}

/** The last of the documents that were printed one a line. */
export function lastDocument<T>({ stdout }: Ended): T {
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as T;
}

export interface ErrorDocument {
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null };
}

export async function printToken(setting: Setting): Promise<string> {
  const ended = await run(["tokens", "print", "oidc"], { env: setting.env });
  if (ended.code !== 0) throw new Error(`no token: ${ended.stderr}`);
  return ended.stdout.trimEnd();
}

/** What the server's userinfo answers to a bearer token. */
export async function userinfoStatus({ server }: Setting, token: string): Promise<number> {
  const { status } = await fetch(`${server.issuer}/me`, { headers: { authorization: `Bearer ${token}` } });
  return status;
}

export async function statusOf(setting: Setting, more: readonly string[] = []): Promise<Ended> {
  return run(["tokens", "status", "--json", ...more], { env: setting.env });
}

export async function accountsOf(setting: Setting): Promise<readonly AccountDocument[]> {
  const ended = await run(["accounts", "list", "--json"], { env: setting.env });
  return ended.json<{ accounts: readonly AccountDocument[] }>().accounts;
}

/** The ledger's words, oldest first. */
export async function ledgerOf(setting: Setting): Promise<readonly LedgerLine[]> {
  const ended = await run(["log", "--json"], { env: setting.env });
  return ended.json<{ entries: readonly LedgerLine[] }>().entries;
}

export interface LedgerLine {
  readonly action: string;
  readonly account: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
}
