/** The service that makes videos ready and gives them to the account's server. lexicons/app/bsky/video */
import { Hono } from "hono";
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import type { BlueskyContext, Caller } from "./access.ts";
import { invalidRequest, xrpcError } from "./errors.ts";
import { didOf, pdsHost } from "./people.ts";
import { keepBlob } from "./repository.ts";

interface ServiceToken {
  readonly person: Person;
  readonly audience: string;
  readonly method: string;
  readonly expiresAt: Instant;
}

interface Job {
  readonly id: string;
  readonly did: string;
  readonly doneAt: Instant;
  readonly blob: unknown;
  readonly failed: string | null;
}

const tokensOf = (world: World) => world.shelves.of<ServiceToken>("bluesky service tokens");
const jobsOf = (world: World) => world.shelves.of<Job>("bluesky video jobs");

/** How long a video takes to be made ready. */
const work = seconds(3);

export function serviceAuth(world: World, context: BlueskyContext, { person }: Caller): Response {
  const { aud = "", lxm, exp } = context.req.query();
  if (!/^did:(web|plc):./.test(aud)) return invalidRequest("Params/aud must be a valid did");
  if (lxm === undefined) return xrpcError(400, "InvalidRequest", "Params/lxm is required for this token");
  const now = world.clock.now();
  const expiresAt = exp === undefined ? now + minutes(1) : seconds(Number(exp));
  if (!(expiresAt > now)) return xrpcError(400, "BadExpiration", "expiration is in past");
  if (expiresAt > now + minutes(60))
    return xrpcError(400, "BadExpiration", "cannot request a token with an expiration more than an hour in the future");
  const token = `service-${world.random.uuid()}`;
  tokensOf(world).set(token, { person, audience: aud, method: lxm, expiresAt });
  return context.json({ token });
}

export function videoService(world: World): Hono<{ Bindings: TwinBindings }> {
  const service = new Hono<{ Bindings: TwinBindings }>();
  service.get("/xrpc/app.bsky.video.getUploadLimits", (context) => {
    const person = presented(world, context, "did:web:video.bsky.app", "app.bsky.video.getUploadLimits");
    if (person instanceof Response) return person;
    return context.json({ canUpload: true, remainingDailyVideos: 25, remainingDailyBytes: 10_000_000_000 });
  });
  service.post("/xrpc/app.bsky.video.uploadVideo", async (context) => {
    const person = presented(world, context, `did:web:${pdsHost}`, "com.atproto.repo.uploadBlob");
    if (person instanceof Response) return person;
    const { did, name = "" } = context.req.query();
    if (did !== didOf(person)) return xrpcError(401, "AuthenticationRequired", "did does not match the token");
    if (!name.endsWith(".mp4") || context.req.header("content-type") !== "video/mp4") {
      return xrpcError(400, "InvalidRequest", "only video/mp4 is taken");
    }
    const bytes = new Uint8Array(await context.req.arrayBuffer());
    const isMp4 = Buffer.from(bytes.subarray(4, 8)).toString("latin1") === "ftyp";
    const blob = keepBlob(world, person, "video/mp4", bytes);
    if (blob instanceof Response) return blob;
    const id = world.random.uuid();
    const failed = isMp4 ? null : "the file is no video";
    jobsOf(world).set(id, { id, did, doneAt: world.clock.now() + work, blob, failed });
    return context.json({ jobId: id, did, state: "JOB_STATE_CREATED" });
  });
  service.get("/xrpc/app.bsky.video.getJobStatus", (context) => {
    const job = jobsOf(world).get(context.req.query("jobId") ?? "");
    if (!job) return xrpcError(400, "InvalidRequest", "no such job");
    const { id: jobId, did, doneAt, failed, blob } = job;
    const common = { jobId, did };
    if (world.clock.now() < doneAt)
      return context.json({ jobStatus: { ...common, state: "JOB_STATE_ENCODING", progress: 50 } });
    if (failed !== null) {
      return context.json({
        jobStatus: { ...common, state: "JOB_STATE_FAILED", error: "invalid_video", message: failed },
      });
    }
    return context.json({ jobStatus: { ...common, state: "JOB_STATE_COMPLETED", progress: 100, blob } });
  });
  service.notFound(() => xrpcError(404, "XRPCNotSupported", "XRPCNotSupported"));
  return service;
}

function presented(world: World, context: BlueskyContext, audience: string, method: string): Person | Response {
  const [, token = ""] = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
  const known = tokensOf(world).get(token);
  if (!known || known.expiresAt <= world.clock.now()) return xrpcError(401, "BadJwt", "jwt expired or unknown");
  if (known.audience !== audience) return xrpcError(401, "BadJwtAudience", "jwt audience does not match service did");
  if (known.method !== method) return xrpcError(401, "BadJwtLexiconMethod", 'bad jwt lexicon method ("lxm")');
  return known.person;
}
