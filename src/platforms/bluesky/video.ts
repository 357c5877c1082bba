/**
 * Videos go to a service of Bluesky's own, which makes them ready to be seen and gives them to the account's server.
 * https://docs.bsky.app/docs/tutorials/video
 */
import { Failure } from "../../domain/failure.ts";
import { isLoopbackHost } from "../../domain/loopback.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import type { Api } from "../platform.ts";
import { type Blob, type KeptStep, uploadBlob } from "./blobs.ts";
import { xrpc } from "./session.ts";

const service = "https://video.bsky.app";

/** Seconds: what the service does with the token lasts as long as the video takes. */
const tokenLifetime = 1800;

/** Seconds between two questions, and in all. */
const pause = 2;
const patience = 600;

interface Job {
  readonly jobId?: string;
  readonly state?: string;
  readonly blob?: Blob;
  readonly error?: string;
  readonly message?: string;
}

export async function uploadVideo(api: Api, source: MediaSource, did: string, kept: KeptStep): Promise<Blob> {
  const { hostname } = new URL(api.instance ?? service);
  // The service could not reach it.
  if (isLoopbackHost(hostname)) return kept("video", () => uploadBlob(api, source));
  const job = await kept("video", () => sent(api, source, did, hostname));
  return kept("video done", () => finished(api, job));
}

/** @throws Failure `content_invalid`, `not_permitted`, `rate_limited` where the service would take none */
async function requireRoom(api: Api, size: number): Promise<void> {
  const token = await serviceToken(api, "did:web:video.bsky.app", "app.bsky.video.getUploadLimits");
  const told = (await api.get(`${service}/xrpc/app.bsky.video.getUploadLimits`, asService(token))) as Readonly<
    Record<string, unknown>
  >;
  const { canUpload, remainingDailyBytes: left, message } = told ?? {};
  if (canUpload === false) {
    const why = typeof message === "string" ? message : "no videos can be uploaded now";
    throw new Failure("not_permitted", `Bluesky takes no video of this account: ${why}`, {
      hint: "a confirmed e-mail address is needed: https://bsky.app/settings/account; and there is a limit for a day",
    });
  }
  if (typeof left === "number" && left < size) {
    throw new Failure("rate_limited", `only ${left} bytes of video are left for today`, { hint: "try again tomorrow" });
  }
}

async function sent(api: Api, source: MediaSource, did: string, host: string): Promise<Job> {
  await requireRoom(api, source.size);
  const token = await serviceToken(api, `did:web:${host}`, "com.atproto.repo.uploadBlob");
  const name = `${source.size}-${source.modifiedAt}.mp4`;
  const answer = await api.post(`${service}/xrpc/app.bsky.video.uploadVideo`, {
    ...asService(token),
    query: { did, name },
    file: { source, start: 0, end: source.size },
    // What it has already, it answers with 409 and the job.
    accepts: [409],
  });
  return jobIn(answer);
}

async function finished(api: Api, job: Job): Promise<Blob> {
  for (let waited = 0, state = job; ; waited += pause) {
    if (state.blob) return state.blob;
    if (state.state === "JOB_STATE_FAILED") {
      throw new Failure(
        "content_invalid",
        `Bluesky could not use the video: ${state.message ?? state.error ?? "it says no more"}`,
      );
    }
    if (job.jobId === undefined)
      throw new Failure("platform_fault", "the video service named no job", { hint: "run it again" });
    if (waited >= patience) {
      throw new Failure("platform_fault", "the video is not ready yet", {
        hint: "run it again: it goes on from there",
      });
    }
    await api.wait(pause);
    const query = { jobId: job.jobId };
    const url = `${service}/xrpc/app.bsky.video.getJobStatus`;
    state = jobIn(await api.get(url, { query, authorization: "nobody", repeatable: true }));
  }
}

/** At the top, or in `jobStatus`. */
function jobIn(answer: unknown): Job {
  const told = (answer ?? {}) as Job & { jobStatus?: Job };
  return told.jobStatus ?? told;
}

/** A token for one method of one service, signed by the account's server. https://atproto.com/specs/xrpc#inter-service-authentication-jwt */
async function serviceToken(api: Api, aud: string, lxm: string): Promise<string> {
  const exp = String(Math.floor(api.now() / 1000) + tokenLifetime);
  const url = xrpc(api, "com.atproto.server.getServiceAuth");
  const { token } = ((await api.get(url, { query: { aud, lxm, exp }, repeatable: true })) ?? {}) as { token?: unknown };
  if (typeof token !== "string") throw new Failure("platform_fault", "Bluesky gave no token for its video service");
  api.keepSecret(token);
  return token;
}

function asService(token: string) {
  return { authorization: "nobody", headers: { authorization: `Bearer ${token}` }, repeatable: true } as const;
}
