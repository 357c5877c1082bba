/** Facebook's Pages with the built program: from a login to posts of every kind. */
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  openSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { pagesOf } from "../../src/sandbox/facebook/pages.ts";
import { defaultPeople } from "../../src/sandbox/options.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { type Ended, run, runOnTerminal, type Started, start } from "./command.ts";
import { orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

const [acme] = defaultPeople;
const [bakery, jobs, outlet, friends] = acme ? pagesOf(acme) : [];
const ids = { bakery: bakery?.id ?? "", jobs: jobs?.id ?? "", outlet: outlet?.id ?? "", friends: friends?.id ?? "" };

/** Facebook's developer app from the environment, in development mode: its redirect URI is listed nowhere. */
async function facebook(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  const env = {
    ...space.env,
    AGENCYIQ_FACEBOOK_CLIENT_ID: "sandbox-facebook-client",
    AGENCYIQ_FACEBOOK_CLIENT_SECRET: "sandbox-facebook-secret",
  };
  return { ...space, env };
}

const connect = ({ env, port }: Sandboxed, ...more: string[]): Promise<Ended> =>
  run(["connect", "facebook", "--port", String(port), ...more], { env });

async function connected(): Promise<Sandboxed> {
  const space = await facebook();
  const ended = await connect(space, "--select", ids.bakery);
  if (ended.code !== 0) throw new Error(`${ended.stdout}${ended.stderr}`);
  return space;
}

interface Shown {
  readonly id: string;
  readonly text: string;
  readonly title?: string;
  readonly link?: string;
  readonly url: string;
  readonly replyTo: string | null;
  readonly author: { readonly handle: string; readonly name: string };
  readonly media: readonly {
    readonly kind: string;
    readonly sha256: string;
    readonly alt: string | null;
    readonly bytes: number;
  }[];
}

/** Newest first. */
async function timeline({ sandbox }: Sandboxed): Promise<Shown[]> {
  return ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: Shown[] }).posts;
}

async function advance({ sandbox }: Sandboxed, seconds: number): Promise<void> {
  const body = JSON.stringify({ advance: seconds });
  const headers = { "content-type": "application/json" };
  await fetch(`${sandbox.url}/_sandbox/clock`, { method: "POST", headers, body });
}

interface Seen {
  readonly method: string;
  readonly path: string;
}

async function requests({ sandbox }: Sandboxed, method: string, part: string): Promise<number> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests?platform=facebook`);
  const { requests: all } = (await answer.json()) as { requests: Seen[] };
  return all.filter((request) => request.method === method && request.path.includes(part)).length;
}

const publish = ({ env }: Sandboxed, ...args: string[]) => run(["publish", "--platform", "facebook", ...args], { env });
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

interface Answer {
  readonly deliveries: readonly {
    id: string;
    state: string;
    url: string;
    error: { code: string; hint?: string } | null;
  }[];
}

/** The film of test/media as a phone would have made it: upright, and four seconds long. */
function reel({ folder }: Sandboxed): string {
  const bytes = readFileSync(mediaFile("film.mp4"));
  for (let at = bytes.indexOf("tkhd"); at >= 0; at = bytes.indexOf("tkhd", at + 4)) {
    bytes.writeUInt32BE(1080 * 65_536, at + 80);
    bytes.writeUInt32BE(1920 * 65_536, at + 84);
  }
  for (let at = bytes.indexOf("mdhd"); at >= 0; at = bytes.indexOf("mdhd", at + 4)) {
    bytes.writeUInt32BE(bytes.readUInt32BE(at + 16) / 2, at + 16);
  }
  const path = join(folder, "reel.mp4");
  writeFileSync(path, bytes);
  return path;
}

describe("connecting", () => {
  it("makes an account of each Page that is chosen, and tells which cannot be posted as", async () => {
    const space = await facebook();
    const all = await connect(space, "--select", "all", "--json");
    expect(all).toMatchObject({ code: 0 });
    const listed = (await run(["accounts", "list", "--json"], { env: space.env })).json<{
      accounts: { account: string }[];
    }>();
    expect(listed.accounts.map(({ account }) => account).sort()).toEqual(
      [`facebook/${ids.friends}`, "facebook/acme", "facebook/acmeoutlet"].sort(),
    );
    const refused = await connect(space, "--select", ids.jobs);
    expect(refused.code).toBe(7);
    expect(refused.stderr).toContain("your role on the Page may not post");
  });

  it("asks which Page at a terminal, and wants --select where there is none", async () => {
    const space = await facebook();
    const alone = await connect(space);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain("--select");
    const words = ["connect", "facebook", "--port", String(space.port)];
    const asked = await runOnTerminal(words, [{ after: /Acme Bakery Jobs/, type: " \r" }], { env: space.env });
    expect(asked.stdout).toContain("may not post");
    expect(asked.code).toBe(0);
  });

  it("checks the token live, and ends everything with the last Page of a login", async () => {
    const space = await facebook();
    await connect(space, "--select", ids.bakery, "--select", ids.outlet);
    const live = await run(["tokens", "status", "--live"], { env: space.env });
    expect(live.stdout).toContain("answers as Acme Bakery");
    const old = { ...space.env, AGENCYIQ_FACEBOOK_API_VERSION: "v20.0" };
    const debugged = await run(["tokens", "status", "--live", "--debug"], { env: old });
    expect(debugged.stderr).toMatch(/GET \S+graph\.facebook\.com\/v20\.0\/me 200 \(v21\.0\)/);
    expect((await run(["disconnect", "facebook/acmeoutlet", "--yes"], { env: space.env })).code).toBe(0);
    expect((await publish(space, "Still here")).code).toBe(0);
    expect((await run(["disconnect", "facebook/acme", "--yes"], { env: space.env })).code).toBe(0);
    expect(await requests(space, "DELETE", "/me/permissions")).toBe(1);
  });

  it("takes https where the app is live, and says what to do where it is not", async () => {
    const space = await facebook();
    const env = {
      ...space.env,
      AGENCYIQ_FACEBOOK_CLIENT_ID: "sandbox-facebook-live",
      AGENCYIQ_FACEBOOK_CLIENT_SECRET: "sandbox-facebook-live-secret",
    };
    const started = await start(
      ["connect", "facebook", "--manual", "--select", ids.bakery, "--redirect-uri", desktopEnd],
      {
        env,
        stdin: null,
      },
    );
    const authorize = /https?:\S+/.exec(await started.line(/dialog\/oauth/))?.[0] ?? "";
    started.child.stdin?.end(`${await approved(authorize)}\n`);
    expect(await started.ended).toMatchObject({ code: 0 });
  });
});

const desktopEnd = "https://www.facebook.com/connect/login_success.html";

/** Where the browser is sent after the consent. */
async function approved(authorize: string): Promise<string> {
  const page = await (await fetch(authorize)).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const body = new URLSearchParams({ request, person: "acme", decision: "approve" });
  const answer = await fetch(authorize.split("?")[0] ?? "", { method: "POST", body, redirect: "manual" });
  return answer.headers.get("location") ?? "";
}

describe("setup", () => {
  it("walks from no app to a first post", { timeout: 60_000 }, async () => {
    const space = await facebook();
    const { AGENCYIQ_FACEBOOK_CLIENT_ID: id = "", AGENCYIQ_FACEBOOK_CLIENT_SECRET: secret = "", ...env } = space.env;
    const ended = await runOnTerminal(
      ["setup", "facebook"],
      [
        { after: /Open https:\/\/developers\.facebook\.com\/apps\?/, type: "n\r" },
        { after: /(Client ID|App ID)[^\n]*:/i, type: `${id}\r` },
        { after: /secret[^\n]*:/i, type: `${secret}\r` },
        // All are chosen at first: none, then the first one.
        { after: /Acme Bakery Jobs/, type: "a \r" },
      ],
      { env, timeout: 50_000 },
    );
    expect(ended.stdout).toContain("http://localhost:8791/callback/facebook");
    expect(ended.stdout).toContain("Manage everything on your Page");
    expect(ended.stdout).not.toContain(secret);
    // The usual port may be somebody else's just now.
    if (/port 8791 is in use/.test(ended.stdout)) return;
    expect(ended, ended.stdout).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain('agencyiq publish --platform facebook "Hello"');
    expect((await run(["publish", "--platform", "facebook", "Hello"], { env })).code).toBe(0);
  });

  it.each([
    [
      "the secret is wrong",
      { AGENCYIQ_FACEBOOK_CLIENT_SECRET: "mistyped" },
      1,
      /Error validating client secret.*\n.*apps set/,
    ],
    ["nobody allowed it", { SANDBOX_DECISION: "deny" }, 4, /denied/],
  ])("says what to do when %s", async (_, more, code, words) => {
    const space = await facebook();
    const ended = await connect({ ...space, env: { ...space.env, ...more } }, "--select", "all");
    expect(ended.stderr).toMatch(words);
    expect(ended.code).toBe(code);
  });
});

describe("publishing", () => {
  it("posts text with a link, pictures, a video and a Reel, and takes one down", { timeout: 90_000 }, async () => {
    const space = await connected();
    const [photo, picture, film] = [mediaFile("photo.jpg"), mediaFile("picture.png"), mediaFile("film.mp4")];
    expect(await publish(space, "Our menu", "--link", "https://example.com/menu")).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect((await publish(space, "Two", "--image", photo, "--alt", "A test card", "--image", picture)).code).toBe(0);
    expect(
      (await publish(space, "Film", "--title", "How it is made", "--video", film, "--thumbnail", photo)).code,
    ).toBe(0);
    const ended = await publish(space, "Reel", "--video", reel(space), "--option", "reel=yes", "--json");
    const [fourth, third, second, first] = await timeline(space);
    expect(first).toMatchObject({
      text: "Our menu",
      link: "https://example.com/menu",
      author: { name: "Acme Bakery" },
    });
    expect(second?.media).toMatchObject([
      { kind: "picture", sha256: sha256(photo), alt: "A test card" },
      { kind: "picture", sha256: sha256(picture), alt: null },
    ]);
    expect(third).toMatchObject({
      text: "Film",
      title: "How it is made",
      media: [{ kind: "video", sha256: sha256(film) }],
    });
    expect(fourth).toMatchObject({ text: "Reel", media: [{ kind: "video", sha256: sha256(reel(space)) }] });
    const [delivery] = ended.json<Answer>().deliveries;
    expect(delivery).toMatchObject({ state: "published", url: fourth?.url });
    expect((await run(["posts", "delete", delivery?.id ?? "", "--yes"], { env: space.env })).code).toBe(0);
    expect((await timeline(space)).map(({ text }) => text)).toEqual(["Film", "Two", "Our menu"]);
  });

  it("writes the first comment under its post", async () => {
    const space = await connected();
    expect((await publish(space, "Fresh rye", "--first-comment", "Order at example.com")).code).toBe(0);
    const [comment, post] = await timeline(space);
    expect(comment).toMatchObject({ text: "Order at example.com", replyTo: post?.id });
  });

  it("leaves the time to Facebook", async () => {
    const space = await connected();
    const late = await publish(space, "Later", "--option", "publish-at=+40d");
    expect(late.code).toBe(7);
    expect(late.stderr).toContain("--at");
    const talking = ["--option", "publish-at=+3h", "--first-comment", "Soon", "--dry-run"];
    expect(await publish(space, "Later", ...talking)).toMatchObject({ code: 7 });
    // Checked before a delivery is written down.
    expect((await run(["posts", "list", "--json"], { env: space.env })).json()).toEqual({ posts: [] });
    expect(await publish(space, "Tomorrow", "--option", "facebook.publish-at=in 24 hours")).toMatchObject({ code: 0 });
    expect(await timeline(space)).toEqual([]);
    await advance(space, 25 * 3600);
    expect(await timeline(space)).toMatchObject([{ text: "Tomorrow" }]);
  });

  it("finds a post whose answer was lost, and does not send it twice", async () => {
    const space = await connected();
    const path = `/v26.0/${ids.bakery}/feed`;
    await orderFault(space.sandbox, { platform: "facebook", method: "POST", path, fault: "drop-after" });
    const ended = await publish(space, "Fresh rye", "--image", mediaFile("photo.jpg"), "--json");
    expect(ended.code).toBe(0);
    const posts = await timeline(space);
    expect(posts).toHaveLength(1);
    expect(ended.json<Answer>().deliveries).toMatchObject([{ state: "published", url: posts[0]?.url }]);
  });

  it("waits as long as Facebook says, before it asks again", async () => {
    const space = await connected();
    const fault = { kind: "error", name: "business-limit" };
    await orderFault(space.sandbox, { platform: "facebook", method: "POST", path: "/v26.0/*", fault });
    expect((await publish(space, "One")).code).toBe(6);
    const second = await publish(space, "Two");
    expect(second.code).toBe(6);
    expect(second.stderr).toMatch(/to be asked nothing .* Meta's limit is reached for 7 min/);
    expect(await requests(space, "POST", "/feed")).toBe(1);
  });

  it("gets a Page a new token where the one it has is refused, and says who must act where there is none", async () => {
    const space = await connected();
    const refused = {
      platform: "facebook",
      method: "POST",
      path: "/v26.0/*",
      fault: { kind: "error", name: "token-invalid" },
    };
    await orderFault(space.sandbox, refused);
    expect((await publish(space, "Once more")).code).toBe(0);
    await fetch(`${space.sandbox.url}/_sandbox/revoke`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: "facebook" }),
    });
    const dead = await publish(space, "Never");
    expect(dead.code).toBe(4);
    expect(dead.stderr).toContain("agencyiq connect facebook");
  });
});

/** A film that plays, and behind it a box of so many bytes that players skip; of those, the disk holds nothing. */
function film({ folder }: Sandboxed, bytes: number): string {
  const path = join(folder, "film.mp4");
  copyFileSync(mediaFile("film.mp4"), path);
  const { length } = readFileSync(path);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(bytes - length);
  head.write("free", 4);
  writeSync(openSync(path, "a"), head);
  truncateSync(path, bytes);
  return path;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** The most that a process has held so far, in bytes; what it was when the process ended. */
function watchMemory({ child }: Started): () => number {
  let peak = 0;
  const look = () => {
    try {
      const [, kilobytes = "0"] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      peak = Math.max(peak, Number(kilobytes) * 1024);
    } catch {
      clearInterval(timer);
    }
  };
  const timer = setInterval(look, 20);
  onTestFinished(() => clearInterval(timer));
  return () => peak;
}

const gibibyte = 1024 ** 3;

describe("a video of a GiB", () => {
  it("is sent in less than 150 MB; killed half-way, it goes on where it was", { timeout: 300_000 }, async () => {
    const space = await connected();
    const path = film(space, gibibyte);
    const args = ["publish", "--platform", "facebook", "--key", "film", "How it is made", "--video", path];
    const shown = [...args, "--json", "--progress"];
    const killed = await start(shown, { env: space.env, timeout: 120_000 });
    const first = watchMemory(killed);
    await killed.line(/"done":[5-9]\d{8}/);
    killed.kill("SIGKILL");
    expect((await killed.ended).signal).toBe("SIGKILL");
    expect(await timeline(space)).toEqual([]);
    const again = await start(shown, { env: space.env, timeout: 120_000 });
    const second = watchMemory(again);
    const ended = await again.ended;
    expect(ended.code).toBe(0);
    const done = ended.stdout.split("\n").flatMap((line) => /"done":(\d+)/.exec(line)?.[1] ?? []);
    // Where it was, and not from its beginning.
    expect(Number(done[0])).toBeGreaterThan(400_000_000);
    expect(Number(done.at(-1))).toBe(gibibyte);
    expect(await requests(space, "POST", "/uploads")).toBe(1);
    expect(await requests(space, "GET", "/upload:")).toBe(1);
    expect(await timeline(space)).toMatchObject([
      { text: "How it is made", media: [{ bytes: gibibyte, sha256: await digestOf(path) }] },
    ]);
    for (const peak of [first(), second()]) {
      expect(peak).toBeGreaterThan(30_000_000);
      expect(peak).toBeLessThan(150_000_000);
    }
  });
});
