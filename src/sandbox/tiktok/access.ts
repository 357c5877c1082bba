/** Who may call an endpoint of TikTok's API, and how often. https://developers.tiktok.com/doc/tiktok-api-v2-rate-limit */
import type { MiddlewareHandler } from "hono";
import { minutes } from "../../domain/time.ts";
import type { Person, SandboxClient } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { tiktokError } from "./answers.ts";

export interface Endpoint {
  readonly name: string;
  /** One of them is enough. */
  readonly scopes: readonly string[];
  /** Requests a token may make in a minute. */
  readonly perMinute: number;
}

export interface TikTokEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; client: SandboxClient; scopes: readonly string[] };
}

export function access(world: World, endpoint: Endpoint): MiddlewareHandler<TikTokEnvironment> {
  return async (context, next) => {
    const bearer = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "")?.[1];
    const token = bearer === undefined ? null : world.grants.access("tiktok", bearer);
    const person = token && personOf(world, token.grant.person);
    const client = token && world.clients.find("tiktok", token.grant.clientId);
    if (!token || !person || !client) return tiktokError("access-token-invalid");
    const limit = { limit: endpoint.perMinute, window: minutes(1) };
    const { exceeded } = world.rateWindows.count(`tiktok ${endpoint.name} ${token.value}`, limit, world.clock.now());
    if (exceeded) return tiktokError("rate-limit");
    if (!endpoint.scopes.some((scope) => token.scopes.includes(scope))) return tiktokError("scope-not-authorized");
    context.set("person", person);
    context.set("client", client);
    context.set("scopes", token.scopes);
    return next();
  };
}
