/** Who calls Reddit's API: by a name of its own, with a token, and so often. https://support.reddithelp.com/hc/articles/16160319875092 */
import type { Context, MiddlewareHandler } from "hono";
import { minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { blocked, redditErrors } from "./errors.ts";

export interface RedditEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; scopes: readonly string[] };
}

export type RedditContext = Context<RedditEnvironment>;

/** What libraries call themselves, and what looks like a browser. */
const nobodys = /^(?:$|node\b|undici|python|curl|java|okhttp|go-http|axios|mozilla)/i;

/** 100 requests a minute, over ten minutes. */
const limit = { limit: 1000, window: minutes(10) };

export function access(world: World): MiddlewareHandler<RedditEnvironment> {
  return async (context, next) => {
    if (nobodys.test(context.req.header("user-agent") ?? "")) return blocked();
    const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = bearer === undefined ? null : world.grants.access("reddit", bearer);
    const person = token && personOf(world, token.grant.person);
    if (!token || !person) return refusal("invalid-token");
    const now = world.clock.now();
    const state = world.rateWindows.count(`reddit ${token.grant.clientId}`, limit, now);
    context.set("person", person);
    context.set("scopes", token.scopes);
    const answered = state.exceeded ? refusal("too-many-requests") : null;
    if (!answered) await next();
    const { headers } = answered ?? context.res;
    headers.set("x-ratelimit-used", String(limit.limit - state.remaining));
    headers.set("x-ratelimit-remaining", state.remaining.toFixed(1));
    headers.set("x-ratelimit-reset", String(Math.max(0, Math.ceil(state.reset - now / 1000))));
    return answered ?? undefined;
  };
}

/** The endpoint wants this scope. */
export function scope(name: string): MiddlewareHandler<RedditEnvironment> {
  return async (context, next) => (context.get("scopes").includes(name) ? next() : refusal("insufficient-scope"));
}

/** @throws TypeError for a name that is none */
export function refusal(name: string): Response {
  const make = redditErrors[name];
  if (!make) throw new TypeError(`Reddit has no error ${name}`);
  return make();
}
