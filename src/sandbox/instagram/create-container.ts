/** POST /{account}/media. https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media */
import { seconds } from "../../domain/time.ts";
import { type Container, stateOf } from "../containers.ts";
import type { GraphContext } from "../graph/access.ts";
import { fetchPicture, fetchVideo, type PictureRules, type VideoRules } from "../graph/container-files.ts";
import { invalidParameter } from "../graph/errors.ts";
import type { Parameters } from "../graph/parameters.ts";
import { ReceivedFile } from "../received-file.ts";
import type { World } from "../world.ts";
import { fetchFailed, publishingErrors } from "./errors.ts";

/** Absent: a picture. */
type MediaType = "IMAGE" | "VIDEO" | "REELS" | "STORIES" | "CAROUSEL";
const mediaTypes: readonly MediaType[] = ["IMAGE", "VIDEO", "REELS", "STORIES", "CAROUSEL"];

const mebibyte = 1024 * 1024;

const pictures = (aspect: PictureRules["aspect"]): PictureRules => ({
  types: ["image/jpeg"],
  bytes: 8 * mebibyte,
  aspect,
  unreachable: fetchFailed,
});

/** 3:4 is taken since 2025. */
const feedPictures = pictures({ min: 0.745, max: 1.915 });
const anyPictures = pictures({ min: 0.01, max: 10 });

const videos = (bytes: number): VideoRules => ({
  bytes,
  processing: 4,
  problems: { unreachable: "2207052", unusable: "2207026" },
});

const videoRules = { reel: videos(1024 * mebibyte), story: videos(100 * mebibyte) } as const;

export function createContainer(world: World, nextId: () => string) {
  return async (context: GraphContext): Promise<Response> => {
    const parameters = context.get("parameters");
    const isItem = parameters.text("is_carousel_item") === "true";
    const told = parameters.text("media_type");
    const mediaType = told === null ? "IMAGE" : mediaTypes.find((type) => type === told);
    if (!mediaType) return publishingErrors["media-type"]();
    const refusal = refused(parameters, mediaType, isItem);
    if (refusal) return refusal;
    const children = mediaType === "CAROUSEL" ? childrenOf(world, context, parameters) : [];
    if (children instanceof Response) return children;
    const cover = parameters.text("cover_url");
    const wrongCover = cover === null ? null : await fetchPicture(cover, anyPictures);
    if (wrongCover instanceof Response) return wrongCover;
    return make(world, context, { id: nextId(), kind: mediaType, isItem, children });
  };
}

type Begun = Pick<Container, "id" | "isItem" | "children"> & { readonly kind: MediaType };

async function make(world: World, context: GraphContext, begun: Begun): Promise<Response> {
  const parameters = context.get("parameters");
  const image = parameters.text("image_url");
  const video = parameters.text("video_url");
  const isSent = parameters.text("upload_type") === "resumable";
  const fromPicture = begun.kind === "IMAGE" || (begun.kind === "STORIES" && image !== null);
  const rules = begun.kind === "STORIES" ? anyPictures : feedPictures;
  const file = fromPicture ? await fetchPicture(image, rules) : null;
  if (file instanceof Response) return file;
  const fromVideo = !fromPicture && begun.kind !== "CAROUSEL";
  if (fromVideo && !isSent && video === null) return invalidParameter("The parameter video_url is required");
  const createdAt = world.clock.now();
  const container: Container = {
    ...begun,
    platform: "instagram",
    owner: context.get("person").handle,
    createdAt,
    parameters: Object.fromEntries(parameters.names().map((name) => [name, parameters.text(name) ?? ""])),
    alt: parameters.text("alt_text"),
    upload: fromVideo && isSent ? new ReceivedFile({ keep: false }) : null,
    file,
    readyAt: fromVideo ? null : createdAt + seconds(1.5),
    problem: null,
    published: null,
  };
  world.containers.add(container);
  if (container.upload) {
    const version = context.req.param("version") ?? "v26.0";
    return context.json({ id: begun.id, uri: `https://rupload.facebook.com/ig-api-upload/${version}/${begun.id}` });
  }
  if (fromVideo && video !== null) void fetchVideo(world, container, video, rulesOf(container));
  return context.json({ id: begun.id });
}

export const rulesOf = ({ kind }: Container): VideoRules => (kind === "STORIES" ? videoRules.story : videoRules.reel);

function refused(parameters: Parameters, mediaType: MediaType, isItem: boolean): Response | null {
  if (mediaType === "VIDEO" && !isItem) return publishingErrors["video-media-type"]();
  if (isItem && mediaType !== "IMAGE" && mediaType !== "VIDEO") return publishingErrors["media-type"]();
  const alt = parameters.text("alt_text");
  if (alt !== null && mediaType !== "IMAGE") return invalidParameter("alt_text is for image posts only");
  if (alt !== null && [...alt].length > 1000) return invalidParameter("Param alt_text is too long");
  const offset = parameters.text("thumb_offset");
  if (offset !== null && !/^\d+$/.test(offset)) return publishingErrors["thumb-offset"]();
  return refusedCaption(parameters.text("caption") ?? "", mediaType, isItem);
}

function refusedCaption(caption: string, mediaType: MediaType, isItem: boolean): Response | null {
  if (caption === "") return null;
  if (isItem || mediaType === "STORIES") return invalidParameter("caption is not supported for this media_type");
  const hashtags = caption.match(/#[\p{L}\p{N}_]+/gu)?.length ?? 0;
  if ([...caption].length > 2200 || hashtags > 30) return publishingErrors["caption-too-long"]();
  const mentions = caption.match(/(?<![\w.])@[\w.]+/g)?.length ?? 0;
  return mentions > 20 ? publishingErrors["too-many-tags"]() : null;
}

function childrenOf(world: World, context: GraphContext, parameters: Parameters): Container[] | Response {
  const ids = (parameters.text("children") ?? "").split(",").filter((id) => id !== "");
  if (ids.length < 2 || ids.length > 10) return publishingErrors["carousel-count"]();
  const found = ids.map((id) => world.containers.find("instagram", id));
  const usable = found.filter(
    (child): child is Container => child?.isItem === true && child.owner === context.get("person").handle,
  );
  if (usable.length < found.length) return publishingErrors["media-missing"]();
  const ready = usable.every((child) => stateOf(child, world.clock.now()) === "FINISHED");
  return ready ? usable : publishingErrors["not-ready"]();
}
