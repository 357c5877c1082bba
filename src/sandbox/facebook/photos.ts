/** /{page}/photos. https://developers.facebook.com/docs/graph-api/reference/page/photos */
import { days } from "../../domain/time.ts";
import type { GraphContext } from "../graph/access.ts";
import { fileTypeOf } from "../graph/file-type.ts";
import type { Upload } from "../uploads.ts";
import type { World } from "../world.ts";
import { actingPage, type NextId, postingPermissions, publicationOf } from "./environment.ts";
import { facebookErrors } from "./errors.ts";
import { keptPicture, posted, postOf } from "./posted.ts";

const largest = 10_485_760;

/** What is temporary goes away after a day or so. */
const temporaryLife = days(1);

export function uploadPhoto(world: World, nextId: NextId) {
  return async (context: GraphContext): Promise<Response> => {
    const page = actingPage(world, context, { permissions: postingPermissions, task: "CREATE_CONTENT" });
    if (page instanceof Response) return page;
    const parameters = context.get("parameters");
    const publication = publicationOf(world, parameters);
    if (publication instanceof Response) return publication;
    // The sandbox fetches nothing from anywhere.
    const source = parameters.file("source");
    const content = source ? Buffer.from(await source.arrayBuffer()) : Buffer.alloc(0);
    const type = fileTypeOf(content);
    if (!type?.startsWith("image/")) return facebookErrors["image-invalid"]();
    if (content.length > largest) return facebookErrors["photo-too-large"]();
    const now = world.clock.now();
    const temporary = parameters.text("temporary") === "true";
    const photo: Upload = {
      ...keptPicture(nextId(), page, type, content, publication.at),
      ...(temporary ? { temporary, expiresAt: now + temporaryLife } : {}),
      alt: parameters.text("alt_text_custom"),
    };
    world.uploads.add(photo);
    if (publication.at === null) return context.json({ id: photo.id });
    const post_id = `${page.id}_${nextId()}`;
    const text = parameters.text("caption") ?? parameters.text("message") ?? "";
    world.posts.add(postOf(page, { id: post_id, text, media: [posted(photo)], createdAt: publication.at }));
    return context.json({ id: photo.id, post_id });
  };
}
