import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { SandboxPost } from "../../src/sandbox/posts.ts";
import { type Ended, run } from "./command.ts";
import { connectX, type Sandboxed, sandboxed } from "./sandboxed.ts";

const sample = (name: string) => fileURLToPath(new URL(`../media/${name}`, import.meta.url));

let space: Sandboxed;

beforeEach(async () => {
  space = await sandboxed();
  const { sandbox } = space;
  onTestFinished(() => sandbox.close());
  await connectX(space);
});

/** A file of the test's own, named as the command is given it: its folder is the current one. */
function write(name: string, text: string): string {
  mkdirSync(join(space.folder, name, ".."), { recursive: true });
  writeFileSync(join(space.folder, name), text);
  return name;
}

function publish(...args: string[]): Promise<Ended> {
  return run(["publish", ...args], { env: space.env, cwd: space.folder });
}

async function timeline(): Promise<SandboxPost[]> {
  const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as { posts: SandboxPost[] };
  return posts;
}

interface Answer {
  readonly post: { readonly id: string | null; readonly key: string | null } | null;
  readonly deliveries: readonly Record<string, unknown>[];
  readonly posts?: readonly { source: string; post: { key: string | null }; deliveries: readonly object[] }[];
}

/** At most two lines: what is wrong, and what mends it; and the same as one document. */
async function refused(args: readonly string[], code: number, error: string, message: RegExp): Promise<void> {
  const ended = await publish(...args);
  expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code, stderr: expect.stringMatching(message) });
  const lines = ended.stderr.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[1]).toMatch(/^ {2}mend: \S/);
  const told = await publish(...args, "--json");
  expect(told).toMatchObject({ code, stderr: "" });
  expect(told.json()).toMatchObject({ error: { code: error, message: expect.stringMatching(message) } });
  expect(await timeline()).toEqual([]);
}

describe("post files", () => {
  it("are published one after another, each where it says", async () => {
    write("posts/a.md", "---\nto: x\nkey: a\n---\nFirst\n");
    write("posts/b.md", "---\nto: x/acme\nlink: https://example.com/menu\nx:\n  text: Second, on X\n---\nSecond\n");
    const ended = await publish("posts/a.md", "posts/b.md");
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ended.stdout).toMatch(
      /^posts\/a\.md: published x\/acme https:\S+\nposts\/b\.md: published x\/acme https:\S+\n$/,
    );
    expect((await timeline()).map(({ text }) => text).sort()).toEqual([
      "First",
      expect.stringMatching(/^Second, on X/),
    ]);
    const again = (await publish("--file", "posts/a.md", "--json")).json<Answer>();
    expect(again).toMatchObject({ post: { key: "a" }, deliveries: [{ state: "published", attempts: 1 }] });
    expect(again.posts).toMatchObject([{ source: "posts/a.md", post: { key: "a" }, deliveries: [{}] }]);
    expect(await timeline()).toHaveLength(2);
  });

  it("go where the flags say, whatever they say themselves; standard input is one, too", async () => {
    const args = ["publish", "--file", "-", "--platform", "x", "--json"];
    const stdin = "---\nto: bluesky/nobody\n---\nPiped\n";
    const ended = await run(args, { env: space.env, cwd: space.folder, stdin });
    expect(ended.json<Answer>()).toMatchObject({ posts: [{ source: "standard input" }] });
    expect((await timeline()).map(({ text }) => text)).toEqual(["Piped"]);
  });

  it("are all checked before the first goes out", async () => {
    write("good.md", "---\nto: x\n---\nGood\n");
    write("long.md", `---\nto: x\n---\n${"あ".repeat(141)}\n`);
    await refused(
      ["good.md", "long.md"],
      7,
      "content_invalid",
      /long\.md: x\/acme: the text has 282 weighted characters, 2 more than X allows \(280\)/,
    );
    write("later.md", "---\nto: x\nimagse: a.png\n---\nHi\n");
    await refused(
      ["good.md", "later.md"],
      2,
      "post_file_invalid",
      /later\.md line 3: unknown key "imagse"; did you mean images\?/,
    );
    await refused(["good.md", "none.md"], 2, "file_unreadable", /none\.md does not exist/);
  });

  it.each<[string, string, string[], string, RegExp]>([
    ["a file that is not there", "a.md", ["b.md"], "file_unreadable", /b\.md does not exist/],
    [
      "an account that is not there",
      "---\nto: x/nobody\n---\na",
      ["a.md"],
      "unknown_account",
      /a\.md: no account "x\/nobody"/,
    ],
    ["nobody to go to", "Hello", ["a.md"], "question_without_terminal", /a\.md: "Where to" must be answered/],
    [
      "a picture that is not there",
      "---\nto: x\nimage: none.png\n---\na",
      ["a.md"],
      "file_unreadable",
      /a\.md: .*none\.png does not exist/,
    ],
    [
      "flags that say what the file says",
      "---\nto: x\n---\na",
      ["a.md", "--image", "b.png"],
      "usage",
      /--image cannot be given with post files/,
    ],
    ["a text beside it", "---\nto: x\n---\na", ["a.md", "and more"], "usage", /a text cannot be given with post files/],
    ["one key for two", "---\nto: x\n---\na", ["a.md", "a.md", "--key", "k"], "usage", /--key is of one post/],
  ])("%s", async (_what, text, args, error, message) => {
    write("a.md", text);
    await refused(args, 2, error, message);
  });
});

describe("a table", () => {
  it("is published row by row; what has a key goes out once", async () => {
    write("calendar.csv", 'to,key,text\nx,k1,"One, with a comma"\nx,k2,Two\n');
    const first = (await publish("--csv", "calendar.csv", "--json")).json<Answer>();
    expect(first).toMatchObject({ post: null, deliveries: [{ state: "published" }, { state: "published" }] });
    expect(first.posts?.map(({ source, post }) => [source, post.key])).toEqual([
      ["calendar.csv line 2", "k1"],
      ["calendar.csv line 3", "k2"],
    ]);
    write("calendar.csv", 'to,key,text\nx,k1,"One, with a comma"\nx,k2,Two\nx,k3,Three\n');
    expect((await publish("--csv", "calendar.csv")).code).toBe(0);
    expect((await timeline()).map(({ text }) => text).sort()).toEqual(["One, with a comma", "Three", "Two"]);
  });

  it("one post that is refused holds back none of the others (exit 3)", async () => {
    write("calendar.csv", "to,key,text\nx,k1,One\nx,k2,Two\n");
    await publish("--csv", "calendar.csv");
    write("calendar.csv", "to,key,text\nx,k1,One more\nx,k3,Three\n");
    const ended = await publish("--csv", "calendar.csv");
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/calendar\.csv line 2: the key "k1" belongs to a post with another text/);
    expect(ended.stdout).toMatch(/^calendar\.csv line 3: published x\/acme/);
    expect(await timeline()).toHaveLength(3);
  });

  it("has every row checked before anything is sent; line and column are named", async () => {
    const rows = ["to,text,link,x.text", "x,One,,", `x,Two,nowhere,${"b".repeat(3)}`, "x,Three,,"];
    write("calendar.csv", rows.join("\n"));
    await refused(
      ["--csv", "calendar.csv"],
      2,
      "post_file_invalid",
      /calendar\.csv line 3 column "link": nowhere is no/,
    );
    write("calendar.csv", "to,text,lnk\nx,a,b\n");
    await refused(
      ["--csv", "calendar.csv"],
      2,
      "post_file_invalid",
      /line 1: unknown column "lnk"; did you mean link\?/,
    );
    write("calendar.csv", `to,text\nx,a\nx,${"b".repeat(281)}\n`);
    await refused(["--csv", "calendar.csv"], 7, "content_invalid", /calendar\.csv line 3: x\/acme: the text has 281/);
    write("calendar.csv", "to,text\n");
    await refused(["--csv", "calendar.csv"], 2, "usage", /calendar\.csv has no posts/);
    await refused(["--csv", "none.csv"], 2, "file_unreadable", /none\.csv does not exist/);
  });
});

describe("a dry run", () => {
  it("shows what would go where: the count, and the files as they really are", async () => {
    copyFileSync(sample("film.mp4"), join(space.folder, "film.mp4"));
    copyFileSync(sample("photo.jpg"), join(space.folder, "photo.png"));
    const args = [
      "--platform",
      "x",
      "See example.com",
      "--image",
      "photo.png",
      "--alt",
      "Bars",
      "--then",
      "Two",
      "--video",
      "film.mp4",
    ];
    const ended = await publish(...args, "--dry-run");
    expect(ended.stdout).toBe(
      [
        "would post to x/acme: 27 of 280 weighted characters",
        '  photo.png: JPEG 40×30 1.2 KiB; "Bars"',
        "  part 2: 3 of 280 weighted characters",
        "  film.mp4: MP4 64×48 2 s 6.1 KiB; no alternative text",
        "",
      ].join("\n"),
    );
    const told = (await publish(...args, "--dry-run", "--json")).json<Answer>();
    expect(told.deliveries).toMatchObject([
      {
        account: "x/acme",
        state: "validated",
        length: 27,
        maxLength: 280,
        problems: [],
        error: null,
        parts: [
          {
            counts: [{ length: 27, max: 280, unit: "weighted characters" }],
            media: [{ type: "image/jpeg", width: 40, height: 30, alt: "Bars", fitted: null }],
          },
          { media: [{ type: "video/mp4", width: 64, bytes: 6175, alt: null }] },
        ],
      },
    ]);
    expect(told.deliveries[0]?.["parts"]).toHaveLength(2);
    expect(await timeline()).toEqual([]);
  });

  it("shows when, as it was understood", async () => {
    write("later.md", "---\nto: x\nat: 2099-07-01 09:00\n---\nLater\n");
    const ended = await publish("later.md", "--dry-run");
    expect(ended.stdout).toMatch(
      /^later\.md:\n {2}would post to x\/acme at .*2099.* UTC: 5 of 280 weighted characters\n$/,
    );
    const told = (await publish("later.md", "--dry-run", "--json")).json<Answer>();
    expect(told.deliveries).toMatchObject([{ state: "validated", scheduledFor: "2099-07-01T09:00:00Z" }]);
  });

  it("counts a link that is written behind the text", async () => {
    const ended = await publish(
      "--platform",
      "x",
      "Menu",
      "--link",
      `https://example.com/${"m".repeat(300)}`,
      "--dry-run",
    );
    expect(ended.stdout).toBe("would post to x/acme: 28 of 280 weighted characters\n");
  });

  it("names every problem of every part and file, and ends with 7", async () => {
    writeFileSync(join(space.folder, "notes.png"), "no picture");
    copyFileSync(sample("film.webm"), join(space.folder, "film.webm"));
    const args = [
      "--platform",
      "x",
      "a".repeat(281),
      "--image",
      "notes.png",
      "--then",
      "b",
      "--video",
      "film.webm",
      "--visibility",
      "friends",
    ];
    const ended = await publish(...args, "--dry-run");
    expect(ended.code).toBe(7);
    expect(ended.stdout.trimEnd().split("\n")).toEqual([
      'would not post to x/acme: the visibility "friends" is not one of X\'s: public',
      "would not post to x/acme: the text has 281 weighted characters, 1 more than X allows (280)",
      "would not post to x/acme: notes.png is of no known type, X takes JPEG, PNG, WebP or GIF",
      "would not post to x/acme: part 2: film.webm is WebM, X takes MP4 or QuickTime (MOV)",
    ]);
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(2);
    expect((await publish(...args, "--dry-run", "--json")).json<Answer>().deliveries[0]).toMatchObject({
      state: "failed",
      error: { code: "content_invalid" },
      problems: { length: 4 },
    });
  });

  it("makes a picture fit that is too large, or says with --no-fit that it is", async () => {
    const { default: sharp } = await import("sharp");
    const noise = { type: "gaussian", mean: 128, sigma: 90 } as const;
    const large = sharp({ create: { width: 1500, height: 1200, channels: 3, background: "#888", noise } });
    await large.png({ compressionLevel: 0 }).toFile(join(space.folder, "large.png"));
    const args = ["--platform", "x", "Look", "--image", "large.png", "--dry-run"];
    const fitted = await publish(...args);
    expect(fitted).toMatchObject({ code: 0, stderr: "" });
    expect(fitted.stdout).toMatch(
      /large\.png: PNG 1500×1200 5\.2 MiB, made to fit: \S+ 1500×1200 [\d.]+ (KiB|MiB); no alt/,
    );
    const refusal = await publish(...args, "--no-fit");
    expect(refusal).toMatchObject({ code: 7 });
    expect(refusal.stdout).toMatch(/large\.png has 5\.2 MiB, X takes at most 5 MiB/);
  }, 60_000);
});

describe("what goes out", () => {
  it("is what was checked: texts with their link, pictures with their words, a thread in its order, a poll", async () => {
    copyFileSync(sample("photo.jpg"), join(space.folder, "photo.jpg"));
    copyFileSync(sample("film.mp4"), join(space.folder, "film.mp4"));
    write(
      "post.md",
      `---
to: x
image: photo.jpg
alt: Bars in many colours
link: https://example.com/menu
thread:
  - text: Moving
    video: film.mp4
  - text: Again?
    poll: [yes, no]
---
Look
`,
    );
    expect(await publish("post.md")).toMatchObject({ code: 0, stderr: "" });
    const posts = (await timeline()).toSorted((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1));
    expect(posts).toMatchObject([
      {
        text: "Look https://example.com/menu",
        replyTo: null,
        media: [{ type: "image/jpeg", bytes: 1174, alt: "Bars in many colours" }],
      },
      { text: "Moving", replyTo: posts[0]?.id, media: [{ type: "video/mp4", bytes: 6175 }] },
      { text: "Again?", replyTo: posts[1]?.id, poll: { options: ["yes", "no"] } },
    ]);
  }, 60_000);

  it("is the copy that fits, in place of a picture that does not", async () => {
    copyFileSync(sample("picture.tiff"), join(space.folder, "scan.tiff"));
    const args = ["--platform", "x", "Look", "--image", "scan.tiff"];
    expect((await publish(...args, "--no-fit")).stderr).toMatch(/scan\.tiff is TIFF, X takes JPEG, PNG, WebP or GIF/);
    expect(await publish(...args)).toMatchObject({ code: 0, stderr: "" });
    expect(await timeline()).toMatchObject([{ text: "Look", media: [{ kind: "picture", type: "image/jpeg" }] }]);
  });

  it("is a picture alone, where that is enough", async () => {
    copyFileSync(sample("moving.gif"), join(space.folder, "cat.gif"));
    expect((await publish("--platform", "x", "--image", "cat.gif", "--alt", "A cat")).code).toBe(0);
    expect(await timeline()).toMatchObject([{ text: "", media: [{ type: "image/gif", alt: "A cat" }] }]);
  });

  it("never is a file that has changed since it was checked", async () => {
    copyFileSync(sample("photo.jpg"), join(space.folder, "photo.jpg"));
    write("later.md", "---\nto: x\nat: +1s\nimage: photo.jpg\n---\nLater\n");
    const scheduled = await publish("later.md");
    expect(scheduled).toMatchObject({ code: 0, stdout: expect.stringMatching(/^later\.md: scheduled x\/acme for /) });
    copyFileSync(sample("turned.jpg"), join(space.folder, "photo.jpg"));
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const ended = await publish("--due");
    expect(ended.code).toBe(7);
    expect(ended.stderr).toMatch(/photo\.jpg has changed since it was checked/);
    expect(await timeline()).toEqual([]);
  });

  it("waits for its time, as each row says", async () => {
    write("calendar.csv", "to,key,at,text\nx,k1,2099-01-01T09:00:00Z,Far away\nx,k2,,Now\n");
    const ended = (await publish("--csv", "calendar.csv", "--json")).json<Answer>();
    expect(ended.deliveries).toMatchObject([
      { state: "scheduled", scheduledFor: "2099-01-01T09:00:00Z" },
      { state: "published" },
    ]);
    write("calendar.csv", "to,at,text\nx,someday,When?\n");
    const refusal = await publish("--csv", "calendar.csv");
    expect(refusal).toMatchObject({ code: 2, stderr: expect.stringMatching(/calendar\.csv line 2: .*someday/) });
    expect(await timeline()).toHaveLength(1);
  });
});

describe("where the library for pictures is missing", () => {
  /** The built program as it is where npm could not install sharp. */
  function withoutSharp(): string {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const copy = join(space.folder, "program");
    for (const part of ["bin", "dist", "package.json"]) cpSync(join(root, part), join(copy, part), { recursive: true });
    mkdirSync(join(copy, "node_modules", "@napi-rs"), { recursive: true });
    for (const name of ["better-sqlite3", "bindings", "@napi-rs/keyring"]) {
      symlinkSync(join(root, "node_modules", name), join(copy, "node_modules", name));
    }
    return join(copy, "bin", "agencyiq.js");
  }

  it("only a picture that is too large is refused, with what to do", async () => {
    const program = withoutSharp();
    copyFileSync(sample("photo.jpg"), join(space.folder, "photo.jpg"));
    copyFileSync(sample("picture.tiff"), join(space.folder, "scan.tiff"));
    const dryRun = (file: string, ...more: string[]) =>
      run(["publish", "--platform", "x", "Look", "--image", file, "--dry-run", ...more], {
        env: space.env,
        cwd: space.folder,
        program,
      });
    expect(await dryRun("photo.jpg")).toMatchObject({ code: 0, stderr: "" });
    const ended = await dryRun("scan.tiff");
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(
      /^error: .*scan\.tiff does not fit, and what would make it fit is not installed\n {2}mend: .*npm install.* sharp/,
    );
    expect(ended.stderr.trimEnd().split("\n")).toHaveLength(2);
    expect(await dryRun("scan.tiff", "--no-fit")).toMatchObject({
      code: 7,
      stdout: expect.stringContaining("scan.tiff is TIFF, X takes JPEG, PNG, WebP or GIF"),
    });
  });
});

describe("flags", () => {
  it.each<[string, string[], RegExp]>([
    ["several words", ["Hello", "there"], /the text is more than one argument/],
    ["an alt of nothing", ["a", "--alt", "b"], /--alt "b" stands behind no file/],
    ["a second alt", ["a", "--image", "b", "--alt", "c", "--alt", "d"], /--alt "d" stands behind no file/],
    ["two videos", ["a", "--video", "b", "--video", "c"], /one video at most/],
    ["a link that is none", ["a", "--link", "example.com"], /--link example\.com is no address/],
    ["a language that is none", ["a", "--language", "?"], /--language \? is no language/],
    ["minutes that are none", ["a", "--poll", "b", "--poll-minutes", "soon"], /--poll-minutes must be a whole number/],
    ["two documents", ["a", "--document", "b", "--document", "c"], /one document at most/],
    ["an option that nobody knows", ["a", "--option", "colour=red"], /x has no option "colour" \(it has none\)/],
    ["an option of another platform", ["a", "--option", "oidc.a=b"], /the post does not go to "oidc"/],
    ["an option without a value", ["a", "--option", "colour"], /--option colour has no value/],
    ["a folder on no web", ["a", "--media-base-url", "cdn"], /media base URL cdn is no address/],
    ["a text twice", ["a", "--stdin"], /the text is given twice/],
  ])("%s", async (_what, args, message) => {
    const ended = await publish("--platform", "x", ...args);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 2, stderr: expect.stringMatching(message) });
    expect(ended.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(await timeline()).toEqual([]);
  });

  it("what a platform has no place for is refused, or left out where nothing is lost", async () => {
    for (const name of ["photo.jpg", "three-pages.pdf"]) copyFileSync(sample(name), join(space.folder, name));
    await refused(["--platform", "x", "--document", "three-pages.pdf"], 7, "content_invalid", /X takes no documents/);
    await refused(["--platform", "x", "a", "--first-comment", "#b"], 7, "content_invalid", /X takes no first comments/);
    await refused(
      ["--platform", "x", "a", "--thumbnail", "none.jpg"],
      2,
      "file_unreadable",
      /none\.jpg does not exist/,
    );
    expect((await publish("--platform", "x", "a", "--thumbnail", "photo.jpg")).code).toBe(0);
  });

  it("the address of a file is shown, from a flag, the file or the environment", async () => {
    copyFileSync(sample("photo.jpg"), join(space.folder, "a photo.jpg"));
    const dryRun = async (args: readonly string[], base?: string) => {
      const env = { ...space.env, ...(base ? { AGENCYIQ_MEDIA_BASE_URL: base } : {}) };
      const ended = await run(["publish", "--platform", "x", ...args, "--dry-run"], { env, cwd: space.folder });
      expect(ended.code).toBe(0);
      return /https:\S+/.exec(ended.stdout)?.[0];
    };
    const args = ["Hi", "--image", "a photo.jpg"];
    expect(await dryRun(args)).toBeUndefined();
    expect(await dryRun(args, "https://env.example/")).toBe("https://env.example/a%20photo.jpg");
    expect(await dryRun([...args, "--media-base-url", "https://flag.example"], "https://env.example")).toBe(
      "https://flag.example/a%20photo.jpg",
    );
    write("post.md", "---\nimage: a photo.jpg\nmedia-base-url: https://file.example/p\n---\nHi");
    expect(await dryRun(["post.md"], "https://env.example")).toBe("https://file.example/p/a%20photo.jpg");
  });

  it("a sentence about a file is a sentence", async () => {
    expect((await publish("--platform", "x", "Please read README.md")).code).toBe(0);
    expect((await timeline()).map(({ text }) => text)).toEqual([expect.stringMatching(/^Please read/)]);
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ["is not there", () => {}, /does not exist/],
    ["is a folder", (path) => mkdirSync(path), /is a folder/],
    ["is empty", (path) => writeFileSync(path, ""), /is empty/],
  ])("a picture that %s", async (_what, make, message) => {
    make(join(space.folder, "picture.png"));
    await refused(["--platform", "x", "a", "--image", "picture.png"], 2, "file_unreadable", message);
  });

  it("tells of every file that cannot be read at once", async () => {
    await refused(
      ["--platform", "x", "a", "--image", "one.png", "--image", "two.png"],
      2,
      "file_unreadable",
      /one\.png does not exist; .*two\.png does not exist/,
    );
  });
});
