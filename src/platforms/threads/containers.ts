/** What a post on Threads is made of. https://developers.facebook.com/docs/threads/reference/publishing */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import {
  type ContainerProblem,
  type ContainerRules,
  type ContainerStatus,
  publicUrlOf,
  readyContainer,
  type WantedContainer,
} from "../containers.ts";
import type { Api, Message, Step } from "../platform.ts";
import { api1 } from "./endpoints.ts";
import { postIdOf } from "./recent-posts.ts";

const unusable = (say: string): ContainerProblem => ({ say });
const passing = (say: string): ContainerProblem => ({ say, passing: true });

/** https://developers.facebook.com/docs/threads/troubleshooting; the third is spelled so there. */
const problems: Readonly<Record<string, ContainerProblem>> = {
  FAILED_DOWNLOADING_AUDIO: passing("the sound could not be fetched"),
  FAILED_DOWNLOADING_VIDEO: passing("the video could not be fetched from its address"),
  INVALID_ASPEC_RATIO: unusable("the sides are in no proportion that it takes"),
  INVALID_ASPECT_RATIO: unusable("the sides are in no proportion that it takes"),
  FAILED_PROCESSING_AUDIO: unusable("the sound cannot be processed"),
  FAILED_PROCESSING_VIDEO: unusable("the video cannot be processed"),
  INVALID_BIT_RATE: unusable("the bit rate is too high"),
  INVALID_DURATION: unusable("it is too long or too short"),
  INVALID_FRAME_RATE: unusable("it has too few or too many pictures a second"),
  INVALID_AUDIO_CHANNELS: unusable("the sound has too many channels"),
  INVALID_AUDIO_CHANNEL_LAYOUT: unusable("the sound's channels are laid out in a way that it does not take"),
  UNKNOWN: passing("it does not say why"),
};

export const rules: ContainerRules = { platform: "threads", name: "Threads", create, status, problems };

/** Nothing is public by it: what is lost of these is gone after a day. */
async function create(api: Api, parameters: Readonly<Record<string, string>>): Promise<{ id: string }> {
  const answer = await api.post(`${api1}/me/threads`, { form: parameters, repeatable: true });
  const { id } = (answer ?? {}) as { id?: string };
  if (!id) throw new Failure("platform_fault", "Threads did not name the container", { hint: "run it again later" });
  return { id };
}

async function status(api: Api, id: string): Promise<ContainerStatus> {
  const answer = await api.get(`${api1}/${id}`, { query: { fields: "id,status,error_message" }, repeatable: true });
  const told = (answer ?? {}) as { status?: ContainerStatus["state"]; error_message?: string };
  return { state: told.status ?? "IN_PROGRESS", problem: told.error_message ?? null };
}

/** The most that a carousel holds, pictures and videos together. */
const maximumItems = 20;

/** The container of the whole post, ready to be published. */
export async function containerOf(api: Api, step: Step, message: Message): Promise<string> {
  const files = [...message.images, ...(message.video ? [message.video] : [])];
  if (files.length > maximumItems) {
    throw new Failure("content_invalid", `${files.length} pictures and videos: Threads takes ${maximumItems}`);
  }
  const common = await commonParameters(api, message);
  const [only] = files;
  if (!only) {
    return readyContainer(api, step, rules, {
      name: "post",
      parameters: { ...common, ...textOnly(message) },
      slow: false,
    });
  }
  if (files.length === 1) {
    const { parameters, slow } = item(only, message);
    return readyContainer(api, step, rules, { name: "post", parameters: { ...parameters, ...common }, slow });
  }
  const children: string[] = [];
  // One after the other: of several that fail, the first is told, and Meta counts calls.
  for (const [index, file] of files.entries()) {
    const { parameters, slow } = item(file, message);
    const name = `item ${index + 1}`;
    const carousel = { ...parameters, is_carousel_item: "true" };
    children.push(await readyContainer(api, step, rules, { name, parameters: carousel, slow }));
  }
  const parameters = { media_type: "CAROUSEL", children: children.join(","), ...common };
  return readyContainer(api, step, rules, { name: "post", parameters, slow: false });
}

function item(file: MediaFile, { video }: Message): Pick<WantedContainer, "parameters" | "slow"> {
  const url = publicUrlOf(file, "Threads");
  const alt = file.alt === null ? {} : { alt_text: file.alt };
  return file === video
    ? { parameters: { media_type: "VIDEO", video_url: url, ...alt }, slow: true }
    : { parameters: { media_type: "IMAGE", image_url: url, ...alt }, slow: false };
}

/** A link and a poll are for posts of text alone. */
function textOnly({ link, poll }: Message): Record<string, string> {
  return {
    media_type: "TEXT",
    ...(link === null ? {} : { link_attachment: link }),
    ...(poll === null ? {} : { poll_attachment: JSON.stringify(pollOf(poll.options)) }),
  };
}

function pollOf(options: readonly string[]): Record<string, string> {
  return Object.fromEntries(options.map((option, index) => [`option_${"abcd".charAt(index)}`, option]));
}

async function commonParameters(api: Api, message: Message): Promise<Record<string, string>> {
  const { text, replyTo, quote, options, tags } = message;
  const topic = options["topic"] ?? tags[0];
  const replies = options["replies"];
  return {
    ...(text === "" ? {} : { text }),
    ...(replyTo === null ? {} : { reply_to_id: await postIdOf(api, replyTo) }),
    ...(quote === null ? {} : { quote_post_id: await postIdOf(api, quote) }),
    ...(topic === undefined || replyTo !== null ? {} : { topic_tag: String(topic).replace(/^#/, "") }),
    ...(replies === undefined || replyTo !== null ? {} : { reply_control: String(replies) }),
  };
}
