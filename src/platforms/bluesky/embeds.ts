/** What is to be looked at beside a text, as a record has it. */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import { isFile, type MediaFile } from "../../domain/post.ts";
import { minutes } from "../../domain/time.ts";

import type { Api, Message, Step } from "../platform.ts";
import { withoutMetadata } from "./picture-metadata.ts";
import { referenceTo } from "./references.ts";
import { xrpc } from "./session.ts";
import { uploadVideo } from "./video.ts";

export type Embed = Readonly<Record<string, unknown>>;

/** A blob as the server named it: goes into the record unchanged. */
export type Blob = Readonly<Record<string, unknown>>;

/** What no record points to may be thrown away after an hour (https://atproto.com/specs/blob): sent again well before. */
const blobsKeep = minutes(45);

/** A quote beside something to look at is an embed of both. */
export async function embedOf(api: Api, message: Message, did: string, step: Step): Promise<Embed | null> {
  const media = await mediaOf(api, message, did, step);
  if (message.quote === null) return media;
  const record = { $type: "app.bsky.embed.record", record: await referenceTo(api, message.quote) };
  return media ? { $type: "app.bsky.embed.recordWithMedia", record, media } : record;
}

async function mediaOf(api: Api, message: Message, did: string, step: Step): Promise<Embed | null> {
  const { images, video, link } = message;
  const kept = keptFor(api, step);
  if (images.length > 0) {
    const shown = [];
    for (const [index, file] of images.entries()) {
      shown.push(await kept(`picture ${index + 1}`, () => picture(api, file)));
    }
    return { $type: "app.bsky.embed.images", images: shown };
  }
  if (video) {
    const source = await api.open(video);
    const blob = await uploadVideo(api, source, did, kept);
    return {
      $type: "app.bsky.embed.video",
      video: blob,
      ...(video.alt === null ? {} : { alt: video.alt }),
      ...aspectOf(source),
    };
  }
  return link === null ? null : card(api, message, link, kept);
}

/** A step whose result is used for as long as the server keeps what was sent. */
export type KeptStep = Step;

function keptFor(api: Api, step: Step): KeptStep {
  const period = Math.floor(api.now() / blobsKeep);
  return (name, work) => step(`${name} (${period})`, work);
}

async function picture(api: Api, file: MediaFile): Promise<Embed> {
  const source = await withoutMetadata(await api.open(file));
  return { image: await uploadBlob(api, source), alt: file.alt ?? "", ...aspectOf(source) };
}

function aspectOf({ width, height }: MediaSource) {
  return width === null || height === null ? {} : { aspectRatio: { width, height } };
}

/** The server looks at no page: what a card says is given with the post. */
async function card(api: Api, { title, options }: Message, link: string, kept: KeptStep): Promise<Embed> {
  const { description, thumbnail } = options;
  const thumb =
    thumbnail !== undefined && isFile(thumbnail)
      ? { thumb: await kept("card", async () => uploadBlob(api, await withoutMetadata(await api.open(thumbnail)))) }
      : {};
  const { host, pathname } = new URL(link);
  const external = {
    uri: link,
    title: title ?? `${host}${pathname === "/" ? "" : pathname}`,
    description: typeof description === "string" ? description : "",
    ...thumb,
  };
  return { $type: "app.bsky.embed.external", external };
}

export async function uploadBlob(api: Api, source: MediaSource): Promise<Blob> {
  const file = { source, start: 0, end: source.size };
  const answer = await api.post(xrpc(api, "com.atproto.repo.uploadBlob"), { file, repeatable: true });
  const { blob } = (answer ?? {}) as { blob?: Blob };
  if (typeof blob === "object" && blob !== null) return blob;
  throw new Failure("platform_fault", "Bluesky took a file but did not name it", { hint: "run it again" });
}
