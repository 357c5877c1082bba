/** What a bot posts: a text in one request, or files that are uploaded first and shared by the request that completes them. */
import { fileName } from "../../domain/checking/words.ts";
import { Failure } from "../../domain/failure.ts";
import type { MediaFile } from "../../domain/post.ts";
import type { PostOption } from "../../domain/post-option.ts";
import type { Api, Message, Published, Step } from "../platform.ts";
import { type Reference, referenceIn, remoteIdOf } from "./references.ts";
import { act, read, webhook } from "./requests.ts";

export const options: readonly PostOption[] = [
  { name: "unfurl", say: "whether links are shown with a preview", takes: "flag" },
  { name: "plain", say: "no letter of the text is markup: *stars* stay stars", takes: "flag" },
  { name: "broadcast", say: "an answer is shown in the channel, too", takes: "flag" },
];

/** These three and no others: what mentions somebody or links is in angle brackets. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

export function problemsOf({ replyTo, options }: Message): readonly string[] {
  return [
    ...(replyTo !== null && referenceIn(replyTo) === null ? [`"${replyTo}" names no message on Slack`] : []),
    ...(options["broadcast"] && replyTo === null ? ["broadcast is for answers (--reply-to)"] : []),
  ];
}

export interface Prepared {
  readonly files: readonly { readonly id: string; readonly title: string }[];
  /** What it answers; null: nothing. */
  readonly thread: string | null;
}

export const isWebhook = ({ facts }: Api): boolean => facts["way"] === "webhook";

const channelOf = ({ facts, externalId }: Api): string => facts["channel"] ?? externalId ?? "";

/** https://docs.slack.dev/messaging/working-with-files#upload; nobody sees a file before it is completed. */
export async function prepare(api: Api, message: Message, step: Step): Promise<Prepared> {
  const { images, video, document, replyTo } = message;
  if (isWebhook(api)) return { files: [], thread: null };
  const thread = replyTo === null ? null : await threadOf(api, replyTo);
  const given = [...images, ...(video ? [video] : []), ...(document ? [document] : [])];
  const files: Prepared["files"][number][] = [];
  for (const [index, file] of given.entries()) {
    const id = await step(`upload ${index}`, () => upload(api, file));
    files.push({ id, title: fileName(file.file) });
  }
  return { files, thread };
}

async function upload(api: Api, file: MediaFile): Promise<string> {
  const source = await api.open(file);
  const { upload_url: url, file_id: id } = (await read(api, "files.getUploadURLExternal", {
    filename: fileName(file.file),
    length: String(source.size),
    ...(file.alt === null ? {} : { alt_txt: file.alt }),
  })) as { upload_url?: string; file_id?: string };
  if (!url || !id) throw new Failure("platform_fault", "Slack named no place for the file", { hint: "run it again" });
  await api.post(url, {
    file: { source, start: 0, end: source.size },
    authorization: "none",
    repeatable: true,
  });
  return id;
}

/** The message that a thread hangs on: an answer to an answer is an answer to that. */
async function threadOf(api: Api, replyTo: string): Promise<string | null> {
  const reference = referenceIn(replyTo);
  const known = reference?.thread ?? reference?.ts ?? null;
  if (known !== null || !reference?.files[0]) return known;
  const found = await messageOf(api, reference.files[0]);
  if (found !== null) return found;
  throw new Failure("not_found", "Slack does not tell in which message the files are that are to be answered", {
    hint: "name it by the address that Slack's Copy link gives: --reply-to https://…",
  });
}

export async function commit(api: Api, message: Message, prepared: Prepared): Promise<Published> {
  if (isWebhook(api)) return commitByWebhook(api, message);
  return prepared.files.length > 0 ? commitFiles(api, message, prepared) : commitText(api, message, prepared);
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; its answer names nothing. */
async function commitByWebhook(api: Api, { text, options }: Message): Promise<Published> {
  await api.post(webhook, { json: { text: escaped(text), ...look(options) } });
  return { remoteId: `webhook-${api.now()}`, url: api.facts["url"] ?? "https://app.slack.com/client" };
}

function look({ unfurl, plain }: Message["options"]): Readonly<Record<string, unknown>> {
  return {
    ...(unfurl === undefined ? {} : { unfurl_links: unfurl, unfurl_media: unfurl }),
    ...(plain ? { mrkdwn: false } : {}),
  };
}

async function commitText(api: Api, { text, options }: Message, { thread }: Prepared): Promise<Published> {
  const { ts } = (await act(api, "chat.postMessage", {
    channel: channelOf(api),
    text: escaped(text),
    ...look(options),
    ...(thread === null ? {} : { thread_ts: thread, ...(options["broadcast"] ? { reply_broadcast: true } : {}) }),
  })) as { ts?: string };
  if (!ts) throw new Failure("delivery_unknown", "Slack did not name the message");
  return published(api, { ts, thread, files: [] });
}

/** It shares the files, a moment later: which message that made is asked for. */
async function commitFiles(api: Api, { text }: Message, { files, thread }: Prepared): Promise<Published> {
  const answer = (await act(api, "files.completeUploadExternal", {
    files,
    channel_id: channelOf(api),
    ...(text === "" ? {} : { initial_comment: escaped(text) }),
    ...(thread === null ? {} : { thread_ts: thread }),
  })) as { files?: readonly File[] };
  const [first] = answer.files ?? [];
  const ts = first?.id ? await sharedAs(api, first) : null;
  const shared = { thread, files: files.map(({ id }) => id) };
  if (ts !== null) return published(api, { ts, ...shared });
  return {
    remoteId: remoteIdOf({ ts, ...shared }),
    url: first?.permalink ?? `${api.facts["url"] ?? "https://slack.com/"}`,
  };
}

interface File {
  readonly id?: string;
  readonly permalink?: string;
  readonly shares?: Readonly<Record<string, Readonly<Record<string, readonly { readonly ts?: string }[]>>>>;
}

function shareIn(api: Api, { shares = {} }: File): string | null {
  const found = Object.values(shares).flatMap((places) => places[channelOf(api)] ?? []);
  return found[0]?.ts ?? null;
}

/** Slack shares files a moment after they were completed. null: it did not tell within a few seconds. */
async function messageOf(api: Api, file: string): Promise<string | null> {
  for (const pause of [0, 1, 2, 3]) {
    if (pause > 0) await api.wait(pause);
    const { file: found } = (await read(api, "files.info", { file })) as { file?: File };
    const ts = found ? shareIn(api, found) : null;
    if (ts !== null) return ts;
  }
  return null;
}

/** What goes wrong here says nothing of the post, which is public. */
async function sharedAs(api: Api, file: File): Promise<string | null> {
  try {
    return shareIn(api, file) ?? (await messageOf(api, file.id ?? ""));
  } catch {
    return null;
  }
}

async function published(api: Api, reference: Reference & { readonly ts: string }): Promise<Published> {
  return { remoteId: remoteIdOf(reference), url: await permalinkOf(api, reference) };
}

/** https://docs.slack.dev/reference/methods/chat.getPermalink; where that does not answer, as it would. */
async function permalinkOf(api: Api, { ts, thread }: { readonly ts: string; readonly thread: string | null }) {
  const channel = channelOf(api);
  try {
    const { permalink } = (await read(api, "chat.getPermalink", { channel, message_ts: ts })) as { permalink?: string };
    if (permalink) return permalink;
  } catch {
    // It is public all the same.
  }
  const url = new URL(`archives/${channel}/p${ts.replace(".", "")}`, api.facts["url"] ?? "https://slack.com/");
  if (thread !== null) url.searchParams.set("thread_ts", thread);
  return url.href;
}

export async function remove(api: Api, remoteId: string): Promise<void> {
  const reference = referenceIn(remoteId);
  if (isWebhook(api) || !reference) {
    throw new Failure("platform_cannot", "what a webhook posted cannot be taken back by it", {
      hint: "delete it in Slack",
    });
  }
  const { ts, files } = reference;
  if (ts !== null) await unlessGone(act(api, "chat.delete", { channel: channelOf(api), ts }));
  for (const file of files) await unlessGone(act(api, "files.delete", { file }));
}

async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
  }
}
