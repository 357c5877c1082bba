/** What writes, and what takes back. https://docs.slack.dev/reference/methods/chat.postMessage, /files.getUploadURLExternal, /files.completeUploadExternal */
import { createHash } from "node:crypto";
import { minutes } from "../../domain/time.ts";
import { fileTypeOf } from "../graph/file-type.ts";
import type { PostedMedia, SandboxPost } from "../posts.ts";
import type { World } from "../world.ts";
import { ok, refused, tooMany } from "./answers.ts";
import type { Channel, Workspace } from "./workspaces.ts";

export interface Call {
  readonly world: World;
  readonly workspace: Workspace;
  readonly given: Readonly<Record<string, unknown>>;
}

const longestText = 40_000;

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** Those that the bot sees, by id alone: names are taken by few methods. */
function channelOf({ workspace, given }: Call, name = "channel"): Channel | null {
  const channel = workspace.channels.find(({ id }) => id === given[name]);
  return channel && (channel.is_member || !channel.is_private) ? channel : null;
}

/** What people read: `&lt;` is `<`, and `<url|words>` the words. */
function shown(text: string): string {
  return text
    .replace(/<([^<>|]+)(?:\|([^<>]*))?>/g, (_all, target: string, words?: string) => words ?? target)
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

function refusedPlace(call: Call, channel: Channel | null, needsMember: boolean): Response | null {
  if (!channel) return refused("channel_not_found");
  if (channel.is_archived) return refused("is_archived");
  if (!channel.is_member && (needsMember || !call.workspace.scopes.includes("chat:write.public"))) {
    return refused("not_in_channel");
  }
  const now = call.world.clock.now();
  // "Generally one message per second per channel", with bursts.
  const rate = { limit: 60, window: minutes(1) };
  const { exceeded, reset } = call.world.rateWindows.count(`slack ${channel.id}`, rate, now);
  return exceeded ? tooMany(Math.max(1, Math.ceil(reset - now / 1000))) : null;
}

const idOf = (channel: string, ts: string): string => `${channel}/${ts}`;

const permalinkOf = ({ host }: Workspace, channel: string, ts: string, thread: string | null): string =>
  `https://${host}/archives/${channel}/p${ts.replace(".", "")}${thread === null ? "" : `?thread_ts=${thread}&cid=${channel}`}`;

interface Written {
  readonly text: string;
  readonly thread?: string | null;
  readonly media?: readonly PostedMedia[];
  readonly document?: SandboxPost["document"];
  readonly by?: string;
}

/** Microseconds that no other message has: messages are named by their time. */
function post({ world, workspace }: Omit<Call, "given">, channel: Channel, written: Written): string {
  const { text, thread = null, media = [], document, by = workspace.user } = written;
  const counters = world.shelves.of<number>("slack counters");
  const count = (counters.get("ts") ?? 0) + 1;
  counters.set("ts", count);
  const ts = `${Math.floor(world.clock.now() / 1000)}.${String(count).padStart(6, "0")}`;
  world.posts.add({
    platform: "slack",
    id: idOf(channel.id, ts),
    author: workspace.owner,
    authorName: `${by} in #${channel.name}`,
    text: shown(text),
    createdAt: world.clock.now(),
    url: permalinkOf(workspace, channel.id, ts, thread),
    replyTo: thread === null ? null : idOf(channel.id, thread),
    quotes: null,
    poll: null,
    media,
    ...(document ? { document } : {}),
  });
  return ts;
}

function threadIn({ world, given }: Call, channel: Channel): { thread: string | null } | Response {
  const thread = given["thread_ts"];
  if (thread === undefined) return { thread: null };
  const above = world.posts.find("slack", idOf(channel.id, String(thread)));
  return above && above.replyTo === null ? { thread: String(thread) } : refused("thread_not_found");
}

export function postMessage(call: Call): Response {
  const channel = channelOf(call);
  const place = refusedPlace(call, channel, false);
  if (place || !channel) return place ?? refused("channel_not_found");
  const text = textOf(call.given["text"]);
  if (text === "") return refused("no_text");
  if (text.length > longestText) return refused("msg_too_long");
  const hung = threadIn(call, channel);
  if (hung instanceof Response) return hung;
  const ts = post(call, channel, { text, thread: hung.thread });
  return ok({ channel: channel.id, ts, message: { type: "message", text, ts } });
}

/** By the address alone, to the one channel that it was made for. */
export function postByWebhook(world: World, workspace: Workspace, text: string): void {
  const [channel] = workspace.channels;
  if (channel) post({ world, workspace }, channel, { text, by: "webhook" });
}

interface File {
  readonly id: string;
  readonly owner: string;
  readonly name: string;
  readonly length: number;
  readonly alt: string | null;
  readonly secret: string;
  content: Buffer | null;
  shared: { readonly channel: string; readonly ts: string; asked: number } | null;
}

const filesOf = (world: World) => world.shelves.of<File>("slack files");

export function getUploadUrl({ world, workspace, given }: Call): Response {
  const length = Number(given["length"]);
  const name = textOf(given["filename"]);
  if (name === "" || !Number.isInteger(length) || length < 1) {
    return refused("invalid_arguments", {
      response_metadata: { messages: ["[ERROR] missing required field: length"] },
    });
  }
  const secret = Buffer.from(world.random.bytes(16)).toString("hex");
  const id = `F${Buffer.from(world.random.bytes(5)).toString("hex").toUpperCase()}`;
  const alt = textOf(given["alt_txt"]) || null;
  filesOf(world).set(id, { id, owner: workspace.owner, name, length, alt, secret, content: null, shared: null });
  return ok({ upload_url: `https://files.slack.com/upload/v1/${secret}`, file_id: id });
}

/** The bytes themselves, or a form with them. */
export async function receiveFile(world: World, secret: string, request: Request): Promise<Response> {
  const file = [...filesOf(world).values()].find((each) => each.secret === secret);
  if (!file) return new Response("not found", { status: 404 });
  const content = Buffer.from(await request.arrayBuffer());
  if (content.length !== file.length) return new Response("bad length", { status: 400 });
  file.content = content;
  return new Response(`OK - ${content.length}`, { status: 200 });
}

export function completeUpload(call: Call): Response {
  const { world, workspace, given } = call;
  const wanted = Array.isArray(given["files"]) ? (given["files"] as { id?: string; title?: string }[]) : [];
  const files = wanted.map(({ id = "" }) => filesOf(world).get(id) ?? null);
  if (files.length === 0) return refused("invalid_arguments");
  if (files.some((file) => !file || file.owner !== workspace.owner || !file.content || file.shared)) {
    return refused("file_not_found");
  }
  const channel = channelOf(call, "channel_id");
  const place = refusedPlace(call, channel, true);
  if (place || !channel) return place ?? refused("channel_not_found");
  const hung = threadIn(call, channel);
  if (hung instanceof Response) return hung;
  const there = files.flatMap((file) => (file?.content ? [{ file, content: file.content }] : []));
  const media = there.flatMap(({ file, content }) => mediaOf(file, content) ?? []);
  const [document] = there.flatMap(({ file, content }) => (mediaOf(file, content) ? [] : [documentOf(file, content)]));
  const ts = post(call, channel, {
    text: textOf(given["initial_comment"]),
    thread: hung.thread,
    media,
    ...(document ? { document } : {}),
  });
  for (const { file } of there) file.shared = { channel: channel.id, ts, asked: 0 };
  // Shared a moment later: the answer does not say where.
  return ok({ files: there.map(({ file }) => fileBody(workspace, file, false)) });
}

function mediaOf({ id, alt }: File, content: Buffer): PostedMedia | null {
  const type = fileTypeOf(content);
  if (type === null) return null;
  const kind = type.startsWith("video/") ? "video" : "picture";
  return { id, kind, type, bytes: content.length, sha256: sha256(content), alt, url: null };
}

function documentOf({ id, name }: File, content: Buffer) {
  return { id, title: name, type: "application/octet-stream", bytes: content.length, sha256: sha256(content) };
}

const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");

function fileBody({ host, userId }: Workspace, { id, name, alt, shared }: File, told: boolean) {
  const shares = shared && told ? { public: { [shared.channel]: [{ ts: shared.ts }] } } : {};
  return { id, title: name, name, alt_txt: alt, permalink: `https://${host}/files/${userId}/${id}/${name}`, shares };
}

/** Slack shares a file a moment after it was completed: the second time it is asked, it knows where. */
export function fileInfo({ world, workspace, given }: Call): Response {
  const file = filesOf(world).get(textOf(given["file"]));
  if (!file || file.owner !== workspace.owner) return refused("file_not_found");
  if (file.shared) file.shared.asked += 1;
  return ok({ file: fileBody(workspace, file, (file.shared?.asked ?? 0) > 1) });
}

export function deleteFile({ world, workspace, given }: Call): Response {
  const file = filesOf(world).get(textOf(given["file"]));
  if (!file || file.owner !== workspace.owner) return refused("file_not_found");
  filesOf(world).delete(file.id);
  return ok({});
}

export function deleteMessage(call: Call): Response {
  const channel = channelOf(call);
  if (!channel) return refused("channel_not_found");
  const id = idOf(channel.id, textOf(call.given["ts"]));
  const found = call.world.posts.find("slack", id);
  if (!found) return refused("message_not_found");
  if (found.authorName?.startsWith("webhook ")) return refused("cant_delete_message");
  call.world.posts.remove("slack", id);
  return ok({ channel: channel.id, ts: call.given["ts"] });
}

export function getPermalink(call: Call): Response {
  const channel = channelOf(call);
  if (!channel) return refused("channel_not_found");
  const ts = textOf(call.given["message_ts"]);
  const found = call.world.posts.find("slack", idOf(channel.id, ts));
  return found ? ok({ channel: channel.id, permalink: found.url }) : refused("message_not_found");
}
