/** POST /{user}/threads. https://developers.facebook.com/docs/threads/reference/publishing */
import { seconds } from "../../domain/time.ts";
import { type Container, stateOf } from "../containers.ts";
import type { GraphContext } from "../graph/access.ts";
import { fetchPicture, fetchVideo, type PictureRules, type VideoRules } from "../graph/container-files.ts";
import { graphErrors, invalidParameter } from "../graph/errors.ts";
import type { Parameters } from "../graph/parameters.ts";
import type { World } from "../world.ts";
import { refusals } from "./errors.ts";
import { countedCharacters, linksIn } from "./text.ts";

const mediaTypes = ["TEXT", "IMAGE", "VIDEO", "CAROUSEL"] as const;
type MediaType = (typeof mediaTypes)[number];

const replyControls = [
  "everyone",
  "accounts_you_follow",
  "mentioned_only",
  "parent_post_author_only",
  "followers_only",
];

/** Seconds that each kind is in progress. */
const processing: Readonly<Record<MediaType, number>> = { TEXT: 1, IMAGE: 1.5, VIDEO: 4, CAROUSEL: 1.5 };

const mebibyte = 1024 * 1024;

const pictureRules: PictureRules = {
  types: ["image/jpeg", "image/png"],
  bytes: 8 * mebibyte,
  aspect: { min: 0.1, max: 10 },
  unreachable: refusals.fetchFailed,
};

const videoRules: VideoRules = {
  bytes: 1024 * mebibyte,
  processing: processing.VIDEO,
  problems: { unreachable: "FAILED_DOWNLOADING_VIDEO", unusable: "FAILED_PROCESSING_VIDEO" },
};

/** All that the collection of requests knows, and nothing else is kept. */
const known = [
  "media_type",
  "text",
  "image_url",
  "video_url",
  "alt_text",
  "reply_to_id",
  "reply_control",
  "link_attachment",
  "quote_post_id",
  "poll_attachment",
  "topic_tag",
  "is_carousel_item",
  "children",
  "auto_publish_text",
];

export function createContainer(
  world: World,
  nextId: () => string,
  publish: (container: Container, context: GraphContext) => Response,
) {
  return async (context: GraphContext): Promise<Response> => {
    const parameters = context.get("parameters");
    const mediaType = mediaTypes.find((type) => type === parameters.text("media_type"));
    if (!mediaType) return invalidParameter(`Param media_type must be one of {${mediaTypes.join(", ")}}`);
    const isItem = parameters.text("is_carousel_item") === "true";
    const refusal =
      refusedWords(parameters, mediaType, isItem) ??
      refusedReferences(world, parameters) ??
      missingVideo(parameters, mediaType);
    if (refusal) return refusal;
    const children = mediaType === "CAROUSEL" ? childrenOf(world, context, parameters) : [];
    if (children instanceof Response) return children;
    const file = mediaType === "IMAGE" ? await fetchPicture(parameters.text("image_url"), pictureRules) : null;
    if (file instanceof Response) return file;
    const { handle: owner } = context.get("person");
    const container = containerOf(world, parameters, { id: nextId(), owner, kind: mediaType, children, isItem, file });
    if (mediaType === "VIDEO") void fetchVideo(world, container, parameters.text("video_url") ?? "", videoRules);
    world.containers.add(container);
    if (parameters.text("auto_publish_text") === "true" && mediaType === "TEXT") return publish(container, context);
    return context.json({ id: container.id });
  };
}

function missingVideo(parameters: Parameters, mediaType: MediaType): Response | null {
  const missing = mediaType === "VIDEO" && !parameters.text("video_url");
  return missing ? invalidParameter("The parameter video_url is required") : null;
}

function containerOf(
  world: World,
  parameters: Parameters,
  made: Pick<Container, "id" | "owner" | "children" | "isItem" | "file"> & { readonly kind: MediaType },
): Container {
  const createdAt = world.clock.now();
  return {
    ...made,
    platform: "threads",
    createdAt,
    parameters: Object.fromEntries(known.flatMap((name) => entryOf(parameters, name))),
    alt: parameters.text("alt_text"),
    upload: null,
    readyAt: made.kind === "VIDEO" ? null : createdAt + seconds(processing[made.kind]),
    problem: null,
    published: null,
  };
}

function entryOf(parameters: Parameters, name: string): [string, string][] {
  const value = parameters.text(name);
  return value === null ? [] : [[name, value]];
}

function refusedWords(parameters: Parameters, mediaType: MediaType, isItem: boolean): Response | null {
  return refusedText(parameters, mediaType, isItem) ?? refusedSettings(parameters);
}

function refusedText(parameters: Parameters, mediaType: MediaType, isItem: boolean): Response | null {
  const text = parameters.text("text") ?? "";
  const [link, poll] = [parameters.text("link_attachment"), parameters.text("poll_attachment")];
  if (mediaType === "TEXT" && !isItem && text.trim() === "" && link === null) {
    return invalidParameter("The parameter text is required");
  }
  if (isItem && mediaType !== "IMAGE" && mediaType !== "VIDEO") {
    return invalidParameter("is_carousel_item is for media_type IMAGE and VIDEO");
  }
  if (countedCharacters(text) > 500) return invalidParameter("Param text must be at most 500 characters long.");
  if (linksIn(text, link) > 5) return invalidParameter("THREADS_API__LINK_LIMIT_EXCEEDED");
  if ((link !== null || poll !== null) && mediaType !== "TEXT") {
    return invalidParameter("link_attachment and poll_attachment are for text posts only");
  }
  if (link !== null && poll !== null) return invalidParameter("link_attachment and poll_attachment are not compatible");
  if (link !== null && !/^https?:\/\/\S+$/i.test(link)) return invalidParameter("link_attachment is not a valid URL");
  return poll !== null && !isPoll(poll) ? invalidParameter("poll_attachment is malformed") : null;
}

function refusedSettings(parameters: Parameters): Response | null {
  const control = parameters.text("reply_control");
  if (control !== null && !replyControls.includes(control)) {
    return invalidParameter(`Param reply_control must be one of {${replyControls.join(", ")}}`);
  }
  const topic = parameters.text("topic_tag");
  if (topic !== null && !/^[^.&]{1,50}$/u.test(topic)) return invalidParameter("topic_tag is not valid");
  return [...(parameters.text("alt_text") ?? "")].length > 1000
    ? invalidParameter("Param alt_text must be at most 1000 characters long.")
    : null;
}

function isPoll(text: string): boolean {
  try {
    const poll: unknown = JSON.parse(text);
    if (typeof poll !== "object" || poll === null || Array.isArray(poll)) return false;
    const options = Object.entries(poll);
    const names = ["option_a", "option_b", "option_c", "option_d"].slice(0, Math.max(2, options.length));
    const short = (value: unknown) => typeof value === "string" && value.trim() !== "" && [...value].length <= 25;
    return options.length === names.length && names.every((name) => short((poll as Record<string, unknown>)[name]));
  } catch {
    return false;
  }
}

function refusedReferences(world: World, parameters: Parameters): Response | null {
  for (const name of ["reply_to_id", "quote_post_id"]) {
    const id = parameters.text(name);
    if (id !== null && !world.posts.find("threads", id)) return refusals.mediaNotFound(id);
  }
  return null;
}

function childrenOf(world: World, context: GraphContext, parameters: Parameters): Container[] | Response {
  const ids = (parameters.text("children") ?? "").split(",").filter((id) => id !== "");
  if (ids.length < 2 || ids.length > 20) return invalidParameter("children must have 2 to 20 items");
  const found = ids.map((id) => world.containers.find("threads", id));
  const usable = found.filter(
    (child): child is Container => child?.isItem === true && child.owner === context.get("person").handle,
  );
  if (usable.length < found.length) return graphErrors["invalid-parameter"]();
  const early = usable.find((child) => stateOf(child, world.clock.now()) !== "FINISHED");
  return early ? refusals.mediaNotFound(early.id) : usable;
}
