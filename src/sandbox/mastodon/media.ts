/** Files: sent ahead, processed for a while, then part of a status. https://docs.joinmastodon.org/methods/media */
import { createHash } from "node:crypto";
import { type Instant, seconds } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { Caller, MastodonContext } from "./access.ts";
import { invalid, mastodonError, mastodonErrors } from "./errors.ts";
import { nextId } from "./ids.ts";
import type { Server } from "./servers.ts";

export interface Media {
  readonly id: string;
  readonly host: string;
  readonly owner: string;
  /** `gifv`: what moves. */
  readonly kind: "image" | "gifv" | "video";
  readonly type: string;
  readonly bytes: number;
  /** null: of films only their digest is kept. */
  readonly content: Buffer | null;
  readonly sha256: string;
  readonly description: string | null;
  readonly focus: readonly [number, number] | null;
  readonly readyAt: Instant;
  statusId: string | null;
}

export const mediaOf = (world: World): Map<string, Media> => world.shelves.of("mastodon media");

/** What moves is converted first. */
const processing = seconds(3);

const signatures: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
  ["image/avif", 4, "ftypavif"],
  ["video/quicktime", 4, "ftypqt"],
  ["video/mp4", 4, "ftyp"],
  ["video/webm", 0, "\x1a\x45\xdf\xa3"],
];

const sniffed = (content: Buffer): string | null => {
  const head = content.subarray(0, 32).toString("latin1");
  return signatures.find(([, at, bytes]) => head.startsWith(bytes, at))?.[0] ?? null;
};

export function upload(world: World, server: Server) {
  return async (context: MastodonContext, { person }: Caller): Promise<Response> => {
    const form = await context.req.formData().catch(() => null);
    const file = form?.get("file");
    if (!form || !(file instanceof File)) return invalid("File can't be blank");
    const content = Buffer.from(await file.arrayBuffer());
    const type = sniffed(content);
    const refused =
      refusedFile(server, file.type === "" ? null : type, content.length) ?? (await refusedFields(server, form));
    if (refused || type === null) return refused ?? invalid("File content type is invalid");
    const media = mediaFrom(world, server, person.handle, type, content, form);
    mediaOf(world).set(media.id, media);
    return context.json(attachment(world, media), isReady(world, media) ? 200 : 202);
  };
}

function mediaFrom(
  world: World,
  { host }: Server,
  owner: string,
  type: string,
  content: Buffer,
  form: FormData,
): Media {
  const isVideo = type.startsWith("video/");
  const moves = isVideo || type === "image/gif";
  return {
    id: nextId(world),
    host,
    owner,
    kind: isVideo ? "video" : moves ? "gifv" : "image",
    type,
    bytes: content.length,
    content: isVideo ? null : content,
    sha256: createHash("sha256").update(content).digest("hex"),
    description: textOf(form.get("description")),
    focus: focusOf(textOf(form.get("focus"))) ?? null,
    readyAt: world.clock.now() + (moves ? processing : 0),
    statusId: null,
  };
}

function refusedFile(server: Server, type: string | null, bytes: number): Response | null {
  if (type === null || !server.types.includes(type)) return invalid("File content type is invalid");
  const most = type.startsWith("video/") ? server.videoBytes : server.imageBytes;
  return bytes > most ? invalid(`File must be less than ${Math.floor(most / 1_048_576)} MB`) : null;
}

async function refusedFields(server: Server, form: FormData): Promise<Response | null> {
  const description = textOf(form.get("description"));
  if ([...(description ?? "")].length > server.altCharacters) {
    return invalid(`Description is too long (maximum is ${server.altCharacters} characters)`);
  }
  if (focusOf(textOf(form.get("focus"))) === undefined) return invalid("Focus is invalid");
  const thumbnail = form.get("thumbnail");
  if (thumbnail === null) return null;
  const type = thumbnail instanceof File ? sniffed(Buffer.from(await thumbnail.arrayBuffer())) : null;
  return type?.startsWith("image/") ? null : invalid("Thumbnail content type is invalid");
}

const textOf = (value: unknown): string | null => (typeof value === "string" ? value : null);

/** undefined: it is none. */
function focusOf(text: string | null): readonly [number, number] | null | undefined {
  if (text === null) return null;
  const [x, y, ...more] = text.split(",").map(Number);
  const within = (value: number | undefined): value is number => value !== undefined && Math.abs(value) <= 1;
  return within(x) && within(y) && more.length === 0 ? [x, y] : undefined;
}

/** 206 while it is processed; not found once it is part of a status. */
export function readMedia(world: World, server: Server) {
  return (context: MastodonContext, { person }: Caller): Response => {
    const media = mediaOf(world).get(context.req.param("id") ?? "");
    if (media?.host !== server.host || media.owner !== person.handle || media.statusId !== null) {
      return mastodonErrors["not-found"]();
    }
    return context.json(attachment(world, media), isReady(world, media) ? 200 : 206);
  };
}

const isReady = (world: World, { readyAt }: Media): boolean => readyAt <= world.clock.now();

/** https://docs.joinmastodon.org/entities/MediaAttachment */
export function attachment(world: World, media: Media): Readonly<Record<string, unknown>> {
  const { id, kind, host, description, focus } = media;
  const url = isReady(world, media) ? addressOf(host, id) : null;
  const meta = focus ? { focus: { x: focus[0], y: focus[1] } } : {};
  return { id, type: kind, url, preview_url: url, remote_url: null, meta, description, blurhash: null };
}

export const addressOf = (host: string, id: string): string => `https://${host}/system/media_attachments/${id}`;

/** Those that a status names, or why it cannot have them. */
export function attachable(world: World, server: Server, owner: string, ids: readonly string[]): Media[] | Response {
  if (ids.length > server.files) return invalid(`Cannot attach more than ${server.files} files`);
  const found = ids.map((id) => mediaOf(world).get(id));
  const own = found.flatMap((each) =>
    each && each.host === server.host && each.owner === owner && each.statusId === null ? [each] : [],
  );
  if (own.length < ids.length) {
    return mastodonError(422, `Media ${ids.join(", ")} not found or already attached to another post`);
  }
  if (own.length > 1 && own.some(({ kind }) => kind !== "image")) {
    return mastodonError(422, "Cannot attach a video to a post that already contains images");
  }
  return own.every((each) => isReady(world, each))
    ? own
    : mastodonError(422, "Cannot attach files that have not finished processing. Try again in a moment!");
}

/** What was made public. */
export function serveMedia(world: World, server: Server) {
  return (context: MastodonContext): Response => {
    const media = mediaOf(world).get(context.req.param("id") ?? "");
    if (media?.host !== server.host || media.statusId === null || media.content === null)
      return mastodonErrors["not-found"]();
    return new Response(new Uint8Array(media.content), {
      headers: {
        "content-type": media.type,
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
      },
    });
  };
}
