import fc from "fast-check";
import twitterText from "twitter-text";
import { describe, expect, it } from "vitest";
import { emojiAsBytes } from "../../src/domain/counting/emoji-as-bytes.ts";
import { statusLength } from "../../src/domain/counting/status-length.ts";
import { codePoints, graphemes, utf8Bytes, utf16Units } from "../../src/domain/counting/units.ts";
import { statusCharacters } from "../../src/platforms/status-text.ts";
import { x } from "../../src/platforms/x.ts";

const weighted = async (text: string): Promise<number> => (await x.limits.text?.measure(text)) ?? Number.NaN;

const family = "👨‍👩‍👧‍👦";
const longUrl = `https://example.com/${"p".repeat(100)}`;

interface Row {
  readonly name: string;
  readonly text: string;
  readonly x: number;
  readonly mastodon: number;
  readonly graphemes: number;
  readonly bytes: number;
  readonly threads: number;
  readonly utf16: number;
}

/** Figures written by hand from the platforms' own rules; what counts them must agree. */
const rows: readonly Row[] = [
  { name: "`hello`", text: "hello", x: 5, mastodon: 5, graphemes: 5, bytes: 5, threads: 5, utf16: 5 },
  {
    name: "`Zoë` with a combining mark",
    text: "Zoe\u0308",
    x: 3,
    mastodon: 3,
    graphemes: 3,
    bytes: 5,
    threads: 4,
    utf16: 4,
  },
  {
    name: "three CJK characters, `日本語`",
    text: "日本語",
    x: 6,
    mastodon: 3,
    graphemes: 3,
    bytes: 9,
    threads: 3,
    utf16: 3,
  },
  { name: "a family emoji", text: family, x: 2, mastodon: 1, graphemes: 1, bytes: 25, threads: 25, utf16: 11 },
  { name: "a thumb of a skin tone", text: "👍🏽", x: 2, mastodon: 1, graphemes: 1, bytes: 8, threads: 8, utf16: 4 },
  { name: "a flag", text: "🇦🇺", x: 2, mastodon: 1, graphemes: 1, bytes: 8, threads: 8, utf16: 4 },
  { name: "a keycap, `5️⃣`", text: "5️⃣", x: 2, mastodon: 1, graphemes: 1, bytes: 7, threads: 7, utf16: 3 },
  {
    name: "a URL of 120 characters",
    text: longUrl,
    x: 23,
    mastodon: 23,
    graphemes: 120,
    bytes: 120,
    threads: 120,
    utf16: 120,
  },
  {
    name: "a URL of 14 characters",
    text: "https://b.co/1",
    x: 23,
    mastodon: 23,
    graphemes: 14,
    bytes: 14,
    threads: 14,
    utf16: 14,
  },
  {
    name: "a bare domain, `example.com`",
    text: "example.com",
    x: 23,
    mastodon: 11,
    graphemes: 11,
    bytes: 11,
    threads: 11,
    utf16: 11,
  },
  {
    name: "`@ana@social.example`",
    text: "@ana@social.example",
    x: 19,
    mastodon: 4,
    graphemes: 19,
    bytes: 19,
    threads: 19,
    utf16: 19,
  },
  { name: "a line end", text: "a\nb", x: 3, mastodon: 3, graphemes: 3, bytes: 3, threads: 3, utf16: 3 },
];

describe("the table of docs/counting.md", () => {
  it.each(rows)("$name", async (row) => {
    expect(row).toEqual({
      name: row.name,
      text: row.text,
      x: await weighted(row.text),
      mastodon: await statusCharacters(row.text),
      graphemes: graphemes(row.text),
      bytes: utf8Bytes(row.text),
      threads: emojiAsBytes(row.text),
      utf16: utf16Units(row.text),
    });
  });

  // `npx vitest run test/domain/counting.test.ts -u` writes it.
  it("is the one that is printed", async () => {
    const columns = ["x", "mastodon", "graphemes", "bytes", "threads", "utf16"] as const;
    const table = [
      "| | X | Mastodon | Bluesky: graphemes (300) | Bluesky: bytes (3000) | Threads | `.length` |",
      `| --- |${" ---: |".repeat(columns.length)}`,
      ...rows.map((row) => `| ${row.name} | ${columns.map((column) => row[column]).join(" | ")} |`),
    ];
    const page = [
      "# How long a text is",
      "",
      "Every platform counts in its own way, and refuses what is too long by that. agencyiq counts as each of them does, before",
      "anything is sent; `agencyiq publish --dry-run` shows the count. This page is written by `test/domain/counting.test.ts`.",
      "",
      ...table,
      "",
      "- **X** weighs: most letters of Latin, Cyrillic, Arabic and the like are 1, CJK and every emoji 2, every URL 23, bare domains",
      "  too; at most 280 ([twitter-text](https://github.com/twitter/twitter-text), configuration 3). Text is put into NFC first.",
      "- **Mastodon** counts graphemes; every URL with its scheme is 23, and of a mention of somebody on another server only `@name`",
      "  counts. 500, or what the server says.",
      "- **Bluesky** has two limits at once: 300 graphemes, and 3,000 bytes of UTF-8. The second is met first by emoji: 120 families",
      "  are 120 graphemes and 3,000 bytes.",
      "- **Threads** counts code points, and each emoji by its bytes; 500.",
      "- `.length`, UTF-16 units, is what tools that count alike for all of them use. It is right where a platform says so, and",
      "  nowhere else.",
      "",
    ];
    await expect(page.join("\n")).toMatchFileSnapshot("../../docs/counting.md");
  });
});

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
  fc
    .array(fc.constantFrom(family, "👍🏽", "🇦🇺", "e\u0301", "日", "a", " ", "\n", "@ana@social.example", longUrl), {
      maxLength: 20,
    })
    .map((parts) => parts.join(" ")),
);

describe("whatever the text", () => {
  it("graphemes ≤ code points ≤ UTF-16 units ≤ bytes", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(graphemes(any)).toBeLessThanOrEqual(codePoints(any));
        expect(codePoints(any)).toBeLessThanOrEqual(utf16Units(any));
        expect(utf16Units(any)).toBeLessThanOrEqual(utf8Bytes(any));
      }),
    );
  });

  it("bytes are those that Node writes", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(utf8Bytes(any)).toBe(Buffer.byteLength(any));
      }),
    );
  });

  it("an emoji counts more on Threads, never less; without any it is code points", () => {
    fc.assert(
      fc.property(text, (any) => {
        expect(emojiAsBytes(any)).toBeGreaterThanOrEqual(codePoints(any));
        if (!/\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u.test(any)) {
          expect(emojiAsBytes(any)).toBe(codePoints(any));
        }
      }),
    );
  });

  it("words around a URL add to its 23, on X and on Mastodon", async () => {
    const words = fc.stringMatching(/^[a-z]{1,9}( [a-z]{1,9}){0,8}$/);
    const path = fc.stringMatching(/^[a-zA-Z0-9]{0,150}$/);
    await fc.assert(
      fc.asyncProperty(words, words, path, async (before, after, rest) => {
        const said = `${before} https://example.com/${rest} ${after}`;
        const expected = before.length + 1 + 23 + 1 + after.length;
        expect(await statusCharacters(said)).toBe(expected);
        expect(await weighted(said)).toBe(expected);
      }),
      { numRuns: 50 },
    );
  });

  it("plain letters weigh on X what twitter-text says, though it is not asked", async () => {
    const pieces = fc.constantFrom(
      "a",
      "Z",
      "7",
      " ",
      ".",
      "..",
      "/",
      ":",
      "@",
      "#",
      "-",
      "com",
      "http://",
      "x.io",
      "\n",
      "!",
    );
    const plain = fc.oneof(
      fc.string({ unit: "grapheme-ascii" }),
      fc.array(pieces).map((all) => all.join("")),
    );
    await fc.assert(
      fc.asyncProperty(plain, async (any) => {
        expect(await weighted(any)).toBe(twitterText.parseTweet(any).weightedLength);
      }),
      { numRuns: 500 },
    );
  });

  it("ranges that are no URL are counted as they are", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (any) => {
        fc.pre(!any.includes("@"));
        expect(statusLength(any, [])).toBe(graphemes(any));
      }),
    );
  });

  it.each([
    ["mail@social.example is no mention", "mail@social.example", 19],
    ["a URL that holds a mention is a URL", "https://mastodon.social/@ana@other.example", 23],
    ["two mentions", "@a@b.example, @c@d.example", 2 + 2 + 2],
    ["a mention in brackets", "(@ana@social.example)", 6],
    ["a server of one word", "@ana@localhost", 4],
  ])("Mastodon: %s", async (_name, said, count) => {
    expect(await statusCharacters(said)).toBe(count);
  });
});
