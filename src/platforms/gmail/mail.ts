/**
 * A message as mail (RFC 5322, MIME: RFC 2045 and 2046). Its files are put into base64 while they are sent, so its size is
 * known ahead and nothing of it is ever whole in memory.
 */
import type { MediaSource } from "../../domain/ports/media.ts";
import type { Instant } from "../../domain/time.ts";
import type { Mailbox } from "../google/addresses.ts";
import { encodedText, fileNameParameter, mailbox, mailboxes } from "./header.ts";

export interface MailFile {
  readonly name: string;
  readonly source: MediaSource;
}

export interface Mail {
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly cc: readonly Mailbox[];
  readonly bcc: readonly Mailbox[];
  readonly subject: string;
  readonly text: string;
  /** The same as a page. */
  readonly html: MediaSource | null;
  readonly files: readonly MailFile[];
  readonly date: Instant;
  /** Without its brackets. */
  readonly messageId: string;
}

/** Bytes that are known, or a file that goes out in base64. */
type Piece = Uint8Array | MediaSource;

/** 76 characters a line (RFC 2045 section 6.8). */
const lineBytes = 57;

const base64Size = (bytes: number): number => Math.ceil(bytes / 3) * 4 + Math.ceil(bytes / lineBytes) * 2;

/** How large the files of a mail are once they are in it. */
export function encodedSize(files: readonly Pick<MediaSource, "size">[]): number {
  return files.reduce((sum, { size }) => sum + base64Size(size), 0);
}

/** The mail as a file of its own: `message/rfc822`. */
export function mailSource(mail: Mail): MediaSource {
  const pieces = piecesOf(mail);
  const size = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0);
  const unknown = { width: null, height: null, moving: false, frames: null };
  const film = { seconds: null, framesPerSecond: null, codec: null };
  const file = { path: "message.eml", type: "message/rfc822", size, modifiedAt: mail.date };
  return { ...file, ...unknown, ...film, read: (start, end) => between(pieces, start, end) };
}

const sizeOf = (piece: Piece): number => (piece instanceof Uint8Array ? piece.length : base64Size(piece.size));

async function* between(pieces: readonly Piece[], start: number, end: number): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const piece of pieces) {
    const size = sizeOf(piece);
    if (at + size > start && at < end) {
      let here = at;
      for await (const bytes of piece instanceof Uint8Array ? [piece] : inBase64(piece)) {
        const part = bytes.subarray(Math.max(0, start - here), Math.max(0, end - here));
        if (part.length > 0) yield part;
        here += bytes.length;
      }
    }
    at += size;
  }
}

async function* inBase64(source: MediaSource): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array();
  for await (const bytes of source.read(0, source.size)) {
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    const whole = joined.length - (joined.length % lineBytes);
    yield base64Lines(joined.subarray(0, whole));
    rest = joined.slice(whole);
  }
  yield base64Lines(rest);
}

function base64Lines(bytes: Uint8Array): Uint8Array {
  let lines = "";
  for (let at = 0; at < bytes.length; at += lineBytes) {
    lines += `${btoa(String.fromCharCode(...bytes.subarray(at, at + lineBytes)))}\r\n`;
  }
  return new TextEncoder().encode(lines);
}

function piecesOf(mail: Mail): Piece[] {
  const encoder = new TextEncoder();
  const lines = (...each: readonly (string | null)[]): Piece =>
    encoder.encode(each.flatMap((line) => (line === null ? [] : [`${line}\r\n`])).join(""));
  const files = mail.files.map((file): readonly Piece[] => [
    lines(
      `Content-Type: ${file.source.type}`,
      `Content-Disposition: attachment; ${fileNameParameter(file.name)}`,
      "Content-Transfer-Encoding: base64",
      "",
    ),
    file.source,
  ]);
  const said = bodyOf(mail, lines);
  const body = files.length === 0 ? said : multipart("mixed", [said, ...files], mail.messageId, lines);
  return [lines(...headOf(mail)), ...body];
}

type Lines = (...each: readonly (string | null)[]) => Piece;

/** What is between boundaries is base64, of which no line begins with `--` or has a `_`. */
function multipart(kind: string, parts: readonly (readonly Piece[])[], id: string, lines: Lines): Piece[] {
  const boundary = `=_${kind}_${id.replace(/[^A-Za-z0-9]/g, "").slice(0, 40)}`;
  return [
    lines(`Content-Type: multipart/${kind}; boundary="${boundary}"`, ""),
    ...parts.flatMap((part) => [lines(`--${boundary}`), ...part]),
    lines(`--${boundary}--`),
  ];
}

/** In base64, so that nothing on the way breaks its lines; the lines of a text end with CRLF (RFC 2046 section 4.1.1). */
function bodyOf({ text, html, messageId }: Mail, lines: Lines): readonly Piece[] {
  const type = (kind: string) =>
    lines(`Content-Type: text/${kind}; charset=utf-8`, "Content-Transfer-Encoding: base64", "");
  const plain = [type("plain"), base64Lines(new TextEncoder().encode(text.replace(/\r\n|\r|\n/g, "\r\n")))];
  // The best comes last (section 5.1.4).
  return html === null ? plain : multipart("alternative", [plain, [type("html"), html]], messageId, lines);
}

function headOf({ from, to, cc, bcc, subject, date, messageId }: Mail): (string | null)[] {
  const list = (name: string, each: readonly Mailbox[]) => (each.length === 0 ? null : `${name}: ${mailboxes(each)}`);
  return [
    `Date: ${new Date(date).toUTCString().replace(/GMT$/, "+0000")}`,
    `From: ${mailbox(from)}`,
    list("To", to),
    list("Cc", cc),
    list("Bcc", bcc),
    `Subject: ${encodedText(subject)}`,
    `Message-ID: <${messageId}>`,
    "MIME-Version: 1.0",
  ];
}
