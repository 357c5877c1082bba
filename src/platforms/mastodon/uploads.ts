/** Files are sent ahead, each with what it shows, and are processed for a while. https://docs.joinmastodon.org/methods/media */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import { minutes } from "../../domain/time.ts";
import type { Api, ApiRequest, Message, Step } from "../platform.ts";
import { at } from "./api.ts";

/** The ids of what a status carries, in its order. */
export interface Prepared {
  readonly media: readonly string[];
}

export async function uploadAll(api: Api, message: Message, step: Step): Promise<Prepared> {
  const files = message.video ? [message.video] : message.images;
  const media: string[] = [];
  for (const [index, file] of files.entries()) {
    const { path, size, modifiedAt } = await api.open(file);
    const focus = index === 0 ? focusOf(message) : null;
    // Named after the file's state: another one is another upload.
    const name = `media ${index + 1} ${path} ${size} ${modifiedAt} ${file.alt ?? ""} ${focus ?? ""}`;
    media.push(await step(name, () => upload(api, file, focus, message.video && message.thumbnail)));
  }
  // Once it is posted it is not found any more: what was waited for is not asked for again.
  for (const id of media) await step(`processed ${id}`, () => untilProcessed(api, id));
  return { media };
}

/** `0.5,-0.2`: what of the first file is shown where it is cropped; from -1 to 1, upwards and to the right. */
export function focusOf({ options }: Pick<Message, "options">): string | null {
  const focus = options["focus"];
  return typeof focus === "string" ? focus.replace(/\s+/g, "") : null;
}

async function upload(api: Api, file: MediaFile, focus: string | null, thumbnail: MediaFile | null): Promise<string> {
  const whole = async (one: MediaFile) => {
    const source = await api.open(one);
    return { source, start: 0, end: source.size };
  };
  const multipart: ApiRequest["multipart"] = {
    ...(file.alt === null || file.alt === "" ? {} : { description: file.alt }),
    ...(focus === null ? {} : { focus }),
    ...(thumbnail === null ? {} : { thumbnail: await whole(thumbnail) }),
    file: await whole(file),
  };
  const { id } = ((await api.post(at(api, "/api/v2/media"), { multipart, repeatable: true })) ?? {}) as {
    id?: unknown;
  };
  if (typeof id === "string") return id;
  throw new Failure("platform_fault", "the server took the file and did not name it", { hint: "run it again later" });
}

/** Each look is a request of the 300 in five minutes: the pauses grow (seconds). */
const pauses = { first: 1, growth: 1.5, longest: 30 };
const longest = minutes(15);

/** @throws Failure `content_invalid` for what the server cannot process, `platform_fault` where it takes too long */
export async function untilProcessed(api: Api, id: string): Promise<void> {
  const until = api.now() + longest;
  for (let pause = pauses.first; await isUnderWay(api, id); pause = Math.min(pause * pauses.growth, pauses.longest)) {
    if (api.now() > until) {
      throw new Failure("platform_fault", "the server has not processed the file after 15 minutes", {
        hint: "run it again later; it is not uploaded again",
      });
    }
    await api.wait(Math.round(pause));
  }
}

/** 206: not yet. What is posted already, or was swept away, is not found. */
export async function isUnderWay(api: Api, id: string): Promise<boolean> {
  return (await api.call("GET", at(api, `/api/v1/media/${id}`), { repeatable: true })).status === 206;
}
