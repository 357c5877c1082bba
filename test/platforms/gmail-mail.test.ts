/** What goes out as mail, as other programs read it (postal-mime), whatever is in it. */
import fc from "fast-check";
import PostalMime, { addressParser } from "postal-mime";
import { expect, it } from "vitest";
import type { MediaSource } from "../../src/domain/ports/media.ts";
import { type Mail, mailSource } from "../../src/platforms/gmail/mail.ts";
import { addressesOf } from "../../src/platforms/google/addresses.ts";

const unknown = { width: null, height: null, moving: false, frames: null, seconds: null, framesPerSecond: null };

/** In pieces of an awkward size, as files come. */
function fileOf(content: Uint8Array, { type = "image/png", piece = 100 } = {}): MediaSource {
  return {
    ...unknown,
    codec: null,
    path: "/a/file",
    type,
    size: content.length,
    modifiedAt: 0,
    async *read(start, end) {
      for (let at = start; at < end; at += piece) yield content.subarray(at, Math.min(at + piece, end));
    },
  };
}

const plain: Mail = {
  from: { name: null, address: "acme@gmail.com" },
  to: [{ name: null, address: "bob@example.com" }],
  cc: [],
  bcc: [],
  subject: "Hello",
  text: "A text",
  html: null,
  files: [],
  date: Date.parse("2026-11-21T14:00:00Z"),
  messageId: "key@gmail.com",
};

async function bytesOf(mail: Partial<Mail>, start = 0, end?: number): Promise<Buffer> {
  const source = mailSource({ ...plain, ...mail });
  const pieces: Uint8Array[] = [];
  for await (const bytes of source.read(start, end ?? source.size)) pieces.push(bytes);
  const all = Buffer.concat(pieces);
  if (end === undefined && start === 0) expect(all.length).toBe(source.size);
  return all;
}

/** Nothing is left to those who pass it on: ASCII, CRLF alone, and lines as long as lines may be. */
function expectProper(bytes: Buffer): void {
  const text = bytes.toString("latin1");
  expect(text).toMatch(/^[\x20-\x7e\r\n]*$/);
  expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
  for (const line of text.split("\r\n")) expect(line.length).toBeLessThanOrEqual(998);
}

const word = fc.string({ unit: "grapheme", maxLength: 80 });
const shown = (text: string) => text.replace(/\p{Cc}+/gu, " ").trim();

it("is read by another program as it was meant", async () => {
  const content = fc.uint8Array({ maxLength: 400 });
  const files = fc.array(fc.record({ name: word, content, piece: fc.integer({ min: 1, max: 120 }) }), { maxLength: 3 });
  const any = fc.record({ subject: word, name: word, text: word, html: fc.option(word), files });
  await fc.assert(
    fc.asyncProperty(any, async ({ subject, name, text, html, files }) => {
      const bytes = await bytesOf({
        subject,
        text,
        from: { name, address: "acme@gmail.com" },
        html: html === null ? null : fileOf(new TextEncoder().encode(html)),
        files: files.map((file) => ({ name: file.name, source: fileOf(file.content, file) })),
      });
      expectProper(bytes);
      const mail = await PostalMime.parse(bytes);
      // White space around and within a head is the reader's.
      const loose = (value = "") => shown(value).replace(/\s+/g, " ");
      expect(loose(mail.subject)).toBe(loose(subject));
      expect(loose(mail.from?.name)).toBe(loose(name));
      expect(mail.from?.address).toBe("acme@gmail.com");
      expect(mail.messageId).toBe("<key@gmail.com>");
      expect(Date.parse(mail.date ?? "")).toBe(plain.date);
      const lines = (value = "") => value.replace(/\r\n|\r|\n/g, "\n").replace(/\n+$/, "");
      expect(lines(mail.text)).toBe(lines(text));
      if (html !== null) expect(lines(mail.html)).toBe(lines(html));
      expect(mail.attachments.map((file) => Buffer.from(file.content as ArrayBuffer))).toEqual(
        files.map((file) => Buffer.from(file.content)),
      );
      expect(mail.attachments.map((file) => loose(file.filename ?? ""))).toEqual(
        files.map((file) => loose(file.name) || "file"),
      );
    }),
    { numRuns: 150 },
  );
});

it("goes out in parts that are the whole", async () => {
  const mail = { files: [{ name: "a.png", source: fileOf(Buffer.alloc(1000, 7)) }] };
  const whole = await bytesOf(mail);
  for (const middle of [1, 200, 500, 900, whole.length - 1]) {
    const parts = [await bytesOf(mail, 0, middle), await bytesOf(mail, middle, whole.length)];
    expect(Buffer.concat(parts).equals(whole)).toBe(true);
  }
});

it("is never whole in memory", async () => {
  const size = 3_000_000;
  const source = mailSource({
    ...plain,
    files: [{ name: "a", source: fileOf(Buffer.alloc(size), { piece: 65_536 }) }],
  });
  expect(source.size).toBeGreaterThan(size * 1.33);
  let largest = 0;
  for await (const bytes of source.read(0, source.size)) largest = Math.max(largest, bytes.length);
  expect(largest).toBeLessThan(100_000);
});

it("has no line in its head that somebody wrote into a subject, a name or a file's name", async () => {
  const evil = "Hello\r\nBcc: eve@example.com\r\n\r\n<p>";
  const bytes = await bytesOf({
    subject: evil,
    from: { name: evil, address: "acme@gmail.com" },
    to: [{ name: evil, address: "bob@example.com" }],
    files: [{ name: evil, source: fileOf(Buffer.alloc(3)) }],
  });
  expectProper(bytes);
  const mail = await PostalMime.parse(bytes);
  expect(mail.bcc).toBeUndefined();
  expect(mail.to).toEqual([{ name: "Hello Bcc: eve@example.com <p>", address: "bob@example.com" }]);
  expect(mail.headers.map(({ key }) => key)).not.toContain("bcc");
});

it.each([
  ["bob@example.com", ["bob@example.com"]],
  [" Bob <bob@example.com> ,anna@example.com,", ["Bob bob@example.com", "anna@example.com"]],
  ['"Brown, \\"Bob\\"" <bob@example.com>', ['Brown, "Bob" bob@example.com']],
  ["Zoë <zoe@bücher.example>", ["Zoë zoe@xn--bcher-kva.example"]],
])("addresses are read out of %s", (written, expected) => {
  const { list, problems } = addressesOf(written);
  expect(problems).toEqual([]);
  expect(list.map(({ name, address }) => [name, address].filter(Boolean).join(" "))).toEqual(expected);
  const others = addressParser(written).filter(({ address }) => address);
  expect(others.map(({ name }) => name)).toEqual(list.map(({ name }) => name ?? ""));
});

it.each([
  "bob",
  "bob@",
  "@example.com",
  "bob@localhost",
  "a b@example.com",
  "bob@exa mple.com",
  "böb@example.com",
  "a@b@c.de",
  "bob@example.com:25",
  "bob@10.0.0.1",
  "x <bob@example.com> y <z>",
])("%s is no address", (written) => {
  expect(addressesOf(written).problems).not.toEqual([]);
});
