/** Who calls: RFC 5849 section 3.2, in its order. */
import type { HonoRequest } from "hono";
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { OAuth1Refusal, OAuth1Rules } from "./rules.ts";
import { isSignedBy, type Protocol, readProtocol } from "./signature.ts";
import type { RequestToken, UserToken } from "./tokens.ts";

export interface Authenticated<Token> {
  readonly client: SandboxClient;
  readonly token: Token;
  readonly protocol: Protocol;
}

interface OAuth1Token {
  readonly secret: string;
  readonly consumerKey: string;
}

export type Refused = { readonly refusal: OAuth1Refusal };

/** With the app's keys alone. */
export function authenticateApp(world: World, rules: OAuth1Rules, request: HonoRequest) {
  const noToken = (given: string | undefined) => (given === undefined ? { secret: "" } : null);
  return authenticate<{ secret: string }>(world, rules, request, noToken, "not_authenticated");
}

/** With a request token. */
export function authenticateRequest(world: World, rules: OAuth1Rules, request: HonoRequest) {
  const find = (given = "") => world.oauth1.pending(rules.platform, given);
  return authenticate<RequestToken>(world, rules, request, find, "request_token");
}

/** With a person's token. */
export function authenticateUser(world: World, rules: OAuth1Rules, request: HonoRequest) {
  const find = (given = "") => world.oauth1.user(rules.platform, given);
  return authenticate<UserToken>(world, rules, request, find, "user_token");
}

async function authenticate<Token extends Pick<OAuth1Token, "secret"> & Partial<OAuth1Token>>(
  world: World,
  rules: OAuth1Rules,
  request: HonoRequest,
  find: (token: string | undefined) => Token | null,
  unknownToken: OAuth1Refusal,
): Promise<Authenticated<Token> | Refused> {
  const protocol = readProtocol(request.header("authorization"));
  const consumerKey = protocol?.get("oauth_consumer_key") ?? "";
  const client = world.clients.findConsumer(rules.platform, consumerKey);
  if (!protocol || !client?.consumer) return { refusal: "not_authenticated" };
  const token = find(protocol.get("oauth_token"));
  if (!token || (token.consumerKey ?? consumerKey) !== consumerKey) return { refusal: unknownToken };
  const form = isForm(request) ? await request.text() : "";
  const received = { method: request.method, url: request.url, form };
  const secrets = { consumerSecret: client.consumer.secret, tokenSecret: token.secret };
  if (!isSignedBy(received, protocol, secrets)) return { refusal: "not_authenticated" };
  const timestamp = protocol.get("oauth_timestamp") ?? "";
  if (Math.abs(Number(timestamp) * 1000 - world.clock.now()) > rules.window) return { refusal: "timestamp" };
  const [nonce = "", tokenName = ""] = [protocol.get("oauth_nonce"), protocol.get("oauth_token")];
  if (!world.oauth1.takeNonce(consumerKey, tokenName, timestamp, nonce)) return { refusal: "not_authenticated" };
  return { client, token, protocol };
}

function isForm(request: HonoRequest): boolean {
  return /^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.header("content-type") ?? "");
}
