/** Who calls Pinterest's API, with which permission, and how often. */
import type { Context, MiddlewareHandler } from "hono";
import { minutes } from "../../domain/time.ts";
import type { Person, SandboxClient } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { pinterestErrors } from "./errors.ts";

export interface PinterestEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; client: SandboxClient };
}

export type PinterestContext = Context<PinterestEnvironment>;

/** Of one kind of endpoint, by a person. */
const limit = { limit: 100, window: minutes(1) };

/** `scopes`: each of them is wanted. */
export function access(world: World, ...scopes: readonly string[]): MiddlewareHandler<PinterestEnvironment> {
  return async (context, next) => {
    const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = bearer === undefined ? null : world.grants.access("pinterest", bearer);
    const person = token && personOf(world, token.grant.person);
    const client = token && world.clients.find("pinterest", token.grant.clientId);
    if (!token || !person || !client) return refusal("authentication-failed");
    if (scopes.some((scope) => !token.scopes.includes(scope))) return refusal("authorization-failed");
    const now = world.clock.now();
    const state = world.rateWindows.count(`pinterest ${scopes.join(" ")} ${person.handle}`, limit, now);
    if (state.exceeded) return refusal("rate-limited");
    context.set("person", person);
    context.set("client", client);
    await next();
    context.res.headers.set("x-ratelimit-limit", String(state.limit));
    context.res.headers.set("x-ratelimit-remaining", String(state.remaining));
    context.res.headers.set("x-ratelimit-reset", String(Math.max(0, Math.ceil(state.reset - now / 1000))));
    return undefined;
  };
}

/** @throws TypeError for a name that is none */
export function refusal(name: string): Response {
  const make = pinterestErrors[name];
  if (!make) throw new TypeError(`Pinterest has no error ${name}`);
  return make();
}
