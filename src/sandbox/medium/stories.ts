/** Stories and pictures of the sandbox's Medium. https://github.com/Medium/medium-api-docs#33-posts */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";
import { mediumError } from "./errors.ts";

export const platform = "medium";

export interface Picture {
  readonly url: string;
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export const idOf = (seed: string): string => createHash("sha256").update(seed).digest("hex").slice(0, 12);

const licenses = ["all-rights-reserved", "cc-40-by", "cc-40-by-sa", "cc-40-by-nd", "cc-40-by-nc", "cc-40-by-nc-nd"];
const knownLicenses = [...licenses, "cc-40-by-nc-sa", "cc-40-zero", "public-domain"];

/** @returns why not, in Medium's words; null: nothing is wrong */
function problemOf(body: Readonly<Record<string, unknown>>): string | null {
  const { title, content, contentFormat, publishStatus, tags, license, notifyFollowers } = body;
  if (typeof title !== "string" || title === "") return "The title is required.";
  if (typeof content !== "string" || content === "") return "The content is required.";
  if (contentFormat !== "html" && contentFormat !== "markdown") return "The contentFormat must be html or markdown.";
  if (publishStatus !== undefined && !["public", "draft", "unlisted"].includes(String(publishStatus))) {
    return "The publishStatus is not known.";
  }
  if (tags !== undefined && !(Array.isArray(tags) && tags.every((tag) => typeof tag === "string"))) {
    return "The tags must be a list of strings.";
  }
  if (license !== undefined && !knownLicenses.includes(String(license))) return "The license is not known.";
  return notifyFollowers === undefined || typeof notifyFollowers === "boolean"
    ? null
    : "notifyFollowers must be a boolean.";
}

export async function createStory(world: World, request: Request, person: Person): Promise<Response> {
  const body = ((await request.json().catch(() => null)) ?? {}) as Readonly<Record<string, unknown>>;
  const problem = problemOf(body);
  if (problem !== null) return mediumError(400, 6004, problem);
  const given = body as { title: string; content: string; tags?: string[]; canonicalUrl?: string };
  const { publishStatus: status = "public", license = "all-rights-reserved" } = body as {
    publishStatus?: string;
    license?: string;
  };
  const shelf = world.shelves.of<string>("medium stories");
  const id = idOf(`story ${shelf.size}`);
  const url = `https://medium.com/@${person.handle}/${id}`;
  shelf.set(id, given.content);
  if (status !== "draft") {
    const pictures = [...world.shelves.of<Picture>("medium pictures").values()];
    world.posts.add({
      platform,
      id,
      author: person.handle,
      title: given.title,
      text: given.content,
      createdAt: world.clock.now(),
      url,
      replyTo: null,
      quotes: null,
      poll: null,
      media: pictures
        .filter((picture) => given.content.includes(picture.url))
        .map((picture) => ({
          id: picture.url,
          kind: "picture",
          type: picture.type,
          bytes: picture.bytes.length,
          sha256: createHash("sha256").update(picture.bytes).digest("hex"),
          alt: null,
          url: picture.url,
        })),
      ...(given.canonicalUrl === undefined ? {} : { link: given.canonicalUrl }),
      ...(status === "public" ? {} : { visibility: status }),
    });
  }
  const data = {
    id,
    title: given.title,
    authorId: idOf(person.handle),
    tags: (given.tags ?? []).filter((tag) => tag.length <= 25).slice(0, 5),
    url: status === "draft" ? `https://medium.com/p/${id}/edit` : url,
    canonicalUrl: given.canonicalUrl ?? url,
    publishStatus: status,
    publishedAt: status === "draft" ? undefined : world.clock.now(),
    license,
    licenseUrl: "https://policy.medium.com/medium-terms-of-service-9db0094a1e0f",
  };
  return Response.json({ data }, { status: 201 });
}

const pictureTypes = ["image/jpeg", "image/png", "image/gif", "image/tiff"];

export async function createPicture(world: World, request: Request): Promise<Response> {
  const form = await request.formData().catch(() => null);
  const image = form?.get("image");
  if (!(image instanceof File)) return mediumError(400, 6004, "The image is required.");
  if (!pictureTypes.includes(image.type)) return mediumError(400, 6004, "The image must be a jpeg, png, gif or tiff.");
  const bytes = new Uint8Array(await image.arrayBuffer());
  const md5 = createHash("md5").update(bytes).digest("hex");
  const url = `https://cdn-images-1.medium.com/proxy/1*${md5}`;
  world.shelves.of<Picture>("medium pictures").set(url, { url, type: image.type, bytes });
  return Response.json({ data: { url, md5 } }, { status: 201 });
}
