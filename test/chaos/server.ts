/** oidc-provider in a process of its own, so that the runner's load does not change its timing. */
import { type Asked, type Fault, startOidcServer } from "../real/oidc-server.ts";
import { doomed, type Held, type ServerCalls, type Trouble, workerHeader } from "./messages.ts";

const server = await startOidcServer({ record: false, accessTokenLifetime: 3600, idTokenLifetime: 300 });
const { families } = server;
const tokenRequest = { route: "token", grant: "refresh_token" } as const;
const holds = new Map<number, () => void>();
let holdCount = 0;

const presented = ({ parameters }: Asked) => parameters["refresh_token"] ?? "";
const agentOf = ({ headers }: Asked) => String(headers[workerHeader] ?? "");

function release(request: Asked): Promise<void> {
  holdCount += 1;
  const hold = holdCount;
  const held: Held = { held: hold, login: families.loginOf(presented(request)) ?? "", agent: agentOf(request) };
  process.send?.(held);
  return new Promise((resolve) => holds.set(hold, resolve));
}

const garbage = (body: string, type: string): Fault => ({
  kind: "answer-after",
  status: 200,
  body,
  headers: { "content-type": type },
});

const faults: Record<Trouble, Fault> = {
  "drop-before": { kind: "drop-before" },
  "drop-after": { kind: "drop-after" },
  "fault-before": { kind: "answer", status: 502, body: "<h1>Bad gateway</h1>" },
  "firewall-before": { kind: "answer", status: 403, body: "<h1>Blocked by policy</h1>" },
  "fault-after": { kind: "answer-after", status: 504, body: "<h1>Gateway timeout</h1>" },
  "unreadable-after": garbage("<html>Welcome to the hotel's network</html>", "text/html"),
  "empty-after": garbage("", "application/json"),
  "cut-short-after": garbage('{"access_token":"a', "application/json"),
  "hold-before": { kind: "hold-before", release },
  "hold-after": { kind: "hold-after", release },
};

server.order(
  { ...tokenRequest, which: (request) => agentOf(request).endsWith(doomed) },
  faults["hold-after"],
  Number.POSITIVE_INFINITY,
);

const calls: ServerCalls = {
  grant: (login, family) => server.grantTo(login, family),
  counts: async (label) => families.counts(label),
  states: async (tokens) =>
    tokens.map((token) => ({ state: families.stateOf(token), refusals: families.refusalsOf(token) })),
  honours: async (accessToken) => families.store.has("AccessToken", accessToken),
  order: async (login, trouble) =>
    server.order(
      { ...tokenRequest, which: (request) => families.loginOf(presented(request)) === login },
      faults[trouble],
    ),
  release: async (hold) => {
    holds.get(hold)?.();
    holds.delete(hold);
  },
  presented: async (login) => families.presentedBy(login),
  revokeOf: (login) => families.revokeOf(login),
  issued: async (label) => families.issued(label),
};

process.on("message", async ({ id, call, words }: { id: number; call: keyof ServerCalls; words: unknown[] }) => {
  try {
    const answer = await (calls[call] as (...words: unknown[]) => Promise<unknown>)(...words);
    process.send?.({ id, answer });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.once("disconnect", () => process.exit(0));
process.send?.({ issuer: server.issuer });
