/** Flags that only one platform understands, its times, and the addresses of files. */
import { expect, test } from "vitest";
import type { Context } from "../../src/cli/context.ts";
import { completed, type OptionFlags } from "../../src/cli/post-options.ts";
import type { ConnectedAccount } from "../../src/domain/ports/vault.ts";
import { draftOf, type PostDraft } from "../../src/domain/post.ts";
import type { PostOption } from "../../src/domain/post-option.ts";

const youtube: readonly PostOption[] = [
  { name: "category", say: "its number", takes: "number" },
  { name: "made-for-kids", say: "", takes: "flag" },
  { name: "opens", say: "", takes: "instant" },
  { name: "captions", say: "", takes: "file" },
  { name: "license", say: "", takes: ["youtube", "creativeCommon"] },
];

const now = Date.parse("2030-01-01T12:00:00Z");

function contextWith(mediaBaseUrl: string | null = null): Context {
  const options: Readonly<Record<string, readonly PostOption[]>> = { youtube, x: [] };
  return {
    services: {
      clock: { now: () => now },
      loadPlatform: async (id: string) => ({ options: options[id] }),
      vault: async () => ({ brands: async () => [{ id: "acme", timeZone: "America/New_York" }] }),
    },
    machine: { absolute: (path: string) => `/here/${path}`, timeZone: () => "UTC" },
    output: { warn: () => {} },
    mediaBaseUrl,
  } as unknown as Context;
}

function complete(flags: OptionFlags, to = "youtube", draft: Partial<PostDraft> = {}, context = contextWith()) {
  const accounts = to.split(",").map((platform) => ({ platform }) as ConnectedAccount);
  return completed(context, draftOf({ text: "hi", ...draft }), { accounts, brand: "acme", mediaBaseUrl: null }, flags);
}

test("each option is read in its own way, with or without the platform's name", async () => {
  const option = [
    "category=22",
    "youtube.madeForKids=no",
    "opens=2030-01-02 09:00",
    "captions=en.vtt",
    "license=CREATIVECOMMON",
  ];
  const { variants, options } = await complete({ option });
  expect(options).toEqual({});
  expect(variants).toEqual({
    youtube: {
      options: {
        category: 22,
        "made-for-kids": false,
        // Nine o'clock in the brand's zone.
        opens: Date.parse("2030-01-02T14:00:00Z"),
        captions: { file: "/here/en.vtt", alt: null },
        license: "creativeCommon",
      },
    },
  });
});

test("what a post file says of a platform stays, beside what a flag adds", async () => {
  const given = { variants: { youtube: { text: "there", options: { opens: "+2h", category: 1 } } } };
  const { variants } = await complete({ option: ["license=youtube"] }, "youtube", given);
  expect(variants["youtube"]).toEqual({
    text: "there",
    options: { opens: now + 7_200_000, category: 1, license: "youtube" },
  });
});

test.each([
  [
    "categry=22",
    "youtube",
    /youtube has no option "categry"; did you mean category\?/,
    "agencyiq platforms show youtube",
  ],
  ["colour=red", "x", /x has no option "colour" \(it has none\)/, "agencyiq platforms show x"],
  ["category=many", "youtube", /category takes a number, not "many"/, "agencyiq platforms show youtube"],
  ["license=free", "youtube", /license takes one of: youtube, creativeCommon, not "free"/, "agencyiq platforms show"],
  ["category", "youtube", /has no value/, "PLATFORM.NAME=VALUE"],
  ["category=22", "youtube,x", /of which platform\?/, "--option youtube.category=22"],
  ["youtub.category=22", "youtube,x", /the post does not go to "youtub"/, "youtube, x"],
  ["opens=yesterday 9am", "youtube", /has passed/, "to come"],
])("--option %s for %s is refused", async (option, to, message, hint) => {
  const failure = await complete({ option: [option] }, to).catch((error: unknown) => error);
  expect(failure).toMatchObject({
    code: "usage",
    message: expect.stringMatching(message),
    hint: expect.stringContaining(hint),
  });
});

test("an option given twice is refused", async () => {
  await expect(complete({ option: ["category=1", "youtube.category=2"] })).rejects.toThrow("given twice");
});

test("every file has its address below the base, whichever says it first", async () => {
  const image = (name: string) => ({ file: `/pictures/${name}`, alt: null });
  const own = { ...image("c.jpg"), url: "https://own.example/c" };
  const draft = { images: [image("a b.jpg"), own], thumbnail: image("ü.jpg") };
  const fromFlag = await complete(
    { mediaBaseUrl: "https://flag.example/p" },
    "x",
    draft,
    contextWith("https://e.example"),
  );
  expect(fromFlag.images.map(({ url }) => url)).toEqual(["https://flag.example/p/a%20b.jpg", "https://own.example/c"]);
  expect(fromFlag.thumbnail?.url).toBe("https://flag.example/p/%C3%BC.jpg");
  const fromEnvironment = await complete({}, "x", draft, contextWith("https://e.example/x/"));
  expect(fromEnvironment.images[0]?.url).toBe("https://e.example/x/a%20b.jpg");
  const nowhere = await complete({}, "x", draft);
  expect(nowhere.images[0]?.url).toBeUndefined();
  await expect(complete({ mediaBaseUrl: "cdn" }, "x", draft)).rejects.toMatchObject({ code: "usage" });
});
