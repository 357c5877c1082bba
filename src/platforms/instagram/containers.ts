/** What a post on Instagram is made of. https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import {
  type ContainerRules,
  type ContainerStatus,
  publicUrlOf,
  readyContainer,
  type WantedContainer,
} from "../containers.ts";
import type { Api, Message, Step } from "../platform.ts";
import { accountNode, graphOf } from "./endpoints.ts";
import { containerProblems } from "./failures.ts";
import { sendVideo } from "./upload.ts";

export const rules: ContainerRules = {
  platform: "instagram",
  name: "Instagram",
  create,
  status,
  problems: containerProblems,
};

/** Nothing is public by it: what is lost of these is gone after a day. */
async function create(api: Api, parameters: Readonly<Record<string, string>>): Promise<{ id: string }> {
  const answer = await api.post(`${accountNode(api)}/media`, { form: parameters, repeatable: true });
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("platform_fault", "Instagram did not name the container", { hint: "run it again later" });
  return { id };
}

async function status(api: Api, id: string): Promise<ContainerStatus> {
  const query = { fields: "id,status_code,status" };
  const answer = await api.get(`${graphOf(api)}/${id}`, { query, repeatable: true });
  const told = (answer ?? {}) as { status_code?: ContainerStatus["state"]; status?: unknown };
  // "Error: …" with the number somewhere in it, or the number alone.
  const [problem = null] = /\b22\d{5}\b/.exec(String(told.status ?? "")) ?? [];
  return { state: told.status_code ?? "IN_PROGRESS", problem };
}

export type Kind = "post" | "reel" | "story";

const maximumItems = 10;

/** What it will be, and that it can be that. @throws Failure `content_invalid` */
export function kindOf({ images, video, text, options }: Message): Kind {
  const count = images.length + (video ? 1 : 0);
  const kind = options["kind"] ?? (video && images.length === 0 ? "reel" : "post");
  if (count === 0) throw new Failure("content_invalid", "Instagram wants a picture or a video");
  if (count > maximumItems) {
    throw new Failure("content_invalid", `${count} pictures and videos: Instagram takes at most ${maximumItems}`);
  }
  if (kind === "reel" && (!video || images.length > 0)) {
    throw new Failure("content_invalid", "a Reel is one video, and nothing beside it");
  }
  if (kind !== "story") return kind === "post" && video && images.length === 0 ? "reel" : (kind as Kind);
  if (count > 1) throw new Failure("content_invalid", "a story is one picture or one video");
  if (text.trim() !== "") {
    throw new Failure("content_invalid", "a story has no caption, and there is a text", {
      hint: "leave the text away, or give Instagram an empty one of its own in the post file",
    });
  }
  return "story";
}

/** The container of the whole post, ready to be published. */
export async function containerOf(api: Api, step: Step, message: Message): Promise<string> {
  const { images, video, text } = message;
  const kind = kindOf(message);
  const caption: Record<string, string> = text === "" ? {} : { caption: text };
  if (kind === "story") {
    const story = { media_type: "STORIES" };
    return ready(api, step, "post", await (video ? videoOf(api, step, video, story) : picture(images[0], story)));
  }
  if (kind === "reel" && video) {
    return ready(api, step, "post", await videoOf(api, step, video, { ...reelOf(message), ...caption }));
  }
  if (images.length === 1 && !video) return ready(api, step, "post", picture(images[0], caption));
  const items = [
    ...images.map((file) => picture(file, { is_carousel_item: "true" })),
    ...(video ? [await videoOf(api, step, video, { media_type: "VIDEO", is_carousel_item: "true" })] : []),
  ];
  const children: string[] = [];
  // One after the other: of several that fail, the first is told, and Meta counts calls.
  for (const [index, item] of items.entries()) children.push(await ready(api, step, `item ${index + 1}`, item));
  const parameters = { media_type: "CAROUSEL", children: children.join(","), ...caption };
  return ready(api, step, "post", { parameters, slow: false });
}

type Item = Omit<WantedContainer, "name">;

const ready = (api: Api, step: Step, name: string, item: Item): Promise<string> =>
  readyContainer(api, step, rules, { ...item, name });

function picture(file: MediaFile | undefined, more: Readonly<Record<string, string>>): Item {
  if (!file) throw new Failure("content_invalid", "Instagram wants a picture or a video");
  const alt: Record<string, string> = file.alt && more["media_type"] !== "STORIES" ? { alt_text: file.alt } : {};
  return { parameters: { image_url: publicUrlOf(file, "Instagram"), ...alt, ...more }, slow: false };
}

/** Fetched where it has an address; else it is sent. */
async function videoOf(api: Api, step: Step, file: MediaFile, more: Readonly<Record<string, string>>): Promise<Item> {
  if (file.url) return { parameters: { ...more, video_url: file.url }, slow: true };
  const source = await api.open(file);
  const { path, size, modifiedAt } = source;
  return {
    parameters: { ...more, upload_type: "resumable" },
    slow: true,
    of: { path, size, modifiedAt },
    fill: ({ id }) => step(`${id} sent`, () => sendVideo(api, id, source)).then(() => undefined),
  };
}

function reelOf({ options, thumbnail }: Message): Record<string, string> {
  const offset = options["cover-offset"];
  const feed = options["share-to-feed"];
  return {
    media_type: "REELS",
    ...(feed === undefined ? {} : { share_to_feed: String(feed) }),
    ...(thumbnail ? { cover_url: publicUrlOf(thumbnail, "Instagram") } : {}),
    // Seconds here, milliseconds there.
    ...(typeof offset === "number" ? { thumb_offset: String(Math.round(offset * 1000)) } : {}),
  };
}
