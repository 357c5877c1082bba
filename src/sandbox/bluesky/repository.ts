/** A person's records and files on their server. lexicons/com/atproto/repo */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";
import { type BlueskyContext, type Caller, mayWrite } from "./access.ts";
import { blueskyErrors, invalidRequest, xrpcError } from "./errors.ts";
import { didOf, handleOf, personNamed } from "./people.ts";
import { blobsIn, problemOf } from "./post-record.ts";

type Json = Readonly<Record<string, unknown>>;

interface StoredBlob {
  readonly owner: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface StoredRecord {
  readonly uri: string;
  readonly cid: string;
  readonly value: Json;
}

/** Of a server of Bluesky's own. */
const largestBlob = 52_428_800;

const collection = "app.bsky.feed.post";

const blobsOf = (world: World) => world.shelves.of<StoredBlob>("bluesky blobs");
const recordsOf = (world: World) => world.shelves.of<StoredRecord>("bluesky records");

/** A content identifier of 59 letters, as CIDs of version 1 are. */
function cidOf(bytes: Uint8Array | string): string {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  const digest = createHash("sha512").update(bytes).digest();
  return `bafyrei${[...digest.subarray(0, 52)].map((byte) => letters[byte % 32]).join("")}`;
}

export function keepBlob(world: World, person: Person, type: string, bytes: Uint8Array): Response | Json {
  if (bytes.length > largestBlob) return blueskyErrors["payload-too-large"]();
  if (bytes.length === 0) return invalidRequest("Request encoding (Content-Type) required but not provided");
  const cid = cidOf(bytes).replace("bafyrei", "bafkrei");
  blobsOf(world).set(cid, { owner: didOf(person), type, bytes });
  return { $type: "blob", ref: { $link: cid }, mimeType: type, size: bytes.length };
}

export async function uploadBlob(world: World, context: BlueskyContext, caller: Caller): Promise<Response> {
  if (!mayWrite(caller)) return blueskyErrors["scope-missing"]();
  const type = context.req.header("content-type");
  if (type === undefined) return invalidRequest("Request encoding (Content-Type) required but not provided");
  const blob = keepBlob(world, caller.person, type, new Uint8Array(await context.req.arrayBuffer()));
  return blob instanceof Response ? blob : context.json({ blob });
}

export async function putRecord(world: World, context: BlueskyContext, caller: Caller): Promise<Response> {
  if (!mayWrite(caller)) return blueskyErrors["scope-missing"]();
  const body = await bodyOf(context);
  if (body instanceof Response) return body;
  const { repo, collection: into, rkey, record } = body;
  const did = didOf(caller.person);
  if (repo !== did && repo !== handleOf(caller.person)) return blueskyErrors["authentication-required"]();
  if (into !== collection) return invalidRequest(`Lexicon not found: lex:${String(into)}`);
  if (typeof rkey !== "string" || !/^[234567abcdefghij][234567a-z]{12}$/.test(rkey)) {
    return invalidRequest('Invalid record key. Expected "tid"');
  }
  const problem = problemOf(record) ?? blobProblem(world, did, record);
  if (problem instanceof Response) return problem;
  if (problem !== null) return invalidRequest(problem);
  const stored = store(world, caller.person, rkey, record as Json);
  return context.json({ uri: stored.uri, cid: stored.cid, validationStatus: "valid" });
}

function blobProblem(world: World, did: string, record: unknown): Response | null {
  for (const { cid, mimeType, size } of blobsIn(record)) {
    const blob = blobsOf(world).get(cid);
    if (blob?.owner !== did) return xrpcError(400, "BlobNotFound", `Could not find blob: ${cid}`);
    if (blob.type !== mimeType) return blueskyErrors["mime-type"]();
    if (blob.bytes.length !== size) return blueskyErrors["blob-size"]();
  }
  return null;
}

function store(world: World, person: Person, rkey: string, value: Json): StoredRecord {
  const uri = `at://${didOf(person)}/${collection}/${rkey}`;
  const record = { uri, cid: cidOf(JSON.stringify(value)), value };
  const known = recordsOf(world).get(uri);
  if (known?.cid === record.cid) return known;
  recordsOf(world).set(uri, record);
  if (known) world.posts.remove("bluesky", uri);
  show(world, person, record, rkey);
  return record;
}

function show(world: World, person: Person, { uri, value }: StoredRecord, rkey: string): void {
  const { text, reply, embed } = value as { text: string; reply?: { parent: { uri: string } }; embed?: Json };
  const media = embed?.["$type"] === "app.bsky.embed.recordWithMedia" ? (embed["media"] as Json) : embed;
  const quoted = embed?.["record"] as { uri?: string; record?: { uri: string } } | undefined;
  const external = media?.["external"] as { uri: string } | undefined;
  world.posts.add({
    platform: "bluesky",
    id: uri,
    author: person.handle,
    text,
    createdAt: world.clock.now(),
    url: `https://bsky.app/profile/${didOf(person)}/post/${rkey}`,
    replyTo: reply?.parent.uri ?? null,
    quotes: quoted?.uri ?? quoted?.record?.uri ?? null,
    poll: null,
    media: mediaIn(world, person, media),
    ...(external ? { link: external.uri } : {}),
  });
}

function mediaIn(world: World, person: Person, embed: Json | undefined): PostedMedia[] {
  const images = (embed?.["images"] ?? []) as readonly { image: unknown; alt: string }[];
  const video = embed?.["video"];
  const shown = [
    ...images,
    ...(video === undefined ? [] : [{ image: video, alt: (embed?.["alt"] as string) ?? null }]),
  ];
  return shown.flatMap(({ image, alt }) => {
    const [reference] = blobsIn(image);
    const blob = reference && blobsOf(world).get(reference.cid);
    if (!blob) return [];
    const isVideo = blob.type.startsWith("video/");
    return [
      {
        id: reference.cid,
        kind: isVideo ? ("video" as const) : ("picture" as const),
        type: blob.type,
        bytes: blob.bytes.length,
        sha256: createHash("sha256").update(blob.bytes).digest("hex"),
        alt: alt === "" ? null : alt,
        url: isVideo ? null : `https://cdn.bsky.app/img/feed_fullsize/plain/${didOf(person)}/${reference.cid}`,
      },
    ];
  });
}

export function getRecord(world: World, context: BlueskyContext): Response {
  const { repo = "", collection: from = "", rkey = "" } = context.req.query();
  const person = personNamed(world, repo);
  if (!person) return invalidRequest(`Could not find repo: ${repo}`);
  const record = recordsOf(world).get(`at://${didOf(person)}/${from}/${rkey}`);
  if (!record) return xrpcError(400, "RecordNotFound", `Could not locate record: at://${repo}/${from}/${rkey}`);
  return context.json(record);
}

export async function deleteRecord(world: World, context: BlueskyContext, caller: Caller): Promise<Response> {
  if (!mayWrite(caller)) return blueskyErrors["scope-missing"]();
  const body = await bodyOf(context);
  if (body instanceof Response) return body;
  const { repo, collection: from, rkey } = body;
  if (repo !== didOf(caller.person)) return blueskyErrors["authentication-required"]();
  const uri = `at://${repo}/${String(from)}/${String(rkey)}`;
  recordsOf(world).delete(uri);
  world.posts.remove("bluesky", uri);
  return context.json({});
}

export async function bodyOf(context: BlueskyContext): Promise<Json | Response> {
  if (!/^application\/json\b/.test(context.req.header("content-type") ?? "")) {
    return invalidRequest("Wrong request encoding (Content-Type)");
  }
  const body: unknown = await context.req.json().catch(() => null);
  return typeof body === "object" && body !== null ? (body as Json) : invalidRequest("Input must be an object");
}

/** The pictures of posts that are public. */
export function picture(world: World, context: BlueskyContext): Response | Promise<Response> {
  const blob = blobsOf(world).get(context.req.param("cid") ?? "");
  if (!blob?.type.startsWith("image/")) return context.notFound();
  return context.body(new Uint8Array(blob.bytes), 200, {
    "content-type": blob.type,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
  });
}
