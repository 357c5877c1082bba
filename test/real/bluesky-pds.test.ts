/** Bluesky's own PDS, through the built binary: app passwords, sessions, and posts as the server has them. */
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { run, start, type Workspace, workspace } from "../e2e/command.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { startProxy } from "./pds/proxy.ts";
import { type Person, type RealPds, startPds } from "./pds/server.ts";

// A server and a dozen processes, on a machine that does other things as well.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const approve = fileURLToPath(new URL("pds/approve.mjs", import.meta.url));

let pds: RealPds;
let ada: Person;
let grace: Person;

beforeAll(async () => {
  pds = await startPds();
  [ada, grace] = [await pds.person("ada"), await pds.person("grace")];
});

afterAll(() => pds.close());

interface Answer {
  readonly deliveries: readonly { id: string; state: string; url: string; error: { code: string; message: string } }[];
}

function connect({ env }: Workspace, person: Person, { password = person.appPassword, instance = pds.url } = {}) {
  const place = ["--instance", instance, "--set", `handle=${person.handle}`];
  return run(["connect", "bluesky", ...place, "--token-stdin", "--json"], { env, stdin: `${password}\n` });
}

const publish = ({ env }: Workspace, ...args: string[]) =>
  run(["publish", "--platform", "bluesky", "--json", ...args], { env });

/** What the bytes of a text are that a facet points to. */
function marked(value: { text: string; facets?: readonly { index: Record<string, number>; features: unknown[] }[] }) {
  const bytes = Buffer.from(value.text);
  return (value.facets ?? []).map(({ index, features }) => [
    bytes.subarray(index["byteStart"], index["byteEnd"]).toString(),
    features[0],
  ]);
}

test("an app password connects; its session is renewed, opened anew where it is dead, and ends with the app password", async () => {
  const space = workspace();
  const { env } = space;
  const wrong = await connect(space, ada, { password: "aaaa-bbbb-cccc-dddd" });
  expect(wrong.code).toBe(4);
  expect(wrong.stdout).toContain("the handle or the app password is wrong");
  expect(await connect(space, ada)).toMatchObject({ code: 0, stderr: "" });
  const status = await run(["tokens", "status", "--live", "--json"], { env });
  expect(status.stdout).toContain(`answers as @${ada.handle}`);

  const refresh = () => run(["tokens", "refresh", "--force", "--json", "bluesky"], { env });
  expect((await refresh()).json()).toMatchObject({ results: [{ outcome: "refreshed" }] });
  pds.forgetSessions();
  expect((await refresh()).json()).toMatchObject({ results: [{ outcome: "refreshed" }] });

  const revoked = { json: { name: "agencyiq" }, token: ada.accessJwt };
  await pds.ask("com.atproto.server.revokeAppPassword", revoked);
  const ended = await refresh();
  expect(ended.code).toBe(4);
  expect(ended.stdout).toContain("needs_reauth");
});

test("the main password is taken, and said to be it", async () => {
  const connected = await connect(workspace(), grace, { password: grace.password });
  expect(connected.code).toBe(0);
  expect(connected.stderr).toContain("looks like the account's main password");
});

test("a text is public with its links, mentions and hashtags where they stand", async () => {
  const space = workspace();
  await connect(space, grace);
  const text = `👩‍👩‍👧‍👦 cafe\u0301 日本語 @${ada.handle} (see https://example.org/a_(b)?q=ä). Über #Straße_1, #日本語! @nobody-here.test`;
  const ended = await publish(space, text, "--language", "de", "--tag", "hidden");
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  const [post] = await pds.posts(grace);
  expect(post?.value).toMatchObject({ text, langs: ["de"], tags: ["hidden"] });
  expect(marked(post?.value)).toEqual([
    [`@${ada.handle}`, { $type: "app.bsky.richtext.facet#mention", did: ada.did }],
    ["https://example.org/a_(b)?q=ä", { $type: "app.bsky.richtext.facet#link", uri: "https://example.org/a_(b)?q=ä" }],
    ["#Straße_1", { $type: "app.bsky.richtext.facet#tag", tag: "Straße_1" }],
    ["#日本語", { $type: "app.bsky.richtext.facet#tag", tag: "日本語" }],
  ]);
  const [delivery] = ended.json<Answer>().deliveries;
  expect(delivery?.url).toBe(`https://bsky.app/profile/${grace.did}/post/${post?.uri.split("/").at(-1)}`);
  expect((await run(["posts", "delete", delivery?.id ?? "", "--yes"], { env: space.env })).code).toBe(0);
  expect(await pds.posts(grace)).toEqual([]);
});

test("pictures without their metadata, a card, a quote, a reply, a thread and a video", async () => {
  const space = workspace();
  await connect(space, grace);
  const told = await publish(
    space,
    "Turned",
    "--image",
    mediaFile("turned.jpg"),
    "--alt",
    "A test card",
    "--image",
    mediaFile("picture.png"),
  );
  expect(told).toMatchObject({ code: 0, stderr: "" });
  const [pictures] = await pds.posts(grace);
  expect(pictures?.value.embed).toMatchObject({
    $type: "app.bsky.embed.images",
    images: [{ alt: "A test card", aspectRatio: expect.anything(), image: { mimeType: "image/jpeg" } }, { alt: "" }],
  });
  const cid = pictures?.value.embed.images[0].image.ref.$link;
  const blob = await fetch(`${pds.url}/xrpc/com.atproto.sync.getBlob?${new URLSearchParams({ did: grace.did, cid })}`);
  const bytes = Buffer.from(await blob.arrayBuffer());
  expect(bytes.length).toBe(pictures?.value.embed.images[0].image.size);
  expect(bytes.includes("Exif")).toBe(true);
  expect(bytes.includes("GPS")).toBe(false);

  const url = told.json<Answer>().deliveries[0]?.url ?? "";
  const thread = await publish(
    space,
    "One",
    "--reply-to",
    url,
    "--quote",
    url,
    "--link",
    "https://example.org/page",
    "--title",
    "A page",
    "--then",
    "Two",
    "--then",
    "Three",
    "--video",
    mediaFile("film.mp4"),
    "--alt",
    "It plays",
  );
  expect(thread).toMatchObject({ code: 0, stderr: "" });
  const [three, two, one] = await pds.posts(grace);
  const reference = { uri: pictures?.uri, cid: pictures?.cid };
  expect(one?.value).toMatchObject({
    reply: { root: reference, parent: reference },
    embed: {
      $type: "app.bsky.embed.recordWithMedia",
      record: { record: reference },
      media: { external: { uri: "https://example.org/page", title: "A page", description: "" } },
    },
  });
  expect(two?.value).toMatchObject({ reply: { root: reference, parent: { uri: one?.uri, cid: one?.cid } } });
  expect(three?.value).toMatchObject({
    reply: { root: reference, parent: { uri: two?.uri, cid: two?.cid } },
    embed: { $type: "app.bsky.embed.video", alt: "It plays", video: { mimeType: "video/mp4" } },
  });
});

test("a process that is killed before the answer is stored posts once", async () => {
  const proxy = await startProxy(pds.url);
  const space = workspace();
  const once = await pds.person("once-only");
  await connect(space, once, { instance: proxy.url });
  const started = await start(["publish", "--platform", "bluesky", "Once", "--key", "k1"], { env: space.env });
  proxy.swallow("/xrpc/com.atproto.repo.putRecord", () => started.kill("SIGKILL"));
  expect((await started.ended).signal).toBe("SIGKILL");
  const [first] = await pds.posts(once);
  expect(first?.value.text).toBe("Once");
  const again = await publish(space, "Once", "--key", "k1");
  expect(again).toMatchObject({ code: 0 });
  expect(again.json<Answer>().deliveries).toMatchObject([{ state: "published" }]);
  expect(await pds.posts(once)).toEqual([first]);
  await proxy.close();
});

test("OAuth: a pushed request and a bound key; it refreshes, posts, and is a second credential of the same account", async () => {
  const space = workspace({ BROWSER: `${process.execPath} ${approve}` });
  const person = await pds.person("two-keys");
  const env = { ...space.env, PDS_HANDLE: person.handle, PDS_PASSWORD: person.password };
  const oauth = ["connect", "bluesky", "--credential", "oauth", "--instance", pds.url];
  expect(await run(oauth, { env })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`bluesky/${person.handle}`),
  });
  const refreshed = await run(["tokens", "refresh", "--force", "--json", "bluesky"], { env });
  expect(refreshed.json()).toMatchObject({ results: [{ outcome: "refreshed" }] });
  const published = await publish(space, "Signed #proof", "--image", mediaFile("photo.jpg"), "--then", "Again");
  expect(published).toMatchObject({ code: 0, stderr: "" });
  expect((await pds.posts(person)).map(({ value }) => value.text)).toEqual(["Again", "Signed #proof"]);

  await connect(space, person);
  const { accounts } = (await run(["tokens", "status", "--json"], { env })).json<{ accounts: unknown[] }>();
  expect(accounts).toMatchObject([{ account: `bluesky/${person.handle}`, credential: "app-password" }]);
  const gone = await run(["disconnect", `bluesky/${person.handle}`, "--yes", "--json"], { env });
  expect(gone).toMatchObject({ code: 0, stdout: expect.stringContaining('"revoked":true') });
});
