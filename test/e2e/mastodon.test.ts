/** The built binary against two Mastodon servers: one of today, and one of years ago with limits of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { timelineOf } from "../sandbox/linkedin-client.ts";
import { MastodonClient, old, today } from "../sandbox/mastodon-client.ts";
import { type Ended, freePort, run, runOnTerminal, start } from "./command.ts";
import { approve, orderFault, type Sandboxed } from "./sandboxed.ts";

let space: Pick<Sandboxed, "sandbox" | "env">;
let folder: string;
// One vault for the whole file: what is connected in its first test is used by the others.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agencyiq-mastodon-"));
  const sandbox = await startSandbox({ port: 0, clock, random });
  const env = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    TZ: "UTC",
    AGENCYIQ_HOME: join(folder, "home"),
    AGENCYIQ_KEY_FILE: join(folder, "key"),
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    BROWSER: `${process.execPath} ${approve}`,
  };
  space = { sandbox, env };
});
afterAll(async () => {
  await space.sandbox.close();
  rmSync(folder, { recursive: true, force: true });
});

async function mastodon(args: readonly string[], more: Record<string, string> = {}, stdin?: string): Promise<Ended> {
  return run(args, { env: { ...space.env, ...more }, timeout: 60_000, ...(stdin === undefined ? {} : { stdin }) });
}

const connect = async (server: string, person = "acme", ...more: string[]) =>
  mastodon(["connect", "mastodon", "--instance", server, "--port", String(await freePort()), ...more], {
    SANDBOX_PERSON: person,
  });

const publish = (account: string, ...args: string[]) => mastodon(["publish", "--account", account, ...args]);

const newest = async () => (await timelineOf(space.sandbox))[0];

async function appsMade(host: string): Promise<number> {
  const answer = await fetch(`${space.sandbox.url}/_sandbox/requests?platform=mastodon`);
  const { requests } = (await answer.json()) as { requests: { host: string; path: string; status: number }[] };
  return requests.filter((each) => each.host === host && each.path === "/api/v1/apps" && each.status === 200).length;
}

interface Delivered {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string }[];
}

describe("connecting", () => {
  it("registers itself once at a server, for every account there", { timeout: 60_000 }, async () => {
    const first = await connect(today);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout + first.stderr).toContain("agencyiq registered itself at https://mastodon.social");
    expect(first.stdout).toContain("mastodon/acme@mastodon.social");
    // However the server is named.
    const second = await connect("@globex@mastodon.social", "globex");
    expect(second).toMatchObject({ code: 0 });
    expect(second.stdout + second.stderr).not.toContain("registered itself");
    expect(await appsMade(today)).toBe(1);
    const answers = [
      { after: /Open https:\/\/joinmastodon\.org/, type: "n\r" },
      { after: /Which server is the account at\?/, type: `https://${old}/@acme\r` },
    ];
    const older = await runOnTerminal(["setup", "mastodon"], answers, { env: space.env, timeout: 60_000 });
    expect(older.stdout).toContain("mastodon/acme@bakers.example");
    expect(await appsMade(old)).toBe(1);
    const status = await mastodon(["tokens", "status", "--live", "--json"]);
    const { accounts } = status.json<{ accounts: { address: string; live: { ok: boolean; detail: string } }[] }>();
    expect(accounts.map(({ live }) => live.ok)).toEqual([true, true, true]);
    const shown = await mastodon(["accounts", "show", "mastodon/acme@bakers.example"]);
    expect(shown.stdout).toMatch(/^characters +1000$/m);
    expect(shown.stdout).toMatch(/^version +3\.5\.19$/m);
  });

  it("a code that the server shows is pasted; a token of one's own, too", { timeout: 60_000 }, async () => {
    const brand = ["--brand", "manual"];
    const attempt = await start(["connect", "mastodon", "--instance", today, "--manual", "--json", ...brand], {
      env: space.env,
      stdin: null,
    });
    const address = await attempt.line(/"event":"authorize"/);
    const { url, redirectUri } = JSON.parse(address) as { url: string; redirectUri: string };
    expect(redirectUri).toBe("urn:ietf:wg:oauth:2.0:oob");
    attempt.child.stdin?.end(`${await codeShown(url)}\n`);
    expect(await attempt.ended).toMatchObject({ code: 0 });
    const pasted = ["--credential", "token", "--token-stdin", "--brand", "pasted"];
    const token = await mastodon(
      ["connect", "mastodon", "--instance", today, ...pasted],
      {},
      "sandbox-mastodon-token-of-acme",
    );
    expect(token).toMatchObject({ code: 0, stderr: "" });
    expect(await publish("pasted:mastodon", "By hand")).toMatchObject({ code: 0, stderr: "" });
  });

  it("an app that somebody made by hand is taken as it is", { timeout: 60_000 }, async () => {
    const made = await new MastodonClient(space.sandbox, old).register();
    const app = [
      "apps",
      "set",
      "mastodon",
      "--instance",
      `@me@${old}`,
      "--client-id",
      made.client_id,
      "--secret-stdin",
    ];
    expect(await mastodon(app, {}, made.client_secret)).toMatchObject({ code: 0 });
    const before = await appsMade(old);
    expect(await connect(old, "globex")).toMatchObject({ code: 0 });
    expect(await appsMade(old)).toBe(before);
  });

  it("says what is wrong with a server", { timeout: 60_000 }, async () => {
    const refused = await connect("api.x.com");
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("api.x.com is no Mastodon server") });
    const misnamed = await mastodon(["connect", "mastodon", "--issuer", "https://mastodon.social"]);
    expect(misnamed).toMatchObject({ code: 2, stderr: expect.stringContaining("--instance") });
  });
});

/** As a person does who approves and reads the code off the page. */
async function codeShown(url: string): Promise<string> {
  const page = await (await fetch(url)).text();
  const [, request = ""] = /name="request" value="([^"]+)"/.exec(page) ?? [];
  const form = new URLSearchParams({ request, decision: "approve", person: "acme" });
  const shown = await (await fetch(url.replace(/\?.*/, ""), { method: "POST", body: form })).text();
  return /id="code" readonly value="([^"]+)"/.exec(shown)?.[1] ?? "";
}

describe("posts", () => {
  const account = "mastodon/acme@mastodon.social";
  const older = "mastodon/acme@bakers.example";

  it("everything that a status can be", { timeout: 60_000 }, async () => {
    const first = await publish(account, "Fresh rye", "--visibility", "unlisted", "--json");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const { url = "" } = first.json<Delivered>().deliveries[0] ?? {};
    expect(await newest()).toMatchObject({ text: "Fresh rye", visibility: "unlisted", url });
    const [photo, picture, film] = ["photo.jpg", "picture.png", "film.mp4"].map(mediaFile);
    const posts = [
      `images:\n  - {file: ${photo}, alt: A loaf}\n  - {file: ${picture}, alt: A cake}\n---\nTwo`,
      `video: ${film}\nthumbnail: ${photo}\n---\nFilm`,
      "poll: {options: [Rye, Spelt], minutes: 60}\n---\nWhich?",
      `reply-to: ${url}\nmastodon: {spoiler: Food}\n---\nBehind`,
      "link: https://example.com/bread\n---\nOne\n---\nAnd another",
    ].map((post, index) => {
      const path = join(folder, `${index}.md`);
      writeFileSync(path, `---\n${post}\n`);
      return path;
    });
    expect(await mastodon(["publish", "--account", account, ...posts])).toMatchObject({ code: 0, stderr: "" });
    const shown = await timelineOf(space.sandbox);
    const find = (text: string) => shown.find((post) => post["text"] === text);
    expect(find("Two")).toMatchObject({ media: [{ alt: "A loaf" }, { alt: "A cake" }] });
    expect(find("Film")).toMatchObject({ media: [{ kind: "video" }] });
    expect(find("Which?")).toMatchObject({ poll: { options: ["Rye", "Spelt"] } });
    expect(find("Behind")).toMatchObject({ title: "Food", replyTo: url.split("/").at(-1) });
    const opening = find("One https://example.com/bread");
    expect(find("And another")).toMatchObject({ replyTo: opening?.["id"] });
  });

  it("each server has its own limits", { timeout: 60_000 }, async () => {
    const long = "a".repeat(700);
    const both = await mastodon(["publish", "--account", account, "--account", older, long, "--dry-run"]);
    expect(both.code).toBe(7);
    expect(both.stderr).toContain("200 more than Mastodon allows (500)");
    expect(both.stderr).not.toContain("bakers");
    expect(await publish(older, long)).toMatchObject({ code: 0 });
    const three = ["photo.jpg", "picture.png", "square.jpg"].flatMap((name) => ["--image", mediaFile(name)]);
    const much = await publish(older, "Three", ...three, "--quote", "1");
    expect(much.stderr).toContain("takes at most 2");
    expect(much.stderr).toContain("takes no quotes");
  });

  it("a lost answer is asked for again, and there is one status", { timeout: 60_000 }, async () => {
    const before = (await timelineOf(space.sandbox)).length;
    await orderFault(space.sandbox, {
      platform: "mastodon",
      method: "POST",
      path: "/api/v1/statuses",
      fault: "drop-after",
    });
    const ended = await publish(account, "Once and for all", "--json");
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.json<Delivered>().deliveries).toMatchObject([{ state: "published" }]);
    expect(await timelineOf(space.sandbox)).toHaveLength(before + 1);
  });

  it("the server publishes it later, unless it is taken away before", { timeout: 60_000 }, async () => {
    const before = (await timelineOf(space.sandbox)).length;
    const later = await publish(account, "Later", "--option", "mastodon.publish-at=in 2h", "--json");
    expect(later).toMatchObject({ code: 0 });
    const [delivery] = later.json<Delivered>().deliveries;
    expect(delivery?.url).toBe("https://mastodon.social/@acme");
    expect(await timelineOf(space.sandbox)).toHaveLength(before);
    expect(await mastodon(["posts", "delete", delivery?.id ?? "", "--yes"])).toMatchObject({ code: 0 });
  });

  it("a token that was ended at the server is told, and connecting again mends it", { timeout: 60_000 }, async () => {
    await orderFault(space.sandbox, {
      platform: "mastodon",
      method: "POST",
      path: "/api/v1/statuses",
      fault: "revoke",
    });
    const refused = await publish("mastodon/globex@mastodon.social", "Not now");
    expect(refused).toMatchObject({ code: 4 });
    expect(refused.stderr).toContain("agencyiq connect mastodon --instance https://mastodon.social");
  });
});

it("a server that has forgotten the app: another one is made, and disconnecting ends the token", {
  timeout: 60_000,
}, async () => {
  await fetch(`${space.sandbox.url}/_sandbox/reset`, { method: "POST" });
  const again = await connect(today, "acme", "--brand", "default");
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout + again.stderr).toContain("knows the app that agencyiq made there no more");
  expect(await publish("mastodon/acme@mastodon.social", "Back")).toMatchObject({ code: 0 });
  expect(await mastodon(["disconnect", "mastodon/acme@mastodon.social", "--yes"])).toMatchObject({ code: 0 });
  const answer = await fetch(`${space.sandbox.url}/_sandbox/requests?platform=mastodon`);
  const { requests } = (await answer.json()) as { requests: { path: string; status: number }[] };
  expect(requests.filter(({ path, status }) => path === "/oauth/revoke" && status === 200)).toHaveLength(1);
});
