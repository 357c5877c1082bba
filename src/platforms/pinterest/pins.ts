/** Pins. https://developers.pinterest.com/docs/api/v5/pins-create */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Instant } from "../../domain/time.ts";
import type { Api, Message, Published, Step } from "../platform.ts";
import { host, type Place, placeFor } from "./boards.ts";
import { uploadVideo } from "./videos.ts";

export interface Prepared extends Place {
  readonly video: string | null;
  /** The board's newest pins as they were before. */
  readonly before: readonly string[];
}

export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const place = await placeFor(api, message);
  const video = message.video ? await uploadVideo(api, message.video, step) : null;
  const before = await step("pins before", async () => (await newest(api, place)).map(({ id }) => id));
  return { ...place, video, before };
}

/** Pictures go along in the request itself, unless it is known where they can be fetched. */
export async function commit(api: Api, message: Message, prepared: Prepared): Promise<Published> {
  const { title, text, link, images, video } = message;
  const alt = (video ?? images[0])?.alt;
  const json = {
    board_id: prepared.board,
    ...(prepared.section === null ? {} : { board_section_id: prepared.section }),
    ...(title?.trim() ? { title: title.trim() } : {}),
    ...(text.trim() ? { description: text.trim() } : {}),
    ...(link === null ? {} : { link }),
    ...(alt ? { alt_text: alt } : {}),
    media_source: await mediaSource(api, message, prepared),
  };
  const { id } = ((await api.post(`${host}/pins`, { json })) ?? {}) as { id?: string };
  if (!id) throw new Failure("delivery_unknown", "Pinterest accepted the pin but did not name it");
  return published(id);
}

const published = (id: string): Published => ({ remoteId: id, url: `https://www.pinterest.com/pin/${id}/` });

type Json = Readonly<Record<string, unknown>>;

async function mediaSource(api: Api, { images, thumbnail }: Message, { video }: Prepared): Promise<Json> {
  if (video !== null) {
    return { source_type: "video_id", media_id: video, ...(await coverOf(api, thumbnail)) };
  }
  const [only] = images;
  const fetched = images.every(({ url }) => url !== undefined);
  if (images.length === 1 && only) {
    return fetched
      ? { source_type: "image_url", url: only.url }
      : { source_type: "image_base64", ...(await inBase64(api, only)) };
  }
  if (fetched) return { source_type: "multiple_image_urls", items: images.map(({ url }) => ({ url })), index: 0 };
  const items: Json[] = [];
  for (const image of images) items.push(await inBase64(api, image));
  return { source_type: "multiple_image_base64", items, index: 0 };
}

async function coverOf(api: Api, cover: MediaFile | null): Promise<Json> {
  if (!cover) return { cover_image_key_frame_time: 0 };
  if (cover.url !== undefined) return { cover_image_url: cover.url };
  const { content_type: type, data } = await inBase64(api, cover);
  return { cover_image_content_type: type, cover_image_data: data };
}

async function inBase64(api: Api, file: MediaFile): Promise<{ content_type: string; data: string }> {
  const source = await api.open(file);
  const pieces: string[] = [];
  // In threes of bytes every piece is whole by itself.
  let left = new Uint8Array();
  for await (const bytes of source.read(0, source.size)) {
    const joined = new Uint8Array(left.length + bytes.length);
    joined.set(left);
    joined.set(bytes, left.length);
    const whole = joined.length - (joined.length % 3);
    pieces.push(base64(joined.subarray(0, whole)));
    left = joined.slice(whole);
  }
  return { content_type: source.type, data: pieces.join("") + base64(left) };
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8190) text += String.fromCharCode(...bytes.subarray(at, at + 8190));
  return btoa(text);
}

interface Pin {
  readonly id: string;
  readonly created_at?: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly link?: string | null;
}

const pageSize = 250;

async function newest(api: Api, { board, section }: Place): Promise<readonly Pin[]> {
  const path = section === null ? `/boards/${board}/pins` : `/boards/${board}/sections/${section}/pins`;
  const query = { page_size: String(pageSize) };
  const { items } = ((await api.get(`${host}${path}`, { query, repeatable: true })) ?? {}) as { items?: Pin[] };
  // A page in place of a list is no word of absence.
  if (!items) throw new Failure("platform_fault", "Pinterest did not list the board's pins");
  return items;
}

/** By its words among the pins that were not there before; other new ones may be it in other words, and a video may be listed late. */
export async function confirm(
  api: Api,
  { title, text, link }: Message,
  { before, video, ...place }: Prepared,
  since: Instant,
): Promise<Published | null | undefined> {
  const listed = await newest(api, place);
  const fresh = listed.filter(({ id, created_at: at }) => !before.includes(id) && isSince(at, since));
  const same = (one: string | null | undefined, other: string | null) => (one ?? "").trim() === (other ?? "").trim();
  const found = fresh.filter((pin) => same(pin.title, title) && same(pin.description, text) && same(pin.link, link));
  const [first, another] = found;
  if (first && !another) return published(first.id);
  return video === null && fresh.length === 0 && listed.length < pageSize ? null : undefined;
}

/** Pinterest's times are UTC, with or without a word of it. */
function isSince(createdAt: string | undefined, since: Instant): boolean {
  const at = Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(createdAt ?? "") ? (createdAt ?? "") : `${createdAt}Z`);
  return Number.isNaN(at) || at >= since;
}

export async function remove(api: Api, remoteId: string): Promise<void> {
  try {
    await api.delete(`${host}/pins/${remoteId}`);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
