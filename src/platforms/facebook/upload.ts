/** Photos and videos on their way to a Page. */
import { Failure } from "../../domain/failure.ts";
import type { FileStamp, MediaSource } from "../../domain/ports/media.ts";
import type { MediaFile } from "../../domain/post.ts";
import { hours, type Instant } from "../../domain/time.ts";
import { graphUrl } from "../graph/api.ts";
import type { Api, Step } from "../platform.ts";

/** Unpublished: the post that takes it makes it public. https://developers.facebook.com/docs/graph-api/reference/page/photos */
export async function uploadPhoto(api: Api, page: string, file: MediaFile, scheduled: boolean): Promise<string> {
  const source = await api.open(file);
  const answer = await api.post(graphUrl(api, `/${page}/photos`), {
    multipart: {
      published: "false",
      ...(scheduled ? { temporary: "true" } : {}),
      ...(file.alt ? { alt_text_custom: file.alt } : {}),
      source: { source, start: 0, end: source.size },
    },
    repeatable: true,
  });
  return idOf(answer, "photo");
}

/** An upload that Facebook has begun, and the state of the file that it is of. */
interface Session {
  readonly id: string;
  /** Where a Reel's bytes go. */
  readonly url?: string;
  readonly begunAt: Instant;
  readonly of: FileStamp & Pick<MediaSource, "path">;
}

/** Facebook names no end of an upload session; sooner than a day none was seen. */
const sessionLife = hours(20);

/** Uploads of one file that may be begun for a delivery: each was lost, too old, or of an earlier state of the file. */
const maximumSessions = 20;

/** Pauses in seconds, as long as nothing more of the file arrives. */
const pauses = [1, 2, 4, 8];

/** How a kind of upload begins, tells how far it is, and goes on from there. */
interface Way<Result> {
  readonly begin: (api: Api, source: MediaSource) => Promise<Pick<Session, "id" | "url">>;
  readonly received: (api: Api, session: Session) => Promise<number>;
  /** The rest of the file; undefined: more of it is missing. */
  readonly send: (api: Api, session: Session, source: MediaSource, start: number) => Promise<Result | undefined>;
  /** All of it is there, though no answer came to that; null: what would have been in it is lost. */
  readonly whole: (session: Session) => Result | null;
}

async function upload<Result>(api: Api, step: Step, file: MediaFile, way: Way<Result>): Promise<Result> {
  const source = await api.open(file);
  const { path, size, modifiedAt } = source;
  for (let count = 1; count <= maximumSessions; count += 1) {
    let isNew = false;
    const session: Session = await step(`video upload ${count}`, async () => {
      isNew = true;
      return { ...(await way.begin(api, source)), begunAt: api.now(), of: { path, size, modifiedAt } };
    });
    const { of, begunAt } = session;
    const same = of.path === path && of.size === size && of.modifiedAt === modifiedAt;
    if (!same || api.now() - begunAt > sessionLife) continue;
    const sent = await step(`video upload ${count} sent`, () => fill(api, session, source, way, isNew));
    if (sent.result !== null) return sent.result;
  }
  throw new Failure("platform_fault", `Facebook loses every upload of ${source.path} before it is used`);
}

/** From where Facebook has it; a connection that breaks is asked about, and gone on from there. */
async function fill<Result>(
  api: Api,
  session: Session,
  source: MediaSource,
  way: Way<Result>,
  isNew: boolean,
): Promise<{ readonly result: Result | null }> {
  let start = isNew ? 0 : await receivedOr(api, session, way);
  for (let tries = 0; start !== null && start < source.size; ) {
    const { result, failure } = await trySend(api, session, source, way, start);
    if (result !== undefined) return { result };
    const pause = pauses[tries];
    if (pause === undefined) throw failure ?? new Failure("platform_fault", "Facebook takes no more of the video");
    if (failure !== null) await api.wait(pause);
    const before = start;
    start = await receivedOr(api, session, way);
    tries = start !== null && start > before ? 0 : tries + 1;
  }
  return { result: start === null ? null : way.whole(session) };
}

async function trySend<Result>(api: Api, session: Session, source: MediaSource, way: Way<Result>, start: number) {
  try {
    return { result: await way.send(api, session, source, start), failure: null };
  } catch (error) {
    if (!mayGoOn(error)) throw error;
    return { result: undefined, failure: error };
  }
}

/** null: Facebook does not know the session any more. */
async function receivedOr<Result>(api: Api, session: Session, way: Way<Result>): Promise<number | null> {
  try {
    return await way.received(api, session);
  } catch (error) {
    if (error instanceof Failure && error.code === "not_found") return null;
    throw error;
  }
}

/** The file goes on from another place than was thought, or later. */
function mayGoOn(error: unknown): boolean {
  return error instanceof Failure && ["network", "platform_fault", "content_invalid"].includes(error.code);
}

/**
 * Any video: what is brought is a handle, by which a post takes it.
 * https://developers.facebook.com/docs/graph-api/guides/upload
 */
export function uploadVideo(api: Api, step: Step, file: MediaFile): Promise<string> {
  return upload(api, step, file, {
    begin: async (by, source) => {
      const { clientId } = await by.app();
      const form = { file_name: "video.mp4", file_length: String(source.size), file_type: source.type };
      const id = idOf(await by.post(graphUrl(by, `/${clientId}/uploads`), { form, repeatable: true }), "upload");
      return { id };
    },
    received: async (by, { id }) => {
      // What is refused for its scheme elsewhere is wanted here.
      const answer = await by.get(graphUrl(by, `/${id}`), { authorization: "OAuth", repeatable: true });
      return Number((answer as { file_offset?: number | string }).file_offset ?? 0);
    },
    send: async (by, { id }, source, start) => {
      const answer = await by.post(graphUrl(by, `/${id}`), {
        file: { source, start, end: source.size },
        headers: { file_offset: String(start) },
        authorization: "OAuth",
        resumable: true,
      });
      return (answer as { h?: string } | undefined)?.h;
    },
    // The handle was in the answer that did not come.
    whole: () => null,
  });
}

/** A Reel: what is brought is the video itself. https://developers.facebook.com/docs/video-api/guides/reels-publishing */
export function uploadReel(api: Api, step: Step, page: string, file: MediaFile): Promise<string> {
  return upload(api, step, file, {
    begin: async (by) => {
      const form = { upload_phase: "start" };
      const answer = await by.post(graphUrl(by, `/${page}/video_reels`), { form, repeatable: true });
      const { video_id: id, upload_url: url } = answer as { video_id?: string; upload_url?: string };
      if (!id || !url || new URL(url).host !== "rupload.facebook.com") throw unnamed("reel");
      return { id, url };
    },
    received: async (by, { id }) => (await videoStatus(by, id)).received,
    send: async (by, { id, url = "" }, source, start) => {
      await by.post(url, {
        file: { source, start, end: source.size },
        headers: { offset: String(start), file_size: String(source.size) },
        authorization: "OAuth",
        resumable: true,
      });
      return id;
    },
    whole: ({ id }) => id,
  });
}

export interface VideoStatus {
  readonly state: string;
  /** Bytes that have arrived. */
  readonly received: number;
  /** `not_started`, `complete`, …; of one that is scheduled it has a time. */
  readonly publishing: string;
  readonly scheduled: boolean;
  /** What is wrong with it, where it cannot be processed. */
  readonly problem: string | null;
  readonly permalink: string | null;
}

interface Phase {
  readonly status?: string;
  /** As Meta spells it, and as it might. */
  readonly bytes_transfered?: number;
  readonly bytes_transferred?: number;
  readonly publish_status?: string;
  readonly publish_time?: number | string;
  readonly error?: { readonly message?: string };
  readonly errors?: readonly { readonly message?: string }[];
}

export async function videoStatus(api: Api, id: string): Promise<VideoStatus> {
  const query = { fields: "status,permalink_url" };
  const answer = (await api.get(graphUrl(api, `/${id}`), { query, repeatable: true })) as {
    permalink_url?: string;
    status?: { video_status?: string } & Record<string, Phase | undefined>;
  };
  const phases: Readonly<Record<string, Phase | undefined>> = answer.status ?? {};
  const {
    uploading_phase: uploading = {},
    processing_phase: processing = {},
    publishing_phase: publishing = {},
  } = phases;
  const wrong = [uploading, processing, publishing].find(({ status }) => status === "error");
  const failed = wrong !== undefined || answer.status?.video_status === "error";
  const words = wrong?.errors?.[0]?.message ?? wrong?.error?.message ?? "it does not say why";
  return {
    state: answer.status?.video_status ?? "unknown",
    received: Number(uploading.bytes_transfered ?? uploading.bytes_transferred ?? 0),
    publishing: publishing.status ?? "not_started",
    scheduled: publishing.publish_status === "scheduled" || publishing.publish_time !== undefined,
    problem: failed ? words : null,
    permalink: answer.permalink_url ?? null,
  };
}

export function idOf(answer: unknown, what: string): string {
  const { id } = (answer ?? {}) as { id?: unknown };
  if (typeof id === "string" && id !== "") return id;
  throw unnamed(what);
}

function unnamed(what: string): Failure {
  return new Failure("platform_fault", `Facebook did not name the ${what}`, { hint: "run it again later" });
}
