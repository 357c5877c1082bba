/** POST, GET and DELETE of pins. https://github.com/pinterest/api-description (v5) */
import { createHash } from "node:crypto";
import { codePoints } from "../../domain/counting/units.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { type PinterestContext, refusal } from "./access.ts";
import { boardsOf } from "./boards.ts";
import { answer, pinterestError } from "./errors.ts";
import { mediaOf, statusOf } from "./media.ts";

interface Kept {
  readonly board: string;
  readonly section: string | null;
  readonly link: string | null;
  readonly alt: string | null;
}

const kept = (world: World): Map<string, Kept> => world.shelves.of<Kept>("pinterest pins");

/** Of pictures, to be shown. */
export const pictures = (world: World): Map<string, { type: string; content: Buffer }> =>
  world.shelves.of("pinterest pictures");

type Body = Readonly<Record<string, unknown>>;

const invalid = (words: string): Response => pinterestError(400, 1, `Invalid request: ${words}`);

const fields = [
  "board_id",
  "board_section_id",
  "title",
  "description",
  "link",
  "alt_text",
  "dominant_color",
  "media_source",
  "parent_pin_id",
];
const longest: Readonly<Record<string, number>> = { title: 100, description: 800, link: 2048, alt_text: 500 };

export function createPin(world: World) {
  return async (context: PinterestContext): Promise<Response> => {
    const body = (await context.req.json().catch(() => null)) as Body | null;
    if (typeof body !== "object" || body === null) return invalid("the body is no JSON object");
    const board = boardsOf(context.get("person")).find(({ id }) => id === body["board_id"]);
    if (!board) return refusal("board-not-found");
    const section = body["board_section_id"] ?? null;
    if (section !== null && !board.sections.some(({ id }) => id === section)) return invalid("board_section_id");
    const wrong = wrongField(body);
    if (wrong !== null) return invalid(wrong);
    // Those of Trial access are in the other host, the sandbox that Pinterest has itself.
    if (context.get("client").enterprise !== true) return refusal("trial-access");
    const media = mediaIn(world, context.get("person").handle, body["media_source"]);
    if (typeof media === "string") return invalid(media);
    const id = String(Buffer.from(world.random.bytes(6)).readUIntBE(0, 6) + 10 ** 15);
    const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : null);
    const [link, alt, title] = [text("link"), text("alt_text"), text("title")];
    kept(world).set(id, { board: board.id, section: section as string | null, link, alt });
    const post: SandboxPost = {
      platform: "pinterest",
      id,
      author: context.get("person").handle,
      ...(title ? { title } : {}),
      ...(link ? { link } : {}),
      text: text("description") ?? "",
      createdAt: world.clock.now(),
      url: `https://www.pinterest.com/pin/${id}/`,
      replyTo: null,
      quotes: null,
      poll: null,
      media: media.map((each) => ({ ...each, alt })),
    };
    world.posts.add(post);
    return answer(shown(world, post), 201);
  };
}

function wrongField(body: Body): string | null {
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown !== undefined) return `'${unknown}' was unexpected`;
  for (const [name, most] of Object.entries(longest)) {
    const value = body[name] ?? "";
    if (typeof value !== "string" || codePoints(value) > most) return `'${name}' is too long (${most})`;
  }
  return null;
}

type Media = Omit<PostedMedia, "alt">;

/** A text: what is wrong with it. */
function mediaIn(world: World, owner: string, given: unknown): Media[] | string {
  if (typeof given !== "object" || given === null) return "'media_source' is required";
  const source = given as Body;
  const items = (one: (item: Body) => Media | string): Media[] | string => {
    const list = source["items"];
    if (!Array.isArray(list) || list.length < 2 || list.length > 5) return "'items' must have 2 to 5 items";
    const made = list.map((item) => one(item as Body));
    return made.find((each) => typeof each === "string") ?? made.filter((each) => typeof each !== "string");
  };
  const alone = (made: Media | string) => (typeof made === "string" ? made : [made]);
  switch (source["source_type"]) {
    case "image_url":
      return alone(fetched(source));
    case "image_base64":
      return alone(inBody(world, source));
    case "multiple_image_urls":
      return items(fetched);
    case "multiple_image_base64":
      return items((item) => inBody(world, item));
    case "video_id":
      return video(world, owner, source);
    default:
      return "'source_type' is none of those that there are";
  }
}

function fetched({ url }: Body): Media | string {
  if (typeof url !== "string" || !url.startsWith("https://")) return "'url' is no address";
  return { id: url, kind: "picture", type: "image/jpeg", bytes: 0, sha256: "", url: null, fetchedFrom: url };
}

const magic: Readonly<Record<string, string>> = { "image/jpeg": "ffd8ff", "image/png": "89504e47" };

function inBody(world: World, { content_type: type, data }: Body): Media | string {
  if (typeof type !== "string" || !Object.hasOwn(magic, type)) return "'content_type' must be image/jpeg or image/png";
  if (typeof data !== "string" || !/^[a-zA-Z0-9+/=]+$/.test(data)) return "'data' is no base64";
  if (data.length > 10 * 1024 * 1024) return "'data' is too large";
  const content = Buffer.from(data, "base64");
  if (!content.toString("hex", 0, 8).startsWith(magic[type] ?? "-")) return "'data' is not of this type";
  const sha256 = createHash("sha256").update(content).digest("hex");
  pictures(world).set(sha256, { type, content });
  const url = `https://i.pinimg.com/originals/${sha256}`;
  return { id: sha256, kind: "picture", type, bytes: content.length, sha256, url };
}

function video(world: World, owner: string, source: Body): Media[] | string {
  const media = mediaOf(world).get(String(source["media_id"]));
  if (media?.owner !== owner || !media.file) return "'media_id' is not known";
  if (statusOf(world, media) !== "succeeded") return "the media is not ready";
  const covers = ["cover_image_url", "cover_image_data", "cover_image_key_frame_time"].filter((name) => name in source);
  if (covers.length !== 1) return "one cover image is required";
  const { bytes, sha256, type } = media.file;
  return [{ id: media.id, kind: "video", type, bytes, sha256, url: null }];
}

function shown(world: World, { id, title, text, createdAt, media }: SandboxPost) {
  const { board, section, link, alt } = kept(world).get(id) ?? {};
  return {
    id,
    created_at: new Date(createdAt).toISOString().slice(0, 19),
    title: title ?? null,
    description: text === "" ? null : text,
    link,
    alt_text: alt,
    board_id: board,
    board_section_id: section,
    media: { media_type: media[0]?.kind === "video" ? "video" : media.length > 1 ? "multiple_images" : "image" },
  };
}

/** Newest first. */
export function listPins(world: World) {
  return (context: PinterestContext): Response => {
    const { board: id, section } = context.req.param() as { board?: string; section?: string };
    const board = boardsOf(context.get("person")).find((one) => one.id === id);
    if (!board) return refusal("board-not-found");
    const size = Number(context.req.query("page_size") ?? 25);
    if (!(size >= 1 && size <= 250)) return invalid("'page_size' must be 1 to 250");
    const pins = world.posts.newestFirst().filter((post) => {
      const pin = post.platform === "pinterest" ? kept(world).get(post.id) : undefined;
      return pin?.board === board.id && (section === undefined || pin.section === section);
    });
    return answer({ items: pins.slice(0, size).map((pin) => shown(world, pin)), bookmark: null });
  };
}

export function deletePin(world: World) {
  return (context: PinterestContext): Response => {
    const id = context.req.param("id") ?? "";
    const post = world.posts.find("pinterest", id);
    if (post?.author !== context.get("person").handle) return refusal("pin-not-found");
    world.posts.remove("pinterest", id);
    return new Response(null, { status: 204 });
  };
}
