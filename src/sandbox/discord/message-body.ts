/** What a message may hold, as Discord judges it. https://docs.discord.com/developers/resources/message#create-message-jsonform-params */
import { createHash } from "node:crypto";
import { fileTypeOf } from "../graph/file-type.ts";
import type { PostedDocument, PostedMedia } from "../posts.ts";
import { discordError, invalidForm } from "./answers.ts";

export type Body = Readonly<Record<string, unknown>>;

export interface Received {
  readonly body: Body;
  /** `files[0]` and on, by number. */
  readonly files: readonly { readonly index: number; readonly name: string; readonly content: Buffer }[];
}

const requestLimit = 25 * 1024 * 1024;
const fileLimit = 10 * 1024 * 1024;

export async function received(request: Request): Promise<Received | Response> {
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) {
    const body = objectIn(await request.text());
    return body ? { body, files: [] } : discordError("invalid-json");
  }
  if (!/^multipart\/form-data\b/i.test(type)) {
    return invalidForm(
      "_",
      "CONTENT_TYPE_INVALID",
      `Expected "Content-Type" header to be one of {'application/json'}.`,
    );
  }
  const form = await request.formData().catch(() => null);
  const body = objectIn(form?.get("payload_json"));
  if (!form || !body) return discordError("invalid-json");
  const files: Received["files"][number][] = [];
  for (const [name, value] of form) {
    const [, index] = /^files\[(\d+)\]$/.exec(name) ?? [];
    if (typeof value === "string" || index === undefined) continue;
    files.push({ index: Number(index), name: value.name, content: Buffer.from(await value.arrayBuffer()) });
  }
  const total = files.reduce((sum, { content }) => sum + content.length, 0);
  if (total > requestLimit) return discordError("request-too-large");
  return files.some(({ content }) => content.length > fileLimit) ? discordError("file-too-large") : { body, files };
}

function objectIn(text: unknown): Body | null {
  try {
    const value: unknown = JSON.parse(String(text));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Body) : null;
  } catch {
    return null;
  }
}

export interface Judged {
  readonly text: string;
  readonly title: string | null;
  readonly link: string | null;
  readonly media: readonly PostedMedia[];
  readonly document: PostedDocument | null;
  readonly poll: { readonly question: string; readonly options: readonly string[]; readonly hours: number } | null;
  readonly silent: boolean;
  /** Who is notified: Discord's default is everybody whom the text names. */
  readonly notifies: boolean;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const tooLong = (path: string, max: number) =>
  invalidForm(path, "BASE_TYPE_MAX_LENGTH", `Must be ${max} or fewer in length.`);

/** What is wrong with it, in Discord's words, or what will be shown. */
export function judged({ body, files }: Received): Judged | Response {
  const text = textOf(body["content"]).trim();
  if (text.length > 2000) return tooLong("content", 2000);
  const embeds = listOf(body["embeds"]);
  if (embeds.length > 10) return invalidForm("embeds", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.");
  const [embed = {}] = embeds;
  if (textOf(embed["title"]).length > 256) return tooLong("embeds.0.title", 256);
  if (textOf(embed["description"]).length > 4096) return tooLong("embeds.0.description", 4096);
  const attached = attachmentsOf(body, files);
  if (attached instanceof Response) return attached;
  const poll = pollOf(body["poll"]);
  if (poll instanceof Response) return poll;
  const mentions = body["allowed_mentions"] as Body | undefined;
  const parse = mentions === undefined ? ["everyone"] : listOf(mentions["parse"]);
  const title = textOf(embed["title"]) || null;
  if (text === "" && title === null && files.length === 0 && !poll) return discordError("empty");
  const flags = Number(body["flags"] ?? 0);
  return {
    text,
    title,
    link: textOf(embed["url"]) || null,
    ...attached,
    poll,
    silent: (flags & 4096) !== 0,
    notifies: parse.length > 0 && /@everyone|@here|<@/.test(text),
  };
}

function listOf(value: unknown): readonly Body[] {
  return Array.isArray(value) ? (value as Body[]) : [];
}

function attachmentsOf(body: Body, files: Received["files"]): Pick<Judged, "media" | "document"> | Response {
  if (files.length > 10) return invalidForm("files", "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.");
  const told = listOf(body["attachments"]);
  const strange = told.findIndex(({ id }) => !files.some(({ index }) => String(index) === String(id)));
  if (strange >= 0) {
    return invalidForm(`attachments.${strange}.id`, "ATTACHMENT_NOT_FOUND", "The attachment was not found.");
  }
  const media: PostedMedia[] = [];
  let document: PostedDocument | null = null;
  for (const { index, name, content } of files) {
    const described = textOf(told.find(({ id }) => String(id) === String(index))?.["description"]);
    if (described.length > 1024) return tooLong(`attachments.${index}.description`, 1024);
    const type = fileTypeOf(content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    const common = { id: String(index), bytes: content.length, sha256 };
    if (type === null) document = { ...common, title: name, type: "application/octet-stream" };
    else {
      const kind = type.startsWith("video/") ? "video" : "picture";
      media.push({ ...common, kind, type, alt: described || null, url: null });
    }
  }
  return { media, document };
}

function pollOf(value: unknown): Judged["poll"] | Response {
  if (value === undefined || value === null) return null;
  const { question, answers, duration = 24 } = value as Body;
  const asked = textOf((question as Body | undefined)?.["text"]);
  if (asked === "" || asked.length > 300) return tooLong("poll.question.text", 300);
  const options = listOf(answers).map((answer) => textOf((answer["poll_media"] as Body | undefined)?.["text"]));
  if (options.length < 1 || options.length > 10) return invalidForm("poll.answers", "BASE_TYPE_BAD_LENGTH", "1 to 10.");
  const long = options.findIndex((option) => option === "" || option.length > 55);
  if (long >= 0) return tooLong(`poll.answers.${long}.poll_media.text`, 55);
  const hours = Number(duration);
  if (!Number.isInteger(hours) || hours < 1 || hours > 768) {
    return invalidForm("poll.duration", "NUMBER_TYPE_MAX", "int value should be less than or equal to 768.");
  }
  return { question: asked, options, hours };
}
