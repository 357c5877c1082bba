import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Facts } from "../../src/platforms/platform.ts";
import { slack } from "../../src/platforms/slack.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { workspacesOf } from "../../src/sandbox/slack/workspaces.ts";
import { clock, random } from "../conformance/ports.ts";
import { bodyText, type ConnectedChat, connectedChat } from "./connected-chat.ts";
import { mediaFile, message } from "./connected-x.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());
beforeEach(() =>
  fetch(`${sandbox.url}/_sandbox/reset`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  }),
);

const [acme] = workspacesOf(defaultPeople);
const [general, random_, staff] = acme?.channels ?? [];
const hook = `https://hooks.slack.com/services/${acme?.webhook}`;
const bot = (channel = "#general", key = acme?.token ?? "") =>
  connectedChat(slack, sandbox, { method: "bot", key, answers: { channel } });
const webhook = (answers: Facts = {}, key = hook) => connectedChat(slack, sandbox, { method: "webhook", key, answers });
const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(mediaFile(name)))
    .digest("hex");
const paths = ({ sent }: ConnectedChat) =>
  sent.map(({ url }) => new URL(url).pathname.replace(/^\/api\//, "").replace(/^\/upload\/v1\/.*/, "upload"));

test("a channel is found by name on any page, by id, and by its address", async () => {
  const { identity } = await bot();
  expect(identity).toEqual({
    externalId: general?.id,
    handle: "general",
    name: "#general (Acme Bakery)",
    url: `https://acme.slack.com/archives/${general?.id}`,
    login: "T0SANDBOX01/U0SANDBOX01",
    kind: "channel",
    facts: { way: "bot", channel: general?.id, url: "https://acme.slack.com/" },
  });
  expect((await bot("staff")).identity.externalId).toBe(staff?.id);
  expect((await bot(staff?.id)).identity.handle).toBe("staff");
  expect((await bot(`https://acme.slack.com/archives/${staff?.id}`)).identity.handle).toBe("staff");
  // Public, and the token has chat:write.public.
  expect((await bot("random")).identity.unusable).toBeUndefined();
  await expect(bot("board")).rejects.toMatchObject({ code: "not_permitted" });
  expect((await bot("C0SANDBOX015")).identity.unusable).toBe("the channel is archived");
  await expect(bot("general", "xoxp-1-2")).rejects.toMatchObject({ code: "usage" });
  await expect(bot("general", "xoxb-1-2")).rejects.toMatchObject({ code: "needs_reauth" });
});

test("a text is what it is: mentions and links in brackets are none, and its address is Slack's own", async () => {
  const to = await bot();
  const text = "Fresh <!channel> & *rye* <https://evil.example|here>";
  const first = await to.publish({ text, options: { unfurl: false, plain: true } });
  expect(first.url).toBe(`https://acme.slack.com/archives/${general?.id}/p${first.remoteId.replace(".", "")}`);
  expect(JSON.parse(await bodyText(to.sent[0] as never))).toEqual({
    channel: general?.id,
    text: "Fresh &lt;!channel&gt; &amp; *rye* &lt;https://evil.example|here&gt;",
    unfurl_links: false,
    unfurl_media: false,
    mrkdwn: false,
  });
  expect(await to.timeline()).toMatchObject([{ text }]);
});

test("a thread hangs on its first message, whichever of it is answered", async () => {
  const to = await bot();
  const first = await to.publish({ text: "One" });
  const second = await to.publish({ text: "Two", replyTo: first.remoteId });
  const third = await to.publish({ text: "Three", replyTo: second.remoteId, options: { broadcast: true } });
  const byAddress = await to.publish({ text: "Four", replyTo: third.url });
  expect(second.url).toContain(`?thread_ts=${first.remoteId}`);
  expect(byAddress.remoteId).toMatch(new RegExp(`^${first.remoteId}/`));
  const shown = await to.timeline();
  expect(shown.map(({ replyTo }) => replyTo)).toEqual([...Array(3).fill(`${general?.id}/${first.remoteId}`), null]);
});

test("files are uploaded first and shared by one request; which message that made is asked for", async () => {
  const to = await bot("staff");
  const images = [
    { file: mediaFile("photo.jpg"), alt: "A loaf" },
    { file: mediaFile("picture.png"), alt: null },
  ];
  const document = { file: mediaFile("three-pages.pdf"), alt: null };
  const { remoteId, url } = await to.publish({ text: "Look & see", images, document });
  expect(paths(to)).toEqual([
    ...Array(3).fill(["files.getUploadURLExternal", "upload"]).flat(),
    "files.completeUploadExternal",
    "files.info",
    "files.info",
    "chat.getPermalink",
  ]);
  expect(remoteId).toMatch(/^\d+\.\d+:F\w+,F\w+,F\w+$/);
  expect(url).toMatch(new RegExp(`^https://acme\\.slack\\.com/archives/${staff?.id}/p\\d+$`));
  expect(await to.timeline()).toMatchObject([
    {
      text: "Look & see",
      media: [
        { sha256: sha256("photo.jpg"), alt: "A loaf" },
        { sha256: sha256("picture.png"), alt: null },
      ],
      document: { title: "three-pages.pdf", sha256: sha256("three-pages.pdf") },
    },
  ]);
  // The address of an upload is a right in itself.
  expect(to.secrets.some((secret) => secret.includes("/upload/v1/"))).toBe(true);
  const answer = await to.publish({ text: "More", replyTo: remoteId });
  expect(answer.remoteId).toMatch(new RegExp(`^${remoteId.split(":")[0]}/`));
  await slack.publish?.delete?.(to.api, remoteId);
  await slack.publish?.delete?.(to.api, remoteId);
  expect((await to.timeline()).map(({ text }) => text)).toEqual(["More"]);
});

test("files that are out have an address though Slack does not tell in which message", async () => {
  const to = await bot();
  await to.fault({ path: "/api/files.info", times: 9, fault: { kind: "error", name: "missing_scope" } });
  const { remoteId, url } = await to.publish({ text: "", images: [{ file: mediaFile("photo.jpg"), alt: null }] });
  expect(remoteId).toMatch(/^:F\w+$/);
  expect(url).toMatch(/^https:\/\/acme\.slack\.com\/files\/U0SANDBOX01\/F\w+\/photo\.jpg$/);
  await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
  expect((await to.publish({ text: "More", replyTo: remoteId })).remoteId).toContain("/");
});

test("files want a bot that is in the channel, and that is said before anything is shared", async () => {
  const to = await bot(random_?.id);
  await to.publish({ text: "Words may" });
  const images = [{ file: mediaFile("photo.jpg"), alt: null }];
  await expect(to.publish({ text: "Hello", images })).rejects.toMatchObject({ code: "not_permitted" });
});

test("a webhook is proved without a post, is called as its owner says, and takes words alone", async () => {
  const to = await webhook({ channel: "#general" });
  expect(to.identity).toMatchObject({ externalId: "T0SANDBOX01/B0SANDBOX01", handle: "general", kind: "webhook" });
  expect((await webhook()).identity.handle).toBe("b0sandbox01");
  expect(await to.timeline()).toEqual([]);
  expect(await slack.check(to.api)).toBe("the webhook answers");
  expect(await to.timeline()).toEqual([]);
  const { url } = await to.publish({ text: "Hello <world>" });
  expect(url).toBe("https://app.slack.com/client/T0SANDBOX01");
  expect(await to.timeline()).toMatchObject([{ text: "Hello <world>" }]);
  expect(slack.limitsFor?.(to.api.facts)).not.toHaveProperty("images");
  expect(slack.limitsFor?.(to.api.facts)).not.toHaveProperty("thread");
  await expect(slack.publish?.delete?.(to.api, "webhook-1")).rejects.toMatchObject({ code: "platform_cannot" });
  expect(to.secrets).toContain(`/services/${acme?.webhook}`);
});

test("a webhook that is gone has to be connected again", async () => {
  await expect(webhook({}, hook.replace("/B0", "/B9"))).rejects.toMatchObject({
    code: "needs_reauth",
    message: 'Slack answered 404: the webhook is gone "no_service"',
  });
  await expect(webhook({}, hook.replace("sandboxW", "sandboxV"))).rejects.toMatchObject({ code: "needs_reauth" });
  await expect(webhook({}, "https://example.com/services/a/b/c")).rejects.toMatchObject({ code: "usage" });
});

test("what the limits do not say", () => {
  const facts = { now: 0, video: null };
  const problems = (given: Parameters<typeof message>[0]) => slack.problemsOf?.(message(given), facts) ?? [];
  expect(problems({ text: "a", replyTo: "somewhere" })).toEqual([expect.stringContaining("names no message")]);
  expect(problems({ text: "a", options: { broadcast: true } })).toHaveLength(1);
  expect(slack.limits.text?.measure("a & b")).toBe(9);
});
