/** Videos are registered, sent to an upload host (Amazon S3's POST), and looked into. https://developers.pinterest.com/docs/api/v5/media-create */
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { Api, Step } from "../platform.ts";
import { host } from "./boards.ts";

interface Registered {
  readonly media_id?: string;
  readonly upload_url?: string;
  readonly upload_parameters?: Readonly<Record<string, string>>;
}

/** The media's id, once it can be pinned. */
export async function uploadVideo(api: Api, file: MediaFile, step: Step): Promise<string> {
  const source = await api.open(file);
  const { path, size, modifiedAt } = source;
  const id = await step(`video ${size} ${modifiedAt} ${path}`, async () => {
    const request = { json: { media_type: "video" }, repeatable: true };
    const {
      media_id: media,
      upload_url: url,
      upload_parameters: fields = {},
    } = ((await api.post(`${host}/media`, request)) ?? {}) as Registered;
    if (!media || !url) {
      throw new Failure("platform_fault", "Pinterest did not say where to upload to", { hint: "run it again later" });
    }
    for (const [name, value] of Object.entries(fields)) {
      if (/signature|token|policy|credential/i.test(name)) api.keepSecret(value);
    }
    const multipart = { ...fields, file: { source, start: 0, end: size } };
    await api.post(url, { multipart, authorization: "none", repeatable: true });
    return media;
  });
  await processed(api, id);
  return id;
}

/** Seconds between one look and the next, and altogether. */
const pause = 5;
const patience = 900;

async function processed(api: Api, id: string): Promise<void> {
  for (let waited = 0; waited <= patience; waited += pause) {
    const { status } = ((await api.get(`${host}/media/${id}`, { repeatable: true })) ?? {}) as { status?: string };
    if (status === "succeeded") return;
    if (status === "failed") {
      throw new Failure("content_invalid", "Pinterest cannot process the video", {
        hint: "agencyiq platforms show pinterest lists what it takes",
      });
    }
    await api.wait(pause);
  }
  throw new Failure("platform_fault", "Pinterest still processes the video", { hint: "run it again later" });
}
