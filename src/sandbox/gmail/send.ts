/** Sending, by upload or as JSON. https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/send */
import { createHash } from "node:crypto";
import PostalMime, { type Address, type Email } from "postal-mime";
import type { GoogleContext } from "../google/access.ts";
import { googleAccount } from "../google/accounts.ts";
import { badRequest, googleJson } from "../google/errors.ts";
import type { PostedMedia } from "../posts.ts";
import type { World } from "../world.ts";
import { gmailErrors } from "./errors.ts";

/** The discovery document's `maxSize`. */
const largest = 36_700_160;

/** By the id of the message, as its recipients would have it: for whoever looks into a rehearsal. */
export const mailShelf = "gmail mail";

export function sendUpload(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    if (context.req.query("uploadType") !== "media") return badRequest("Invalid upload type.");
    const [type] = (context.req.header("content-type") ?? "").split(";");
    if (type?.trim().toLowerCase() !== "message/rfc822") {
      return badRequest(`Media type '${type}' is not supported. Valid media types: [message/*]`, "badContent");
    }
    return send(world, context, new Uint8Array(await context.req.arrayBuffer()));
  };
}

export function sendRaw(world: World) {
  return async (context: GoogleContext): Promise<Response> => {
    const { raw } = ((await context.req.json().catch(() => null)) ?? {}) as { raw?: unknown };
    if (typeof raw !== "string" || raw === "") return gmailErrors.rawRequired();
    if (!/^[A-Za-z0-9_-]+={0,2}$/.test(raw)) return badRequest("Invalid value for ByteString");
    return send(world, context, new Uint8Array(Buffer.from(raw, "base64url")));
  };
}

async function send(world: World, context: GoogleContext, bytes: Uint8Array<ArrayBuffer>): Promise<Response> {
  const person = context.get("person");
  const own = googleAccount(person);
  if (!["me", own.email].includes(context.req.param("user") ?? "")) return gmailErrors.delegationDenied();
  if (bytes.length > largest) return gmailErrors.tooLarge();
  if (bytes.length === 0) return gmailErrors.rawRequired();
  const mail = await new PostalMime().parse(bytes);
  const refusal = refusalOf(mail);
  if (refusal) return refusal;
  const id = createHash("sha256").update(world.random.bytes(16)).digest("hex").slice(0, 16);
  world.shelves.of<Email>(mailShelf).set(id, mail);
  world.posts.add({
    platform: "gmail",
    id,
    author: person.handle,
    title: mail.subject ?? "",
    text: (mail.text ?? "").replace(/\r\n/g, "\n").replace(/\n$/, ""),
    createdAt: world.clock.now(),
    url: `https://mail.google.com/mail/u/0/#sent/${id}`,
    replyTo: null,
    quotes: null,
    poll: null,
    media: mail.attachments.map((attachment, index) => mediaOf(id, index, attachment)),
    visibility: `to ${boxes(mail.to)
      .map(({ address }) => address)
      .join(", ")}`,
  });
  return googleJson({ id, threadId: id, labelIds: ["SENT"] });
}

function refusalOf(mail: Email): Response | null {
  const headers = [
    [mail.to, gmailErrors.invalidToHeader],
    [mail.cc, gmailErrors.invalidCcHeader],
    [mail.bcc, gmailErrors.invalidBccHeader],
  ] as const;
  const wrong = headers.find(([list]) =>
    boxes(list).some(({ address }) => !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(address ?? "")),
  );
  if (wrong) return wrong[1]();
  return headers.some(([list]) => boxes(list).length > 0) ? null : gmailErrors.recipientRequired();
}

function boxes(list: readonly Address[] | undefined) {
  return (list ?? []).flatMap((each) => each.group ?? [each]);
}

function mediaOf(
  id: string,
  index: number,
  { mimeType, content, filename }: Email["attachments"][number],
): PostedMedia {
  const bytes = typeof content === "string" ? Buffer.from(content) : new Uint8Array(content);
  return {
    id: `${id}.${index}`,
    kind: mimeType.startsWith("video/") ? "video" : "picture",
    type: mimeType,
    bytes: bytes.length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    // Mail has none; its name is what people see of a file.
    alt: filename,
    url: null,
  };
}
