import { Hono } from "hono";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";

/** pbs.twimg.com: the pictures of posts that are public. */
export function pictures(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/media/:id", (context) => {
    const id = context.req.param("id");
    const isPublic = world.posts.newestFirst().some(({ media }) => media.some((one) => one.id === id));
    const upload = isPublic ? world.uploads.find("x", id) : null;
    if (!upload || upload.kind === "video") return context.notFound();
    return context.body(new Uint8Array(upload.file.content), 200, {
      "content-type": upload.type,
      // What was sniffed is what it is: never a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
