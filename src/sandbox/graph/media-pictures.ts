import { Hono } from "hono";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";

/** Where Instagram and Threads keep the pictures of posts that are public. */
export function containerPictures(world: World, platform: string): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/:id", (context) => {
    const id = context.req.param("id");
    const isPublic = world.posts.newestFirst().some(({ media }) => media.some((one) => one.id === id));
    const picture = isPublic ? world.containers.picture(platform, id) : null;
    if (!picture?.content) return context.notFound();
    return context.body(new Uint8Array(picture.content), 200, {
      "content-type": picture.type,
      // What was sniffed is what it is: never a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
