import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hours, minutes } from "../../src/domain/time.ts";
import { limitsFor } from "../../src/platforms/mastodon/instance.ts";
import { originOf } from "../../src/platforms/mastodon/servers.ts";
import { mastodon } from "../../src/platforms/mastodon.ts";
import type { Api, Message } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { timelineOf } from "../sandbox/linkedin-client.ts";
import { old, today } from "../sandbox/mastodon-client.ts";
import { type ConnectedMastodon, connectedMastodon, publish } from "./connected-mastodon.ts";
import { mediaFile, message, rememberedSteps } from "./connected-x.ts";

let sandbox: Sandbox;
let here: ConnectedMastodon;
let there: ConnectedMastodon;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
  here = await connectedMastodon(sandbox);
  there = await connectedMastodon(sandbox, old);
});
beforeEach(() => {
  for (const { sent, waits } of [here, there]) for (const list of [sent, waits]) list.length = 0;
});
afterAll(() => sandbox.close());

const newest = async () => (await timelineOf(sandbox))[0];
const pathsOf = ({ sent }: ConnectedMastodon) => sent.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
const file = (name: string, alt: string | null = null) => ({ file: mediaFile(name), alt });
const fault = (path: string, what: object, times = 1) =>
  here.client.control("POST", "/faults", { platform: "mastodon", path, times, ...what });

const named: readonly (readonly [string, string])[] = [
  ["mastodon.social", "https://mastodon.social"],
  [" MASTODON.social/ ", "https://mastodon.social"],
  ["@me@mastodon.social", "https://mastodon.social"],
  ["me@mastodon.social", "https://mastodon.social"],
  ["https://mastodon.social/@me", "https://mastodon.social"],
  ["https://mastodon.social:8443", "https://mastodon.social:8443"],
  ["http://127.0.0.1:3000", "http://127.0.0.1:3000"],
  ["https://bücher.example", "https://xn--bcher-kva.example"],
];

test.each(named)("%s is %s", (typed, origin) => {
  expect(originOf(typed)).toBe(origin);
});

const refused = [
  "http://mastodon.social",
  "10.0.0.1",
  "0x0a000001",
  "[fd00::1]",
  "[::ffff:10.0.0.1]",
  "169.254.169.254",
  "intranet",
  "printer.local",
  "https://user:secret@mastodon.social",
  "ftp://mastodon.social",
  "a b",
  "@me@",
];

test.each(refused)("%s is no server that is asked", (typed) => {
  expect(() => originOf(typed)).toThrow(expect.objectContaining({ code: "usage" }));
});

const [method] = mastodon.methods;
const servers = method?.kind === "oauth2" ? method.server : undefined;

test("a server of today says where its endpoints are and what scopes it knows; an old one has the usual ones", async () => {
  expect(await servers?.find(here.bare, today)).toMatchObject({
    instance: "https://mastodon.social",
    metadata: { token_endpoint: "https://mastodon.social/oauth/token" },
    scopes: expect.arrayContaining(["profile"]),
  });
  expect(await servers?.find(here.bare, old)).toMatchObject({
    instance: `https://${old}`,
    metadata: { revocation_endpoint: `https://${old}/oauth/revoke` },
    scopes: expect.arrayContaining(["read:accounts"]),
  });
  // Nothing that was asked had a token with it.
  expect(here.sent.filter(({ headers = {} }) => "authorization" in headers)).toEqual([]);
});

test("a server that names another place for its tokens, or has moved, is not followed", async () => {
  const answering = (path: string, answer: object): Api => ({
    ...here.bare,
    call: async (how, url, request) => ({
      ...(await here.bare.call(how, url, request)),
      ...(url.endsWith(path) ? answer : {}),
    }),
  });
  const metadata = { issuer: "https://mastodon.social/", token_endpoint: "https://evil.example/oauth/token" };
  const elsewhere = answering("/oauth-authorization-server", { status: 200, body: metadata });
  await expect(servers?.find(elsewhere, today)).rejects.toMatchObject({ code: "protocol" });
  const moved = answering("/instance", { status: 301, headers: { location: "https://new.example/api/v2/instance" } });
  await expect(servers?.find(moved, today)).rejects.toMatchObject({ hint: "--instance new.example" });
});

test("an app that is there is known; one that was deleted is not", async () => {
  const server = await servers?.find(here.bare, today);
  if (!servers?.register || !servers.knows || !server) throw new Error("no server");
  const wish = { name: "agencyiq", redirectUris: ["http://127.0.0.1:1/a", "urn:ietf:wg:oauth:2.0:oob"] };
  const app = await servers.register(here.bare, server, { ...wish, scopes: server.scopes ?? [] });
  expect(await servers.knows(here.bare, server, app)).toBe(true);
  expect(await servers.knows(here.bare, server, { ...app, clientId: "gone" })).toBe(false);
  // An old server reads no lists, and deletes what was never used.
  here.sent.length = 0;
  const older = await servers.find(here.bare, old);
  await servers.register(here.bare, older, { ...wish, scopes: older.scopes ?? [] });
  expect(pathsOf(here).slice(-2)).toEqual(["POST /api/v1/apps", "POST /oauth/token"]);
});

test("limits are those of the server, and what it does not say is Mastodon's own", async () => {
  const limits = limitsFor(there.api.facts);
  expect(limits).toMatchObject({
    text: { max: 1000 },
    images: { max: 2, bytes: 10_485_760 },
    video: { bytes: 41_943_040, framesPerSecond: 60 },
    poll: { options: { min: 2, max: 6 }, minutes: { min: 5, max: 43_829 } },
  });
  expect(limits.quote).toBeUndefined();
  expect(limitsFor(here.api.facts)).toMatchObject({ text: { max: 500 }, quote: true });
  expect(limitsFor({})).toMatchObject({ text: { max: 500 }, images: { max: 4 }, alt: { max: 1500 } });
  expect(await limits.text?.measure("see https://example.com/a/very/long/address/indeed @me@far.example")).toBe(31);
  const reserved = limitsFor({ "characters-per-url": "30" }).text;
  expect(await reserved?.measure("https://example.com/a/very/long/address")).toBe(30);
});

test("pictures go ahead with what they show, and are posted in their order", async () => {
  const images = [file("photo.jpg", "A loaf"), file("picture.png", "A cake")];
  await publish(here, { text: "Two", images, options: { focus: "0.5, -0.2", sensitive: true } });
  expect(await newest()).toMatchObject({ text: "Two", media: [{ alt: "A loaf" }, { alt: "A cake" }] });
  expect(here.waits).toEqual([]);
});

test("a film is waited for, and not asked for again once it is posted", async () => {
  const { step } = rememberedSteps();
  const film = { text: "Film", video: file("film.mp4", "Bread"), thumbnail: file("photo.jpg") };
  const idempotencyKey = crypto.randomUUID();
  const first = await publish(here, film, { step, idempotencyKey });
  expect(here.waits.length).toBeGreaterThan(0);
  const uploads = pathsOf(here).filter((path) => path === "POST /api/v2/media").length;
  // Asked again for a lost answer: the same status, whatever has become of its file.
  expect(await publish(here, film, { step, idempotencyKey })).toEqual(first);
  expect(pathsOf(here).filter((path) => path === "POST /api/v2/media")).toHaveLength(uploads);
  expect(await newest()).toMatchObject({ text: "Film", media: [{ kind: "video", alt: "Bread" }] });
});

test("a file that is not ready after all is waited for, whatever the words of the refusal", async () => {
  const form = new FormData();
  form.set("file", new File([readFileSync(mediaFile("film.mp4"))], "film.mp4", { type: "video/mp4" }));
  const headers = { authorization: `Bearer ${here.token}` };
  for (const words of ["type-invalid", null]) {
    const answer = await fetch(`${here.client.url}/${today}/api/v2/media`, { method: "POST", headers, body: form });
    const { id } = (await answer.json()) as { id: string };
    // Other words than those that are known, in place of the server's own.
    if (words) await fault("/api/v1/statuses", { fault: { kind: "error", name: words } });
    const sending = { prepared: { media: [id] }, idempotencyKey: `later ${id}`, step: rememberedSteps().step };
    here.sent.length = 0;
    const { remoteId } = await here.publishing.commit(here.api, message({ text: "Film again" }), sending);
    const posts = here.sent.filter(({ url }) => url.endsWith("/api/v1/statuses"));
    expect(posts.map(({ headers: sent }) => sent?.["idempotency-key"])).toEqual([`later ${id}`, `later ${id}`]);
    expect(await newest()).toMatchObject({ id: remoteId });
  }
});

test("everything that is said of a status arrives", async () => {
  const first = await publish(here, { text: "First", language: "de-AT", visibility: "private" });
  const reply = await publish(here, { text: "Second", replyTo: first.url, options: { spoiler: "Food" } });
  expect(await newest()).toMatchObject({ text: "Second", replyTo: first.remoteId, title: "Food" });
  await publish(here, { text: "Look", quote: reply.remoteId, options: { "quote-policy": "nobody" } });
  expect(await newest()).toMatchObject({ quotes: reply.remoteId });
  await publish(here, { text: "Which?", poll: { options: ["Rye", "Spelt"], minutes: 60 } });
  expect(await newest()).toMatchObject({ poll: { options: ["Rye", "Spelt"] } });
  const [posted] = here.sent.filter(({ url }) => url.endsWith("/api/v1/statuses"));
  expect(JSON.parse(String(posted?.body))).toEqual({ status: "First", language: "de", visibility: "private" });
  await expect(publish(here, { text: "No", replyTo: "https://elsewhere.example/@me/1" })).rejects.toMatchObject({
    code: "content_invalid",
    hint: expect.stringContaining("https://mastodon.social/@somebody@server/NUMBER"),
  });
  await here.publishing.delete(here.api, reply.remoteId);
  await here.publishing.delete(here.api, reply.remoteId);
  expect((await timelineOf(sandbox)).some(({ id }) => id === reply.remoteId)).toBe(false);
});

test("what waits at the server has no address yet, can be taken away, and not once it is out", async () => {
  const when = here.api.now() + hours(2);
  const post: Partial<Message> = { text: "Tomorrow", options: { "publish-at": when } };
  const waiting = await publish(here, post);
  expect(waiting).toEqual({ remoteId: expect.stringMatching(/^scheduled:\d+$/), url: "https://mastodon.social/@acme" });
  const sending = { prepared: { media: [] }, idempotencyKey: "key", step: rememberedSteps().step };
  const confirm = (given: Partial<Message>) =>
    here.publishing.confirm(here.api, message(given), sending, here.api.now() + hours(9));
  expect(await confirm(post)).toEqual(waiting);
  // For the very same moment, in other words than were sent.
  expect(await confirm({ ...post, text: "Tomorrow " })).toBeUndefined();
  expect(await confirm({ ...post, options: { "publish-at": when + hours(1) } })).toBeNull();
  const { idempotentFor } = mastodon.publish ?? {};
  expect(typeof idempotentFor === "function" && idempotentFor(here.api, message(post))).toBe(0);
  await here.publishing.delete(here.api, waiting.remoteId);
  await expect(here.publishing.delete(here.api, waiting.remoteId)).rejects.toMatchObject({ code: "not_found" });
});

test("did it go out? Only what is the same in every part is it", async () => {
  const { step } = rememberedSteps();
  const text = 'Bread & "butter" <3 #rye\n\nhttps://example.com/a/very/long/address/of/a/page @baker@far.example';
  const post = message({ text, images: [file("photo.jpg", "A loaf")], options: { spoiler: "Food" } });
  const prepared = await here.publishing.prepare(here.api, post, step);
  const sending = { prepared, idempotencyKey: crypto.randomUUID(), step };
  const confirm = (written: Message, since = here.api.now() - minutes(5)) =>
    here.publishing.confirm(here.api, written, sending, since);
  expect(await confirm(post)).toBeNull();
  const published = await here.publishing.commit(here.api, post, sending);
  expect(await confirm(post)).toEqual(published);
  // The same files under another warning: a server that wrote it otherwise cannot be told from that.
  expect(await confirm({ ...post, options: {} })).toBeUndefined();
  // The same files, other words: how the server shows them may be unknown here.
  expect(await confirm({ ...post, text: "Other" })).toBeUndefined();
  expect(await confirm(post, here.api.now() + hours(9))).toBeNull();
});

test("a poll whose words the server trims, and a warning that becomes the text, are not taken for absent", async () => {
  const poll = { options: ["Rye ", "Spelt"], minutes: 60 };
  const sending = { prepared: { media: [] }, idempotencyKey: "key", step: rememberedSteps().step };
  const listing = (status: object): Api => ({ ...here.api, get: async () => [{ id: "1", ...status }] });
  const confirm = (status: object, given: Partial<Message>) =>
    here.publishing.confirm(listing(status), message(given), sending, 0);
  const asked = { content: "<p>Which?</p>", poll: { options: [{ title: "Rye" }, { title: "Spelt" }] } };
  expect(await confirm({ ...asked, url: "https://mastodon.social/@acme/1" }, { text: "Which?", poll })).toMatchObject({
    remoteId: "1",
  });
  expect(await confirm({ content: "<p>Food</p>" }, { text: "", options: { spoiler: "Food" } })).toBeUndefined();
  expect(await confirm({ ...asked, in_reply_to_id: "8" }, { text: "Which?", poll, replyTo: "9" })).toBeUndefined();
  expect(await confirm(asked, { text: "Which?" })).toBeNull();
});

test("only Mastodon itself is known to keep keys for an hour", () => {
  const { idempotentFor } = mastodon.publish ?? {};
  const of = (version: string) =>
    typeof idempotentFor === "function" ? idempotentFor({ ...here.api, facts: { version } }, message({})) : null;
  expect(["4.5.2", "3.5.19+glitch"].map(of)).toEqual([hours(1), hours(1)]);
  const others = [
    "2.7.2 (compatible; Pleroma 2.5.0)",
    "4.0.0 (not true; snac/2.70)",
    "3.5.3+gotosocial-0.17",
    "0.17.0",
    "",
  ];
  expect(others.map(of)).toEqual([0, 0, 0, 0, 0]);
});

const wrong: readonly (readonly [string, Partial<Message>, object, RegExp])[] = [
  ["a spoiler that makes it too long", { text: "a".repeat(490), options: { spoiler: "a".repeat(20) } }, {}, /510 char/],
  ["too soon for the server's schedule", { text: "a", options: { "publish-at": minutes(4) } }, {}, /5 minutes/],
  ["a thread on the server's schedule", { text: "a", options: { "publish-at": hours(1) } }, { parts: 2 }, /thread/],
  ["a focus outside", { text: "a", options: { focus: "2,0" } }, {}, /from -1 to 1/],
  ["a poll without words", { poll: { options: ["a", "b"], minutes: 5 } }, {}, /wants a text/],
];

test.each(wrong)("%s is told before", async (_what, given, more, words) => {
  const problems = await mastodon.problemsOf?.(message(given), { now: 0, video: null, ...more });
  expect(problems?.join()).toMatch(words);
  expect(await mastodon.problemsOf?.(message({ text: "a" }), { now: 0, video: null })).toEqual([]);
});

test("a limit that is reached is waited for until its end, which is a timestamp", async () => {
  await fault("/api/v1/statuses", { fault: { kind: "status", status: 429, resetAfter: 120 } });
  const failure = await publish(here, { text: "Too many" }).catch((error) => error);
  expect(failure).toMatchObject({ code: "rate_limited" });
  expect(Math.abs(failure.retryAfterSeconds - 120)).toBeLessThan(60);
  const reset = "2026-11-21T15:00:00.000Z";
  const headers = { "x-ratelimit-limit": "300", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
  expect(mastodon.paceOf?.(headers, 0)).toMatchObject({ until: Date.parse(reset) });
  expect(mastodon.paceOf?.({ ...headers, "x-ratelimit-remaining": "1" }, 0)).toBeNull();
  expect(mastodon.paceOf?.({ ...headers, "x-ratelimit-reset": "soon" }, 0)).toBeNull();
});
