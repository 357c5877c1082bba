/**
 * A post is a message. Gmail lets an app that may only send look at nothing, so whether one went out whose answer was lost
 * cannot be told: the owner decides, who finds it under Sent.
 */
import { fileName } from "../../domain/checking/words.ts";
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import type { PostOption } from "../../domain/post-option.ts";
import { addressesOf, type Mailbox } from "../google/addresses.ts";
import type { Api, Message, Published, Publishing, Sending } from "../platform.ts";
import { encodedSize, type MailFile, mailSource } from "./mail.ts";

const sendUrl = "https://gmail.googleapis.com/upload/gmail/v1/users/me/messages/send";

/** Of the whole message (the discovery document's `maxSize`), less what its head and text take. */
const largestMail = 36_700_160 - 1024 * 1024;

/** A message to more fails as a whole; not verified. */
const mostRecipients = 500;

export const options: readonly PostOption[] = [
  { name: "to", say: 'whom it is for: "Anna <anna@example.com>, bob@example.com"', takes: "text" },
  { name: "cc", say: "who gets a copy, and everybody sees that", takes: "text" },
  { name: "bcc", say: "who gets a copy, and nobody else sees that", takes: "text" },
  { name: "from-name", say: "the name beside your address", takes: "text" },
  { name: "html", say: "the same as a page: the text is for programs that show none", takes: "file" },
];

export function problemsOf(message: Message): string[] {
  const { to, cc, bcc } = recipientsOf(message);
  const count = to.list.length + cc.list.length + bcc.list.length;
  return [
    ...(message.options["to"] === undefined ? ["it is not said whom it is for (--option gmail.to=ADDRESS)"] : []),
    ...(message.options["to"] !== undefined && to.list.length + to.problems.length === 0
      ? ["gmail.to has no address"]
      : []),
    ...[to, cc, bcc].flatMap(({ problems }) => problems),
    ...(count > mostRecipients ? [`it is for ${count} addresses, Gmail takes ${mostRecipients} at once`] : []),
  ];
}

function recipientsOf({ options: chosen }: Message) {
  const of = (name: string) => addressesOf(String(chosen[name] ?? ""));
  return { to: of("to"), cc: of("cc"), bcc: of("bcc") };
}

interface OpenedFiles {
  readonly html: MediaSource | null;
  readonly files: readonly MailFile[];
}

async function openedFiles(api: Api, { images, video, document, options: chosen }: Message): Promise<OpenedFiles> {
  const { html } = chosen;
  const all = [...images, ...(video ? [video] : []), ...(document ? [document] : [])];
  const files: MailFile[] = [];
  for (const file of all) files.push({ name: fileName(file.file), source: await api.open(file) });
  return { html: typeof html === "object" ? await api.open(html) : null, files };
}

async function prepare(api: Api, message: Message): Promise<null> {
  const [problem] = problemsOf(message);
  if (problem) throw new Failure("content_invalid", problem);
  const { html, files } = await openedFiles(api, message);
  if (encodedSize([...files.map(({ source }) => source), ...(html ? [html] : [])]) > largestMail) {
    throw new Failure("content_invalid", "the files are larger than Gmail sends: 25 MB, all together", {
      hint: "send a link to them",
    });
  }
  return null;
}

async function commit(api: Api, message: Message, { idempotencyKey }: Sending): Promise<Published> {
  const { to, cc, bcc } = recipientsOf(message);
  const address = api.facts["email"] ?? api.handle ?? "";
  const fromName = message.options["from-name"];
  const from: Mailbox = { name: fromName === undefined ? null : String(fromName), address };
  const source = mailSource({
    from,
    to: to.list,
    cc: cc.list,
    bcc: bcc.list,
    subject: message.title ?? "",
    text: message.text,
    ...(await openedFiles(api, message)),
    date: api.now(),
    // The same for every try of this message, so that its owner can tell them apart from others.
    messageId: `${idempotencyKey.replace(/[^A-Za-z0-9.-]/g, "")}@${address.split("@").at(-1)}`,
  });
  const answer = await api.post(sendUrl, {
    query: { uploadType: "media" },
    file: { source, start: 0, end: source.size },
  });
  const { id, threadId = id } = (answer ?? {}) as { id?: string; threadId?: string };
  if (!id) throw new Failure("delivery_unknown", "Gmail took the message but did not name it");
  return { remoteId: id, url: `https://mail.google.com/mail/u/0/#sent/${threadId}` };
}

export const publishing: Publishing<null> = { prepare, commit };
