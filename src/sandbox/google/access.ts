/** Who may call a method of one of Google's APIs: the token, then its scopes, then the project's quota. */
import type { Context, MiddlewareHandler } from "hono";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { googleErrors } from "./errors.ts";
import { type Bucket, spend } from "./quotas.ts";

export interface Method {
  /** One of these is enough. */
  readonly scopes: readonly string[];
  readonly bucket: Bucket;
  readonly cost: number;
}

export interface GoogleEnvironment {
  Bindings: TwinBindings;
  /** `project`: the app's, which its quota is of. */
  Variables: { person: Person; project: string };
}

export type GoogleContext = Context<GoogleEnvironment>;

export function access(world: World, platform: string, method: Method): MiddlewareHandler<GoogleEnvironment> {
  return async (context, next) => {
    const value = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = value === undefined ? null : world.grants.access(platform, value);
    const person = token && personOf(world, token.grant.person);
    if (!token || !person) return googleErrors.unauthenticated();
    if (!method.scopes.some((scope) => token.scopes.includes(scope))) return googleErrors["scope-insufficient"]();
    if (!spend(world, method.bucket, token.grant.clientId, method.cost)) return googleErrors["quota-exceeded"]();
    context.set("person", person);
    context.set("project", token.grant.clientId);
    await next();
    return undefined;
  };
}
