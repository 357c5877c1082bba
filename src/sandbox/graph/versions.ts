/** Graph versions, each with the day of its end. https://developers.facebook.com/docs/graph-api/changelog/versions */
import type { MiddlewareHandler } from "hono";
import type { World } from "../world.ts";

const versions: readonly { readonly name: string; readonly endsOn: string | null }[] = [
  { name: "v20.0", endsOn: "2026-09-24" },
  { name: "v21.0", endsOn: "2027-01-21" },
  { name: "v22.0", endsOn: "2027-05-20" },
  { name: "v23.0", endsOn: "2027-10-08" },
  { name: "v24.0", endsOn: "2028-02-18" },
  { name: "v25.0", endsOn: "2028-07-29" },
  { name: "v26.0", endsOn: null },
];

/** As the first part of a path in Hono's words. */
export const versionSegment = "/:version{v[0-9]+\\.[0-9]+}";

/** A dead version is silently served as the oldest living one; every answer says which it was. */
export function toldVersion(world: World): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const asked = /^\/(v\d+\.\d+)\//.exec(new URL(context.req.url).pathname)?.[1];
    const now = world.clock.now();
    const living = versions.filter(({ endsOn }) => endsOn === null || Date.parse(endsOn) > now);
    const served = living.find(({ name }) => name === asked) ?? living[0];
    context.header("facebook-api-version", served?.name ?? "v26.0");
  };
}
