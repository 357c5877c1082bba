import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import { platformsIn, rawPostsOf } from "../../src/domain/input/post-columns.ts";
import { type PostInput, readPosts } from "../../src/domain/input/post-input.ts";
import { contentFor, draftOf } from "../../src/domain/post.ts";
import type { PlatformOptions } from "../../src/domain/post-option.ts";
import { platformIds } from "../../src/platforms/index.ts";
import { postFiles } from "../../src/system/post-files.ts";

const folder = mkdtempSync(join(tmpdir(), "agencyiq-posts-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "posts"));

async function readFile(text: string | Uint8Array): Promise<PostInput> {
  const path = join(folder, "posts", "monday.md");
  writeFileSync(path, text);
  const [post] = readPosts([await postFiles.read(path)], platformIds);
  if (!post) throw new Error("no post");
  return post;
}

async function readTable(text: string | Uint8Array): Promise<PostInput[]> {
  const path = join(folder, "calendar.csv");
  writeFileSync(path, text);
  return readPosts(rawPostsOf(await postFiles.readTable(path), platformIds), platformIds);
}

/** What is wrong, without the folder. */
async function complaint(reading: Promise<unknown>): Promise<string> {
  const failure = await reading.then(
    () => null,
    (error: unknown) => error,
  );
  if (!(failure instanceof Failure)) throw new Error(`no failure: ${String(failure)}`);
  expect(["post_file_invalid", "file_unreadable"]).toContain(failure.code);
  return failure.message.replaceAll(`${folder}/`, "");
}

const inPosts = (file: string) => join(folder, "posts", file);

const options: PlatformOptions = {
  bluesky: [
    { name: "kind", say: "", takes: ["reel", "story"] },
    { name: "made-for-kids", say: "", takes: "flag" },
    { name: "category", say: "", takes: "number" },
    { name: "captions", say: "", takes: "file" },
    { name: "opens", say: "", takes: "instant" },
    { name: "note", say: "", takes: "text" },
  ],
};

async function readOptions(own: string): Promise<PostInput> {
  const path = join(folder, "posts", "options.md");
  writeFileSync(path, `---\nbluesky:\n${own.replaceAll(/^/gm, "  ")}\n---\nHello\n`);
  const [post] = readPosts([await postFiles.read(path)], platformIds, options);
  if (!post) throw new Error("no post");
  return post;
}

describe("what only one platform has", () => {
  it("is said in its part of the post, each in its own way", async () => {
    const { draft } = await readOptions(
      "kind: Story\nmadeForKids: no\ncategory: 22\ncaptions: en.vtt\nopens: tomorrow 9am\nnote: 007\nlink: https://a.example",
    );
    expect(draft.options).toEqual({});
    expect(contentFor(draft, "bluesky")).toMatchObject({
      link: "https://a.example",
      options: {
        kind: "story",
        "made-for-kids": false,
        category: 22,
        captions: { file: inPosts("en.vtt"), alt: null },
        opens: "tomorrow 9am",
        note: "007",
      },
    });
  });

  it.each([
    ["kind: film", 'line 3: kind takes one of: reel, story, not "film"'],
    ["category: many", 'line 3: category takes a number, not "many"'],
    ["made-for-kids: perhaps", 'line 3: made-for-kids takes yes or no, not "perhaps"'],
    ["captions: https://a.example/en.vtt", 'line 3: captions takes a file, not "https://a.example/en.vtt"'],
    ["categry: 22", 'line 3: unknown key "categry"; did you mean category?'],
  ])("%s is told of with its line", async (own, message) => {
    expect(await complaint(readOptions(own))).toBe(`posts/options.md ${message}`);
  });

  it("has columns of its own in a table", async () => {
    const path = join(folder, "options.csv");
    writeFileSync(path, "text,bluesky.category,bluesky.kind\nOne,22,reel\nTwo,,\n");
    const table = await postFiles.readTable(path);
    expect(platformsIn(table, platformIds)).toEqual(["bluesky"]);
    const [one, two] = readPosts(rawPostsOf(table, platformIds, options), platformIds, options);
    expect(contentFor(one?.draft ?? draftOf({}), "bluesky").options).toEqual({ category: 22, kind: "reel" });
    expect(contentFor(two?.draft ?? draftOf({}), "bluesky").options).toEqual({});
    expect(() => rawPostsOf(table, platformIds)).toThrow('unknown column "category"');
  });
});

describe("a post file", () => {
  it("names a document, a thumbnail and where its files are on the web", async () => {
    const { draft, mediaBaseUrl } = await readFile(
      "---\nmediaBaseUrl: https://cdn.example/p\ndocument: menu.pdf\nthumbnail: cover.jpg\nvideo: {file: a.mp4, url: https://v.example/a}\n---\nHi",
    );
    expect(mediaBaseUrl).toBe("https://cdn.example/p");
    expect(draft).toMatchObject({
      document: { file: inPosts("menu.pdf"), alt: null },
      thumbnail: { file: inPosts("cover.jpg"), alt: null },
      video: { file: inPosts("a.mp4"), alt: null, url: "https://v.example/a" },
    });
  });

  it("says what, where and when", async () => {
    const post = await readFile(`---
to: [x, globex:x/globex]
brand: acme
at: tomorrow 9am
key: 007
title: 2026
images:
  - file: menu.jpg
    alt: Soup, bread and a pear
  - /pictures/pear.png
link: https://example.com/menu
language: de-AT
visibility: public
tags: [soup, "#bread"]
reply-to: 123
quote: https://x.com/a/status/4
first-comment: Book a table
fit: no
---

Today: soup.

And a pear.
`);
    expect(post).toEqual({
      source: join(folder, "posts/monday.md"),
      to: ["x", "globex:x/globex"],
      brand: "acme",
      at: "tomorrow 9am",
      key: "007",
      mediaBaseUrl: null,
      draft: draftOf({
        text: "Today: soup.\n\nAnd a pear.",
        title: "2026",
        images: [
          { file: inPosts("menu.jpg"), alt: "Soup, bread and a pear" },
          { file: "/pictures/pear.png", alt: null },
        ],
        link: "https://example.com/menu",
        language: "de-AT",
        visibility: "public",
        tags: ["soup", "bread"],
        replyTo: "123",
        quote: "https://x.com/a/status/4",
        firstComment: "Book a table",
        fit: false,
      }),
    });
  });

  it("may be a text and nothing else, of any system's line ends", async () => {
    expect((await readFile("\uFEFFHello\r\nthere\r\n")).draft).toEqual(draftOf({ text: "Hello\nthere" }));
    expect((await readFile("---\r\nto: x\r\n---\r\nHello\r\n")).draft.text).toBe("Hello");
    expect((await readFile("---\n---\nHello")).draft.text).toBe("Hello");
  });

  it("says something else to a platform; a text of its own takes the place of the thread", async () => {
    const { draft } = await readFile(`---
image: menu.jpg
alt: The menu
x:
  text: Short
bluesky:
  image: small.jpg
  link: https://example.com
oidc:
  text: Own
  thread: [more]
---
One
---
Two
`);
    expect(contentFor(draft, "mastodon")).toMatchObject({
      text: "One",
      thread: [{ text: "Two" }],
      images: [{ file: inPosts("menu.jpg"), alt: "The menu" }],
    });
    expect(contentFor(draft, "x")).toMatchObject({ text: "Short", thread: [], images: [{ alt: "The menu" }] });
    expect(contentFor(draft, "bluesky")).toMatchObject({
      text: "One",
      thread: [{ text: "Two" }],
      link: "https://example.com",
      images: [{ file: inPosts("small.jpg"), alt: null }],
    });
    expect(contentFor(draft, "oidc").thread).toEqual([
      { text: "more", images: [], video: null, document: null, poll: null },
    ]);
  });

  it("is a thread by lines of ---, or by a list whose parts have files of their own", async () => {
    const { draft } = await readFile("One\n\n---\n\nTwo\n  \n---\nThree -- not ---\n- - -\n");
    expect([draft.text, ...draft.thread.map(({ text }) => text)]).toEqual(["One", "Two", "Three -- not ---\n- - -"]);
    const listed = await readFile(`---
thread:
  - Two
  - text: Three
    video: { file: film.mp4, alt: A film }
  - poll: [yes, no]
---
One`);
    expect(listed.draft.thread).toEqual([
      { text: "Two", images: [], video: null, document: null, poll: null },
      { text: "Three", images: [], video: { file: inPosts("film.mp4"), alt: "A film" }, document: null, poll: null },
      { text: "", images: [], video: null, document: null, poll: { options: ["yes", "no"], minutes: 1440 } },
    ]);
  });

  it("writes keys as people do, and takes an empty value for none", async () => {
    const { draft, key } = await readFile(
      "---\nreplyTo: 1\nFirst_Comment: hm\npoll: {options: [a, b], minutes: 60}\nkey:\nvideo: ~\ntitle: null\n---\na",
    );
    expect(draft).toMatchObject({ replyTo: "1", firstComment: "hm", video: null, title: null });
    expect(draft.poll).toEqual({ options: ["a", "b"], minutes: 60 });
    expect(key).toBeNull();
  });

  it.each<[string, string, string]>([
    ["a key nobody knows", "---\nto: x\nimagse: a.png\n---\na", 'line 3: unknown key "imagse"; did you mean images?'],
    ["one in a block", "---\nx:\n  txet: a\n---\na", 'line 3: unknown key "txet"; did you mean text?'],
    ["one in a list", "---\nimages:\n  - file: a\n    atl: b\n---\na", 'line 4: unknown key "atl"; did you mean alt?'],
    ["a key that is far from all", "---\nzzzz: 1\n---\na", 'line 2: unknown key "zzzz"'],
    [
      "a platform's block that is a text",
      "---\nx: Short\n---\na",
      "line 2: x has keys of its own, such as text: it is no text itself",
    ],
    ["a list for a text", "---\ntitle: [a]\n---\na", "line 2: title is not a text"],
    [
      "no number",
      "---\npoll: {options: [a, b], minutes: soon}\n---\na",
      "line 2: poll minutes is not a whole number: soon",
    ],
    ["no yes or no", "---\nfit: maybe\n---\na", "line 2: fit is neither yes nor no: maybe"],
    [
      "no address",
      "---\nlink: example.com\n---\na",
      "line 2: example.com is no address of the web: it begins with https://",
    ],
    [
      "an address for a file",
      "---\nimage: https://a.example/b.png\n---\na",
      "line 2: https://a.example/b.png is an address: only files of this machine are sent",
    ],
    [
      "no language",
      "---\nlanguage: klingonish_\n---\na",
      "line 2: klingonish_ is no language (BCP 47): en, de-AT, zh-Hant",
    ],
    ["two texts", "---\ntext: a\n---\nb", "line 2: the text is given twice, as text and below"],
    ["two threads", "---\nthread: [b]\n---\na\n---\nb", "line 2: the thread is given twice, as thread and below"],
    ["an empty part", "a\n---\n\n---\nb", "part 2 of the thread is empty"],
    [
      "an alt of nothing",
      "---\nalt: what\n---\na",
      "line 2: alt is of one picture; for several write images: [{file: …, alt: …}, …]",
    ],
    ["a file without a name", "---\nimages: [{alt: a}]\n---\na", "line 2: which file? write {file: …, alt: …}"],
    ["the same key twice", "---\nto: x\nto: y\n---\na", "line 3: Map keys must be unique"],
    ["the same key in two spellings", "---\nreply-to: 1\nreplyTo: 2\n---\na", "line 3: reply-to is given twice"],
    [
      "YAML that is none",
      "---\nto: [x\n---\na",
      "line 3: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    ["front matter that is a list", "---\n- a\n---\na", "line 2: the front matter is not made of keys (key: value)"],
    ["front matter without end", "---\nto: x\n\nHello", "line 1: the front matter has no end: a line of ---"],
  ])("with %s is refused, and the line named", async (_what, text, told) => {
    expect(await complaint(readFile(text))).toMatch(`posts/monday.md ${told}`);
  });

  it("tells all mistakes at once", async () => {
    expect(await complaint(readFile("---\nttile: a\nfit: maybe\nx:\n  lnik: b\n---\n"))).toBe(
      [
        'posts/monday.md line 2: unknown key "ttile"; did you mean title?',
        'posts/monday.md line 5: unknown key "lnik"; did you mean link?',
        "posts/monday.md line 3: fit is neither yes nor no: maybe",
      ]
        .toSorted((a, b) => a.localeCompare(b))
        .join("; "),
    );
  });

  it("is UTF-8, a file, there, and no billion laughs", async () => {
    expect(await complaint(readFile(Buffer.from("Zo\xeb", "latin1")))).toMatch("is not UTF-8 text");
    expect(await complaint(postFiles.read(join(folder, "none.md")))).toBe("none.md does not exist");
    expect(await complaint(postFiles.read(join(folder, "posts")))).toMatch("is a folder");
    expect(await complaint(readFile("a".repeat(1024 * 1024 + 1)))).toMatch("too many for what it should be");
    const laughs = Array.from({ length: 9 }, (_, n) => `l${n + 1}: &l${n + 1} [${`*l${n},`.repeat(9)}]`);
    expect(await complaint(readFile(`---\nl0: &l0 ha\n${laughs.join("\n")}\n---\na`))).toMatch("too many aliases");
  });

  it("a key that means something to JavaScript is a key nobody knows", async () => {
    expect(await complaint(readFile("---\n__proto__: {text: a}\nconstructor: b\n---\na"))).toMatch(
      /unknown key "__proto__".*unknown key "constructor"/,
    );
    expect(({} as Record<string, unknown>)["text"]).toBeUndefined();
  });

  it("whatever stands in it is a post or a complaint", async () => {
    const line = fc.constantFrom(
      "---",
      "to: x",
      "text: a",
      "x:",
      "  text: b",
      "- a",
      "images: [a, {file: b}]",
      "? :",
      "",
      "poll:",
      "&a *a",
      "é",
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(line, fc.string()), { maxLength: 12 }), async (lines) => {
        const outcome = await readFile(lines.join("\n")).then(
          () => true,
          (error: unknown) => error instanceof Failure && error.message.split("\n").length === 1,
        );
        expect(outcome).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("a table", () => {
  it("is a post a row, columns named as the keys of a post file", async () => {
    const posts = await readTable(
      [
        "to,at,key,text,image,alt,image,alt,link,x.text,poll,poll,poll-minutes,then,then",
        'x,,k1,"Soup, and',
        'bread",a.png,A,b.png,,https://example.com,,,,,,',
        "",
        '"x, globex:x/globex",+90m,k2,Which?,,,,,,Which,yes,no,60,Two,Three',
      ].join("\r\n"),
    );
    expect(posts).toHaveLength(2);
    expect(posts[0]).toEqual({
      source: `${join(folder, "calendar.csv")} line 2`,
      to: ["x"],
      brand: null,
      at: null,
      key: "k1",
      mediaBaseUrl: null,
      draft: draftOf({
        text: "Soup, and\r\nbread",
        images: [
          { file: join(folder, "a.png"), alt: "A" },
          { file: join(folder, "b.png"), alt: null },
        ],
        link: "https://example.com",
      }),
    });
    expect(posts[1]).toMatchObject({ to: ["x", "globex:x/globex"], at: "+90m" });
    expect(posts[1]?.draft.poll).toEqual({ options: ["yes", "no"], minutes: 60 });
    expect(posts[1]?.draft.thread.map(({ text }) => text)).toEqual(["Two", "Three"]);
    expect(posts[1]?.draft.variants["x"]).toEqual({ text: "Which", thread: [] });
  });

  it.each([
    ["semicolons", "to;text\nx;Soup, bread\n"],
    ["tabs", "to\ttext\nx\tSoup, bread\n"],
    ["a mark at its beginning", '\uFEFFto,text\nx,"Soup, bread"'],
  ])("may be written with %s", async (_how, text) => {
    expect((await readTable(text)).map(({ to, draft }) => [to, draft.text])).toEqual([[["x"], "Soup, bread"]]);
  });

  it.each<[string, string, string]>([
    ["a column nobody knows", "to,txet\nx,a\n", 'line 1: unknown column "txet"; did you mean text?'],
    ["one of a platform", "to,x.txet\nx,a\n", 'line 1: unknown column "txet"; did you mean text?'],
    [
      "a platform nobody knows",
      "to,blueksy.text\nx,a\n",
      'line 1: unknown column "blueksy.text"; did you mean bluesky.text?',
    ],
    ["a column without a name", "to,,text\nx,a,b\n", "line 1: a column has no name"],
    ["a column twice", "to,text,text\nx,a,b\n", 'line 1: the column "text" is there twice'],
    ["a wrong value", "to,text,fit\nx,a,yes\nx,b,maybe\n", 'line 3 column "fit": fit is neither yes nor no: maybe'],
    [
      "a wrong value behind a cell of two lines",
      'to,text,link\nx,"a\nb",\nx,b,nowhere\n',
      'line 4 column "link": nowhere is no address',
    ],
    ["an alt of nothing", "to,text,alt\nx,a,what\n", 'line 2 column "alt": alt is of one picture'],
    [
      "an address for a file",
      "to,image\nx,https://a.example/b.png\n",
      'line 2 column "image": https://a.example/b.png is an address',
    ],
    [
      "a number that is none",
      "to,poll,poll,poll-minutes\nx,a,b,soon\n",
      'line 2 column "poll-minutes": poll minutes is not a whole',
    ],
    ["too many cells", "to,text\nx,a,b\n", "line 2: it has more cells than there are columns"],
    ["a quote that does not end", 'to,text\nx,"a\n', "line 2: a quote is opened before it, and never closed"],
    ["nothing in it", "", "line 1: there is no line with the names of the columns"],
  ])("with %s is refused, line and column named", async (_what, text, told) => {
    expect(await complaint(readTable(text))).toMatch(`calendar.csv ${told}`);
  });

  it("tells the mistakes of all rows, twenty of them at most", async () => {
    const rows = Array.from({ length: 30 }, (_, index) => `x,${index},maybe`);
    const told = await complaint(readTable(`to,text,fit\n${rows.join("\n")}`));
    expect(told.split("; ")).toHaveLength(21);
    expect(told).toMatch(/calendar\.csv line 21 .*; and 10 more$/);
  });

  it("whatever its cells say, each row is a post of these words", async () => {
    const cell = fc
      .string({ unit: "grapheme" })
      .map((text) => text.replaceAll("\r", ""))
      .filter((text) => text.trim() !== "");
    await fc.assert(
      fc.asyncProperty(fc.array(cell, { minLength: 1, maxLength: 8 }), async (texts) => {
        const rows = texts.map((text) => `x,"${text.replaceAll('"', '""')}"`);
        const posts = await readTable(`to,text\n${rows.join("\n")}\n`);
        expect(posts.map(({ draft }) => draft.text)).toEqual(texts);
      }),
      { numRuns: 100 },
    );
  });
});
