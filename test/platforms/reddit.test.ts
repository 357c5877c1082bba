import { describe, expect, it } from "vitest";
import { subredditNamed } from "../../src/platforms/reddit/community.ts";
import { thingNamed } from "../../src/platforms/reddit/publish.ts";
import { errorOf, paceOf } from "../../src/platforms/reddit/requests.ts";
import { reddit } from "../../src/platforms/reddit.ts";
import { ask, type Connected, connected, control, failureOf, publish, publishUnheard, shown } from "./connected.ts";
import { mediaFile, message, rememberedSteps } from "./connected-x.ts";

const redirectUri = "http://127.0.0.1:8791/callback/reddit";
const installed = { clientId: "sandbox-reddit_installed-app", clientSecret: null, redirectUri };
const web = { clientId: "sandbox-reddit_web-app", clientSecret: "sandbox-reddit_web-secret", redirectUri };

const here = () => connected(reddit, web);
const picture = (name = "square.jpg") => ({ file: mediaFile(name), alt: null });
const submitting = { platform: "reddit", method: "POST", path: "/api/submit" };

async function listed(made: Connected): Promise<readonly Record<string, unknown>[]> {
  const headers = { "user-agent": "cli:test:v1 (by /u/acme)" };
  const answer = await ask(made, "https://oauth.reddit.com/user/acme/submitted?limit=100", { headers });
  const { data } = (await answer.json()) as { data: { children: { data: Record<string, unknown> }[] } };
  return data.children.map((child) => child.data);
}

describe("connecting", () => {
  it("by an app without a secret: Basic with an empty password, and a token that is renewed", async () => {
    const { reply, identities, api, sent } = await connected(reddit, installed);
    expect(reply).toMatchObject({ expiresIn: 86_400, refreshToken: expect.any(String) });
    expect(identities).toMatchObject([{ handle: "acme", facts: { username: "acme" } }]);
    expect(await reddit.check(api)).toBe("answers as u/acme");
    expect(sent[0]?.headers?.["user-agent"]).toBe("cli:agencyiq.client:v1 (by /u/acme)");
  });
});

describe("posting", () => {
  it("puts words, and links once, on the profile or in a subreddit", async () => {
    const made = await here();
    const words = await publish(made, { title: "Bread", text: "Rye & wheat" });
    expect(words.url).toMatch(/^https:\/\/www\.reddit\.com\/r\/u_acme\/comments\/[a-z0-9]+\/bread\/$/);
    const link = {
      title: "Ovens",
      link: "https://example.com/ovens",
      options: { subreddit: "/r/sandbox/", nsfw: true },
    };
    await publish(made, link);
    const again = await failureOf(publish(made, link));
    expect(again).toMatchObject({ code: "duplicate_content", hint: expect.stringContaining("reddit.resubmit=yes") });
    await publish(made, { ...link, options: { ...link.options, resubmit: true, spoiler: true } });
    expect(await listed(made)).toMatchObject([
      { title: "Ovens", spoiler: true },
      { title: "Ovens", subreddit: "sandbox", over_18: true, spoiler: false, url: link.link },
      { title: "Bread", selftext: "Rye & wheat", is_self: true },
    ]);
    await made.publishing.delete(made.api, words.remoteId);
    await made.publishing.delete(made.api, words.remoteId);
    expect(await shown(made)).toHaveLength(2);
  });

  it("finds a flair by its words, and says which there are", async () => {
    const made = await here();
    const post = (options: Record<string, string>) =>
      publish(made, { title: "What about rye", text: "Tell", options: { subreddit: "sandbox", ...options } });
    await post({ flair: "question" });
    await post({ flair: "News", "flair-text": "Old news" });
    expect(await listed(made)).toMatchObject([{ link_flair_text: "Old news" }, { link_flair_text: "Question" }]);
    expect(await failureOf(post({ flair: "Rye" }))).toMatchObject({
      code: "content_invalid",
      hint: "it has: Question, News",
    });
    expect((await failureOf(post({ flair: "Question", "flair-text": "x" }))).message).toContain("fixed");
  });

  it.each([
    [
      "breadbakers",
      { title: "Giveaway" },
      ["8 characters, at least 10", '"giveaway"', "wants a flair", "wants a text"],
    ],
    ["linksonly", { title: "Hello", text: "Hi" }, ["takes links only"]],
    ["linksonly", { title: "Hello", link: "https://example.org" }, ["links to example.com only"]],
    ["linksonly", { title: "Hello", images: [picture()] }, ["takes no pictures"]],
    ["textonly", { title: "Hello", link: "https://example.org" }, ["text posts only"]],
  ])("says all that %s would refuse of %o before anything is sent", async (subreddit, given, problems) => {
    const made = await here();
    const failure = await failureOf(publish(made, { ...given, options: { subreddit } }));
    expect(failure).toMatchObject({ code: "content_invalid" });
    for (const problem of problems) expect(failure.message).toContain(problem);
    expect(made.sent.filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("tells where the account may not post", async () => {
    const made = await here();
    const to = (subreddit: string) => failureOf(publish(made, { title: "Hello", text: "Hi", options: { subreddit } }));
    expect(await to("bannedhere")).toMatchObject({ code: "not_permitted" });
    expect(await to("privateclub")).toMatchObject({ code: "not_permitted" });
    expect(await to("nowhere")).toMatchObject({
      code: "not_found",
      message: expect.stringContaining("no such subreddit"),
    });
  });

  it("uploads a picture or video and waits until the post is listed; galleries are named at once", async () => {
    const made = await here();
    const options = { subreddit: "sandbox" };
    const one = await publish(made, { title: "Loaf", text: "Fresh", images: [picture()], options });
    expect(one.remoteId).toMatch(/^t3_/);
    expect(made.waits).toEqual([2]);
    const video = { file: mediaFile("film.mp4"), alt: null };
    await publish(made, { title: "Oven", video, thumbnail: picture(), options });
    await publish(made, { title: "Days", images: [picture(), picture("picture.png")], options });
    expect(await shown(made)).toMatchObject([
      { title: "Days", media: [{ kind: "picture" }, { kind: "picture", type: "image/png" }] },
      { title: "Oven", media: [{ kind: "video" }] },
      { title: "Loaf", text: "Fresh", media: [{ kind: "picture" }], url: one.url },
    ]);
  });

  it("answers, and comments on what it posted", async () => {
    const made = await here();
    const { url, remoteId } = await publish(made, { title: "Bread", text: "Rye" });
    const first = await made.publishing.comment(made.api, remoteId, "First");
    expect(first.url).toMatch(new RegExp(`^${url}[a-z0-9]+/$`));
    const answer = await publish(made, { replyTo: first.url, text: "Second" });
    expect(await shown(made)).toMatchObject([
      { id: answer.remoteId, replyTo: first.remoteId },
      { text: "First", replyTo: remoteId },
      { text: "Rye" },
    ]);
  });
});

describe("an answer that was lost", () => {
  it("is made up for by looking, and an older post of the same title is not taken for it", async () => {
    const made = await here();
    const given = { title: "Again", text: "Rye" };
    const first = await publish(made, given);
    expect(await publishUnheard(made, submitting, given, "drop-before")).toBeNull();
    const found = await publishUnheard(made, submitting, given);
    expect(found?.remoteId).toMatch(/^t3_/);
    expect(found?.remoteId).not.toBe(first.remoteId);
    const commenting = { ...submitting, path: "/api/comment" };
    const answered = { replyTo: first.remoteId, text: "Yes" };
    expect(await publishUnheard(made, commenting, answered, "drop-before")).toBeNull();
    expect(await publishUnheard(made, commenting, answered)).toMatchObject({ remoteId: expect.stringMatching(/^t1_/) });
  });

  it("is not taken for absent where something new is there, in whatever spelling", async () => {
    const made = await here();
    const { step } = rememberedSteps();
    const given = message({ title: "Rye  and\twheat", text: "Fresh" });
    const prepared = await made.publishing.prepare(made.api, given, step);
    const sending = { prepared, idempotencyKey: "key", step };
    const since = made.api.now() - 120_000;
    const confirm = (data: object) => {
      const get = async () => ({ data: { children: [{ data: { name: "t3_new", subreddit: "u_acme", ...data } }] } });
      return made.publishing.confirm({ ...made.api, get }, given, sending, since);
    };
    expect(await confirm({ title: "Rye and wheat" })).toMatchObject({ remoteId: "t3_new" });
    expect(await confirm({ title: "Rye &amp; wheat" })).toBeUndefined();
    expect(await confirm({ title: "Rye", subreddit: "baking" })).toBeNull();
    const answer = message({ replyTo: "t3_abc", text: "Yes\r\nno" });
    const comment = async (data: object) => {
      const get = async () => ({ data: { children: [{ data: { name: "t1_new", parent_id: "t3_abc", ...data } }] } });
      const under = { ...sending, prepared: { kind: "comment", parent: "t3_abc" } };
      return made.publishing.confirm({ ...made.api, get }, answer, under, since);
    };
    expect(await comment({ body: "Yes\nno" })).toMatchObject({ remoteId: "t1_new" });
    expect(await comment({ body: "Yes, no" })).toBeUndefined();
    expect(await comment({ body: "Yes", parent_id: "t3_other" })).toBeNull();
  });

  it("of a picture that is not listed says nothing, and without the permission nothing is known", async () => {
    const made = await here();
    const given = { title: "Loaf", images: [picture()] };
    expect(await publishUnheard(made, submitting, given, "drop-before")).toBeUndefined();
    const less = await connected(reddit, web, { scopes: ["identity", "submit", "read"] });
    expect(await publishUnheard(less, submitting, { title: "Hello", text: "Hi" })).toBeUndefined();
  });

  it("of a picture that Reddit has taken is not an error that would be sent again", async () => {
    const made = await here();
    const given = message({ title: "Loaf", images: [picture()] });
    const { step } = rememberedSteps();
    const prepared = await made.publishing.prepare(made.api, given, step);
    const fault = { kind: "status", status: 404 };
    await control(made.sandbox, "/faults", { platform: "reddit", method: "GET", path: "/user/acme/submitted", fault });
    const sending = { prepared, idempotencyKey: "key", step };
    expect(await failureOf(made.publishing.commit(made.api, given, sending))).toMatchObject({
      code: "delivery_unknown",
      message: expect.stringContaining("Reddit has taken it"),
    });
    expect(await made.publishing.confirm(made.api, given, sending, 0)).toMatchObject({
      remoteId: expect.stringMatching(/^t3_/),
    });
  });
});

it("reads Reddit's words: waits, names and limits", () => {
  const told = (words: string) => errorOf({ json: { errors: [["RATELIMIT", words, "ratelimit"]] } }).retryAfter;
  expect([
    told("Take a break for 9 minutes before"),
    told("try again in 30 seconds"),
    told("in 200 milliseconds"),
  ]).toEqual([600, 31, 2]);
  expect(errorOf({ json: { errors: null } }).code).toBeUndefined();
  expect(paceOf({ "x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "42" }, 1000)?.until).toBe(43_000);
  expect(paceOf({ "x-ratelimit-remaining": "12.0", "x-ratelimit-reset": "42" }, 1000)).toBeNull();
  expect(["r/Baking", "https://www.reddit.com/r/Baking/", "u/acme", "u_acme", "a b"].map(subredditNamed)).toEqual([
    "Baking",
    "Baking",
    "u_acme",
    "u_acme",
    null,
  ]);
  expect(
    [
      "t1_Abc",
      "https://redd.it/abc",
      "https://www.reddit.com/r/a/comments/abc/title/",
      "https://reddit.com/r/a/comments/abc/t/def/",
      "abc",
    ].map(thingNamed),
  ).toEqual(["t1_abc", "t3_abc", "t3_abc", "t1_def", null]);
});

it.each([
  [{ title: "x", video: { file: "a.mp4", alt: null } }, "--thumbnail"],
  [{ title: "x", text: "y", options: { subreddit: "a b" } }, "no subreddit"],
  [{ title: "x", text: "y", options: { "flair-text": "b" } }, "goes with flair"],
  [{ replyTo: "t3_abc", text: "" }, "no text"],
  [{ replyTo: "t3_abc", text: "y", link: "https://example.com" }, "words alone"],
  [{ replyTo: "somewhere", text: "y" }, "no post or comment"],
  [{ replyTo: "t3_abc", text: "y".repeat(10_001) }, "1 more than a comment"],
])("refuses what is none: %#", async (given, problem) => {
  const problems = (await reddit.problemsOf?.(message(given), { now: 0, video: null })) ?? [];
  expect(problems.join("; ")).toContain(problem);
});
