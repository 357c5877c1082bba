/** Pictures and documents, each in one request. https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import { isFile, type MediaFile } from "../../domain/post.ts";
import type { Api, Message, Step } from "../platform.ts";
import { processing } from "./processing.ts";
import { authorOf, isOrganization, rest } from "./requests.ts";
import { uploadVideo } from "./video-upload.ts";

/** The URNs of what a post carries. */
export interface Uploaded {
  readonly author: string;
  readonly images: readonly string[];
  readonly video: string | null;
  readonly document: string | null;
  /** Of the link's card. */
  readonly thumbnail: string | null;
}

interface Wanted {
  readonly role: "image" | "video" | "document" | "thumbnail";
  readonly file: MediaFile;
}

/** Uploads side by side; each that was done is not done again. */
export async function uploadAll(api: Api, message: Message, step: Step): Promise<Uploaded> {
  const author = authorOf(api);
  const wanted = wantedBy(message);
  // All to their end: nothing may go on behind the back of whoever is told of a failure.
  const outcomes = await Promise.allSettled(wanted.map((each, index) => upload(api, step, each, index + 1)));
  const urns = outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
  await untilReadable(api, author, urns);
  const having = (role: Wanted["role"]) => urns.filter((_urn, index) => wanted[index]?.role === role);
  return {
    author,
    images: having("image"),
    video: having("video")[0] ?? null,
    document: having("document")[0] ?? null,
    thumbnail: having("thumbnail")[0] ?? null,
  };
}

function wantedBy({ images, video, document, link, options }: Message): Wanted[] {
  const thumbnail = link === null ? undefined : options["thumbnail"];
  return [
    ...images.map((file) => ({ role: "image", file }) as const),
    ...(video ? [{ role: "video", file: video } as const] : []),
    ...(document ? [{ role: "document", file: document } as const] : []),
    ...(thumbnail !== undefined && isFile(thumbnail) ? [{ role: "thumbnail", file: thumbnail } as const] : []),
  ];
}

async function upload(api: Api, step: Step, { role, file }: Wanted, number: number): Promise<string> {
  const source = await api.open(file);
  if (role === "video") return uploadVideo(api, step, source);
  const { path, size, modifiedAt } = source;
  // Named after the file's state: another one is another upload.
  return step(`${role} ${number} ${size} ${modifiedAt} ${path}`, () =>
    uploadWhole(api, role === "document" ? "documents" : "images", source),
  );
}

interface Initialized {
  readonly value?: { readonly uploadUrl?: string; readonly image?: string; readonly document?: string };
}

async function uploadWhole(api: Api, kind: "images" | "documents", source: MediaSource): Promise<string> {
  const json = { initializeUploadRequest: { owner: authorOf(api) } };
  const query = { action: "initializeUpload" };
  const { value } = (await rest(api, "POST", kind, { query, json, repeatable: true })).body as Initialized;
  const urn = value?.image ?? value?.document;
  if (!urn || !value?.uploadUrl) {
    throw new Failure("platform_fault", "LinkedIn did not say where to upload to", { hint: "run it again later" });
  }
  api.keepSecret(value.uploadUrl);
  await api.put(value.uploadUrl, { file: { source, start: 0, end: source.size }, repeatable: true });
  return urn;
}

/**
 * Members' tokens may not ask how their pictures and documents are, which takes a moment: they are given one (seconds).
 * Videos were waited for.
 */
const moment = 3;

async function untilReadable(api: Api, author: string, urns: readonly string[]): Promise<void> {
  const others = urns.filter((urn) => !urn.startsWith("urn:li:video:"));
  if (others.length === 0) return;
  if (!isOrganization(author)) return api.wait(moment);
  for (const urn of others) {
    const failure = await processing(api, urn);
    if (failure !== null) throw new Failure("content_invalid", `LinkedIn cannot process ${urn}: ${failure}`);
  }
}
