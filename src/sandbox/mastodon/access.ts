/** Whose token it is, what it may, and how often. https://docs.joinmastodon.org/api/rate-limits */
import type { Context } from "hono";
import { hours, minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { RateLimit } from "../rate-windows.ts";
import type { SandboxKey, TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { placeOf } from "./apps.ts";
import { mastodonErrors, throttled } from "./errors.ts";
import { covers } from "./scopes.ts";
import type { Server } from "./servers.ts";

export interface Caller {
  readonly person: Person;
  readonly scopes: readonly string[];
}

export type MastodonContext = Context<{ Bindings: TwinBindings }>;

type Work = (context: MastodonContext, caller: Caller) => Response | Promise<Response>;

export interface Endpoint {
  /** Any of these. */
  readonly scopes: readonly string[];
  /** Beside the 300 requests in five minutes that every token has. */
  readonly limit?: RateLimit & { readonly name: string };
}

export const endpoints = {
  verifyCredentials: { scopes: ["profile", "read", "read:accounts"] },
  upload: { scopes: ["write", "write:media"], limit: { name: "media", limit: 30, window: minutes(30) } },
  readMedia: { scopes: ["write", "write:media"] },
  post: { scopes: ["write", "write:statuses"], limit: { name: "statuses", limit: 300, window: hours(3) } },
  remove: { scopes: ["write", "write:statuses"], limit: { name: "deletions", limit: 30, window: minutes(30) } },
  read: { scopes: ["read", "read:statuses"] },
  write: { scopes: ["write", "write:statuses"] },
} as const satisfies Record<string, Endpoint>;

/** What people made in their settings, with every scope. */
export const pastedTokens = [
  { person: "acme", method: "token", key: "sandbox-mastodon-token-of-acme", instance: "mastodon.social" },
  { person: "globex", method: "token", key: "sandbox-mastodon-token-of-globex", instance: "mastodon.social" },
] as const satisfies readonly SandboxKey[];

/** Token, then the time's count, then scopes; the headers tell the limit that is nearest. */
export function guarded(world: World, server: Server, { scopes, limit }: Endpoint, work: Work) {
  return async (context: MastodonContext): Promise<Response> => {
    const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    if (bearer === undefined) return mastodonErrors["token-invalid-here"]();
    const caller = callerOf(world, server, bearer);
    if (caller instanceof Response) return caller;
    const now = world.clock.now();
    const count = (name: string, rate: RateLimit) => world.rateWindows.count(`mastodon ${name} ${bearer}`, rate, now);
    const counted = [count("all", { limit: 300, window: minutes(5) }), ...(limit ? [count(limit.name, limit)] : [])];
    const nearest = counted.reduce((one, other) => (other.remaining < one.remaining ? other : one));
    const reset = new Date(nearest.reset * 1000);
    if (counted.some(({ exceeded }) => exceeded)) {
      return throttled(reset, { limit: String(nearest.limit), remaining: "0" });
    }
    if (!scopes.some((scope) => covers(caller.scopes, scope))) return mastodonErrors["scope-missing"]();
    const answer = await work(context, caller);
    answer.headers.set("x-ratelimit-limit", String(nearest.limit));
    answer.headers.set("x-ratelimit-remaining", String(nearest.remaining));
    answer.headers.set("x-ratelimit-reset", reset.toISOString());
    return answer;
  };
}

function callerOf(world: World, server: Server, bearer: string): Caller | Response {
  const pasted = pastedTokens.find(({ key, instance }) => key === bearer && instance === server.host);
  if (pasted) {
    const person = personOf(world, pasted.person);
    return person ? { person, scopes: ["read", "write", "profile"] } : mastodonErrors["login-disabled"]();
  }
  const grant = world.grants.grantOf(bearer);
  if (grant?.platform !== placeOf(server)) return mastodonErrors["token-invalid-here"]();
  const token = world.grants.access(placeOf(server), bearer);
  if (grant.revoked || !token) return mastodonErrors["token-revoked"]();
  const person = personOf(world, grant.person);
  return person ? { person, scopes: token.scopes } : mastodonErrors["login-disabled"]();
}
