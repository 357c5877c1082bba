/** LinkedIn with the built program: both ways in, posts of every kind, a video that was killed, a copy, a deletion. */
import { createHash } from "node:crypto";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { organizationsOf } from "../../src/sandbox/linkedin/people.ts";
import { defaultPeople } from "../../src/sandbox/options.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { timelineOf } from "../sandbox/linkedin-client.ts";
import { type Ended, freePort, run, start } from "./command.ts";
import { orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

const [acme] = defaultPeople;
const organizations = acme ? organizationsOf(acme) : [];
const urns = organizations.map(({ id }) => `urn:li:organization:${id}`);

/** Both developer apps from the environment; their redirect URI is registered. */
async function linkedin(more: Readonly<Record<string, string>> = {}): Promise<Sandboxed> {
  const port = await freePort();
  const space = await sandboxed({ registerRedirectUris: [`http://127.0.0.1:${port}/callback/linkedin`] });
  onTestFinished(() => space.sandbox.close());
  const env = {
    ...space.env,
    AGENCYIQ_LINKEDIN_CLIENT_ID: "sandbox-linkedin-client",
    AGENCYIQ_LINKEDIN_CLIENT_SECRET: "sandbox-linkedin-secret",
    AGENCYIQ_LINKEDIN_ORGANIZATION_CLIENT_ID: "sandbox-linkedin-pages",
    AGENCYIQ_LINKEDIN_ORGANIZATION_CLIENT_SECRET: "sandbox-linkedin-pages-secret",
    ...more,
  };
  return { ...space, port, env };
}

const connect = ({ env, port }: Sandboxed, ...more: string[]): Promise<Ended> =>
  run(["connect", "linkedin", "--port", String(port), ...more], { env });

async function connected(...more: string[]): Promise<Sandboxed> {
  const space = await linkedin();
  const ended = await connect(space, ...more);
  if (ended.code !== 0) throw new Error(`${ended.stdout}${ended.stderr}`);
  return space;
}

const publish = ({ env }: Sandboxed, ...args: string[]) =>
  run(["publish", "--platform", "linkedin", ...args], { env, timeout: 60_000 });

const shown = ({ sandbox }: Sandboxed) => timelineOf(sandbox);

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

interface Answer {
  readonly deliveries: readonly {
    readonly id: string;
    readonly state: string;
    readonly url: string;
    readonly error: { readonly code: string } | null;
  }[];
}

async function requests({ sandbox }: Sandboxed, method: string, beginning: string): Promise<number> {
  const answer = await fetch(`${sandbox.url}/_sandbox/requests?platform=linkedin`);
  const { requests: all } = (await answer.json()) as {
    requests: { method: string; path: string; status: number | null }[];
  };
  return all.filter(
    (each) => each.method === method && each.path.startsWith(beginning) && each.status !== null && each.status < 300,
  ).length;
}

describe("connecting", () => {
  it("as a member: the token has no refresh token, and that is said", async () => {
    const space = await linkedin();
    const ended = await connect(space);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("linkedin/acme-bakery");
    const status = await run(["tokens", "status", "--live", "--json"], { env: space.env });
    const { accounts } = status.json<{ accounts: { refreshable: boolean; live: { ok: boolean; detail: string } }[] }>();
    expect(accounts).toMatchObject([
      { refreshable: false, live: { ok: true, detail: expect.stringContaining("the token is active") } },
    ]);
  });

  it("as organizations: those are chosen among that the member may post for, with an app of their own", async () => {
    const space = await linkedin();
    const ended = await connect(space, "--credential", "organization", "--select", urns[1] ?? "", "--json");
    expect(ended.code).toBe(0);
    const accounts = (await run(["accounts", "list", "--json"], { env: space.env })).json<{
      accounts: { handle: string; name: string }[];
    }>();
    expect(accounts.accounts).toMatchObject([{ handle: "acme-jobs", name: "Acme Bakery Jobs" }]);
    const refused = await connect(space, "--credential", "organization", "--select", urns[2] ?? "");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain("ANALYST");
    expect((await run(["tokens", "refresh", "--all", "--force"], { env: space.env })).code).toBe(0);
  });

  it("the app for Pages may be stored as the other one is", async () => {
    const { env: given, ...space } = await linkedin();
    const env = Object.fromEntries(Object.entries(given).filter(([name]) => !name.startsWith("AGENCYIQ_LINKEDIN_")));
    const missing = await connect({ ...space, env }, "--credential", "organization");
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain("agencyiq apps set linkedin --credential organization");
    const store = (stdin: string, ...args: string[]) =>
      run(["apps", "set", "linkedin", "--secret-stdin", ...args], { env, stdin });
    expect((await store("sandbox-linkedin-secret", "--client-id", "sandbox-linkedin-client")).code).toBe(0);
    const pages = ["--credential", "organization", "--client-id", "sandbox-linkedin-pages"];
    expect((await store("sandbox-linkedin-pages-secret", ...pages)).code).toBe(0);
    expect((await connect({ ...space, env })).code).toBe(0);
    expect((await connect({ ...space, env }, "--credential", "organization", "--select", "all")).code).toBe(0);
    const accounts = (await run(["accounts", "list", "--json"], { env })).json<{ accounts: { handle: string }[] }>();
    expect(accounts.accounts.map(({ handle }) => handle).sort()).toEqual(["acme", "acme-bakery", "acme-jobs"]);
    const live = await run(["tokens", "status", "--live", "--json"], { env });
    expect(live.json<{ accounts: { live: { ok: boolean } }[] }>().accounts.map((each) => each.live.ok)).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("a token that LinkedIn's servers do not all know yet is presented again", async () => {
    const space = await linkedin();
    const fault = { kind: "error", name: "access-token-revoked" };
    await orderFault(space.sandbox, { platform: "linkedin", path: "/v2/userinfo", times: 2, fault });
    expect(await connect(space)).toMatchObject({ code: 0 });
  });

  it("disconnecting ends the token at LinkedIn", async () => {
    const space = await connected();
    expect((await run(["disconnect", "linkedin", "--yes"], { env: space.env })).code).toBe(0);
    expect(await requests(space, "POST", "/oauth/v2/revoke")).toBe(1);
  });
});

describe("posts of a member", () => {
  it("text, link, pictures, document, poll, reshare, first comment, for a few or for all", {
    timeout: 120_000,
  }, async () => {
    const space = await connected();
    const [photo, picture, pdf] = [mediaFile("photo.jpg"), mediaFile("picture.png"), mediaFile("three-pages.pdf")];
    const first = await publish(space, "Fresh (rye) #bread", "--visibility", "connections", "--json");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    const { url = "" } = first.json<Answer>().deliveries[0] ?? {};
    const posts: string[][] = [
      ["Read", "--link", "https://example.com/bread", "--title", "Bread", "--option", `linkedin.thumbnail=${photo}`],
      ["One", "--image", photo, "--alt", "A loaf"],
      ["Two", "--image", photo, "--image", picture],
      ["Menu", "--document", pdf, "--title", "Our menu"],
      ["Which?", "--poll", "Rye", "--poll", "Spelt", "--poll-minutes", "1440"],
      ["Look", "--quote", url],
      ["Said", "--first-comment", "More (here)"],
    ];
    for (const post of posts) expect(await publish(space, ...post)).toMatchObject({ code: 0, stderr: "" });
    expect(await shown(space)).toMatchObject([
      { text: "More (here)", replyTo: expect.stringMatching(/^urn:li:share:/) },
      { text: "Said" },
      { text: "Look", quotes: expect.stringMatching(/^urn:li:share:/) },
      { title: "Which?", poll: { options: ["Rye", "Spelt"] } },
      { text: "Menu", document: { title: "Our menu", sha256: sha256(pdf) } },
      { text: "Two", media: [{ sha256: sha256(photo) }, { sha256: sha256(picture) }] },
      { text: "One", media: [{ alt: "A loaf" }] },
      { text: "Read", link: "https://example.com/bread", title: "Bread", media: [{ sha256: sha256(photo) }] },
      { text: "Fresh (rye) #bread", visibility: "CONNECTIONS" },
    ]);
  });

  it("the same again is refused with the first one's name, and a deleted one is gone", async () => {
    const space = await connected();
    const first = (await publish(space, "Hello", "--json")).json<Answer>().deliveries[0];
    const again = await publish(space, "Hello");
    expect(again.code).toBe(7);
    expect(again.stderr).toContain("LinkedIn has this very post already");
    expect((await run(["posts", "delete", first?.id ?? "", "--yes"], { env: space.env })).code).toBe(0);
    expect(await shown(space)).toEqual([]);
  });

  it("a lost answer is asked for again, and names the one post there is", { timeout: 60_000 }, async () => {
    const space = await connected();
    await orderFault(space.sandbox, { platform: "linkedin", method: "POST", path: "/rest/posts", fault: "drop-after" });
    const ended = await publish(space, "Once and for all", "--json");
    const posts = await shown(space);
    expect(posts).toHaveLength(1);
    expect(ended.json<Answer>().deliveries).toMatchObject([
      { state: "published", url: `https://www.linkedin.com/feed/update/${posts[0]?.["id"]}/` },
    ]);
    expect(await requests(space, "POST", "/rest/posts")).toBe(0);
  });

  it("a copy of an older post is no proof that this one went out", { timeout: 60_000 }, async () => {
    const space = await connected();
    expect((await publish(space, "Same")).code).toBe(0);
    await sleep(11_000);
    await orderFault(space.sandbox, {
      platform: "linkedin",
      method: "POST",
      path: "/rest/posts",
      fault: "drop-before",
    });
    const ended = await publish(space, "Same", "--json");
    expect(ended.code).toBe(9);
    expect(ended.json<Answer>().deliveries).toMatchObject([
      {
        state: "unknown",
        url: null,
        error: {
          code: "delivery_unknown",
          message: expect.stringContaining("Content is a duplicate of urn:li:share:"),
        },
      },
    ]);
    expect(await shown(space)).toHaveLength(1);
  });

  it("used up for the day: it goes out after midnight UTC", async () => {
    const space = await connected();
    const fault = { kind: "error", name: "throttled" };
    await orderFault(space.sandbox, { platform: "linkedin", method: "POST", path: "/rest/posts", fault });
    const before = Date.now();
    const ended = await publish(space, "Later", "--json");
    expect(ended.code).toBe(6);
    const [delivery] = ended.json<{ deliveries: { state: string; nextAttemptAt: string }[] }>().deliveries;
    const midnight = (Math.floor(before / 86_400_000) + 1) * 86_400_000;
    expect(delivery?.state).toBe("retrying");
    expect(Math.abs(Date.parse(delivery?.nextAttemptAt ?? "") - midnight)).toBeLessThan(3000);
  });

  it("a version of the API that has ended is no matter of connecting again", async () => {
    const space = await connected();
    const env = { ...space.env, AGENCYIQ_LINKEDIN_API_VERSION: "202511" };
    const ended = await publish({ ...space, env }, "Old");
    expect(ended.stderr).toContain("this version of LinkedIn's API has ended");
    expect(ended.stderr).not.toContain("agencyiq connect");
    expect(await publish(space, "New")).toMatchObject({ code: 0 });
  });
});

describe("a video", () => {
  /** A film of four seconds, and behind it a box of so many bytes that players skip; of those, the disk holds nothing. */
  function film({ folder }: Sandboxed, bytes: number): string {
    const path = join(folder, "film.mp4");
    const played = readFileSync(mediaFile("film.mp4"));
    for (let at = played.indexOf("mdhd"); at >= 0; at = played.indexOf("mdhd", at + 4)) {
      played.writeUInt32BE(played.readUInt32BE(at + 16) / 2, at + 16);
    }
    const head = Buffer.alloc(8);
    head.writeUInt32BE(bytes - played.length);
    head.write("free", 4);
    writeFileSync(path, Buffer.concat([played, head]));
    truncateSync(path, bytes);
    return path;
  }

  it("that was killed half-way goes on where it was, by an organization", { timeout: 120_000 }, async () => {
    const space = await connected("--credential", "organization", "--select", urns[0] ?? "");
    const path = film(space, 100_000_000);
    const args = ["publish", "--platform", "linkedin", "--key", "film", "How it is made", "--video", path];
    const killed = await start(args, { env: space.env, timeout: 60_000 });
    while (killed.child.exitCode === null && (await requests(space, "PUT", "/dms-uploads/")) < 10) await sleep(20);
    expect(killed.child.exitCode).toBeNull();
    killed.kill("SIGKILL");
    expect((await killed.ended).signal).toBe("SIGKILL");
    expect(await shown(space)).toEqual([]);
    expect(await run(args, { env: space.env, timeout: 60_000 })).toMatchObject({ code: 0, stderr: "" });
    // 24 parts. The one that was under way when it was killed may be there twice.
    expect(await requests(space, "PUT", "/dms-uploads/")).toBeLessThanOrEqual(25);
    expect(await shown(space)).toMatchObject([
      {
        text: "How it is made",
        author: { handle: "acme", name: "Acme Bakery" },
        media: [{ kind: "video", bytes: 100_000_000, sha256: sha256(path) }],
      },
    ]);
  });
});
