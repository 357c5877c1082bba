import fc from "fast-check";
import { expect, test } from "vitest";
import { littleText, wordsOf } from "../../src/platforms/linkedin/little-text.ts";
import { shownText } from "../../src/sandbox/linkedin/shown-text.ts";

const awkward = fc.string({
  unit: fc.constantFrom(...("\\|{}@[]()<>#*_~ \n/:.,aZ9é日😀＃-+".match(/./gsu) ?? [])),
  maxLength: 60,
});

test("whatever is written is shown, to the last character", () => {
  fc.assert(
    fc.property(awkward, (text) => {
      expect(shownText(littleText(text))).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test("what LinkedIn gives back has the same words", () => {
  fc.assert(
    fc.property(awkward, (text) => {
      const returned = littleText(text).replace(/(?<!\\)#([\p{L}\p{N}]+)/gu, "{hashtag|\\#|$1}");
      expect(wordsOf(returned)).toBe(wordsOf(littleText(text)));
    }),
  );
});

test.each([
  ["#bread", "#bread"],
  ["(#bread)", String.raw`\(#bread\)`],
  ["🎉#bread", "🎉#bread"],
  ["C# and F#", String.raw`C\# and F\#`],
  ["https://example.com/a_b#part", String.raw`https://example.com/a\_b\#part`],
  ["# 1", String.raw`\# 1`],
  ["@[Acme](urn:li:organization:7)", "@[Acme](urn:li:organization:7)"],
  ["@[Acme](https://example.com)", String.raw`\@\[Acme\]\(https://example.com\)`],
  [String.raw`\(`, String.raw`\\\(`],
])("%s is written %s", (text, written) => {
  expect(littleText(text)).toBe(written);
});
