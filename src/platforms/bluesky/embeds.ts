/** What is to be looked at beside a text, as a record has it. */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import { isFile, type MediaFile } from "../../domain/post.ts";

import type { Api, Message, Step } from "../platform.ts";
import { type Blob, type KeptStep, keptFor, uploadBlob } from "./blobs.ts";
import { withoutMetadata } from "./picture-metadata.ts";
import { referenceTo } from "./references.ts";
import { uploadVideo } from "./video.ts";

export type Embed = Readonly<Record<string, unknown>>;

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
      ? { thumb: await kept("card", () => cardPicture(api, thumbnail)) }
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

/** Bytes. */
const largestCardPicture = 1_000_000;

async function cardPicture(api: Api, file: MediaFile): Promise<Blob> {
  const source = await withoutMetadata(await api.open(file));
  if (source.type.startsWith("image/") && source.size <= largestCardPicture) return uploadBlob(api, source);
  throw new Failure("content_invalid", `${source.path} is no picture of at most ${largestCardPicture} bytes`, {
    hint: "the picture of a card has to be small",
  });
}
