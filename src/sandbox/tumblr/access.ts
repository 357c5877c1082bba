/** Who calls Tumblr's API, for which blog, and how often. */
import type { Context, MiddlewareHandler } from "hono";
import { hours } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { type Blog, blogsOf } from "./blogs.ts";
import { refusal } from "./errors.ts";

export interface TumblrEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; scopes: readonly string[]; blog: Blog };
}

export type TumblrContext = Context<TumblrEnvironment>;

/** Of one app. */
const limit = { limit: 1000, window: hours(1) };

export function access(world: World, scope: "basic" | "write"): MiddlewareHandler<TumblrEnvironment> {
  return async (context, next) => {
    const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = bearer === undefined ? null : world.grants.access("tumblr", bearer);
    const person = token && personOf(world, token.grant.person);
    if (!token || !person) return refusal("unauthorized");
    if (world.rateWindows.count(`tumblr ${token.grant.clientId}`, limit, world.clock.now()).exceeded)
      return refusal("limit-exceeded");
    if (!token.scopes.includes(scope)) return refusal("forbidden");
    context.set("person", person);
    context.set("scopes", token.scopes);
    return next();
  };
}

/** By its name, its host or its id; only the person's own. */
export const ofBlog: MiddlewareHandler<TumblrEnvironment> = async (context, next) => {
  const wanted = (context.req.param("blog") ?? "").replace(/\.tumblr\.com$/, "");
  const blog = blogsOf(context.get("person")).find(({ name, uuid }) => name === wanted || uuid === wanted);
  if (!blog) return refusal("not-found");
  context.set("blog", blog);
  return next();
};
