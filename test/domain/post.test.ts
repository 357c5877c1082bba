import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { contentFor, draftOf, isSameDraft, type MediaFile, withFiles, withLinkInText } from "../../src/domain/post.ts";

describe("a link in the text", () => {
  it.each([
    ["Menu", "https://a.example", "Menu https://a.example"],
    ["", "https://a.example", "https://a.example"],
    ["Soup\nBread", "https://a.example", "Soup\nBread\n\nhttps://a.example"],
    ["See https://a.example for more", "https://a.example", "See https://a.example for more"],
    ["Menu", null, "Menu"],
  ])("%j and %j", (text, link, written) => {
    expect(withLinkInText(draftOf({ text, link }))).toEqual(draftOf({ text: written, link: null }));
  });

  it("is there once, however often it is written", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.webUrl(), (text, link) => {
        const once = withLinkInText({ text, link });
        expect(once.text).toContain(link);
        expect(withLinkInText({ ...once, link })).toEqual(once);
      }),
    );
  });
});

const seen = { size: 1, modifiedAt: 2 };
const file = (name: string, alt: string | null = null): MediaFile => ({ file: name, alt });

const everywhere = draftOf({
  images: [file("a"), file("b", "B")],
  thread: [{ text: "", images: [file("c")], video: file("d"), document: null, poll: null }],
  variants: {
    x: { video: file("e"), thread: [{ text: "", images: [file("f")], video: null, document: null, poll: null }] },
    y: {},
  },
});

describe("the files of a post", () => {
  it("are all found: of the thread, and of every platform", async () => {
    const found: string[] = [];
    const stamped = await withFiles(everywhere, async (each) => {
      found.push(each.file);
      return { ...each, seen };
    });
    expect(found.sort()).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(contentFor(stamped, "x").video).toEqual({ ...file("e"), seen });
    expect(contentFor(stamped, "z").thread[0]?.images).toEqual([{ ...file("c"), seen }]);
    // What a variant does not name stays unnamed: it would take the place of what is common.
    expect(stamped.variants["y"]).toEqual({});
  });

  it("may be looked at again: the post is the same; with other files it is another", async () => {
    const stamped = await withFiles(everywhere, async (each) => ({ ...each, seen }));
    expect(isSameDraft(everywhere, stamped)).toBe(true);
    expect(isSameDraft(everywhere, await withFiles(everywhere, async (each) => ({ ...each, file: "z" })))).toBe(false);
    expect(isSameDraft(everywhere, draftOf({ ...everywhere, fit: false }))).toBe(false);
  });
});
