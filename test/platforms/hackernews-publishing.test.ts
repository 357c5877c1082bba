/** Stories on Hacker News: sent by a person in the browser, or by the form where that is asked for; never twice. */
import { expect, it } from "vitest";
import { hackernews } from "../../src/platforms/hackernews.ts";
import type { KeyMethod } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { start } from "../sandbox/start.ts";
import { begin, connectedByKey, control, failureOf, fault, publish, timeline } from "./connected-by-key.ts";
import { message } from "./connected-x.ts";

const cookie = "acme&b3e19ca5f7a0617ea8f99ca52910e3cec945a73c";
const story = { title: "show HN: Rye", link: "https://acme.example/rye" };
const byForm = { options: { submit: "form" } };

/** As a person does it: opens the page, and presses the button, or does not. */
const person =
  (sandbox: Sandbox, presses = true) =>
  async (url: string) => {
    const fnid = /name="fnid" value="([^"]+)"/.exec(await (await fetch(url)).text())?.[1] ?? "";
    const { searchParams } = new URL(url);
    const fields = { fnid, fnop: "submit-page", title: searchParams.get("t") ?? "", url: searchParams.get("u") ?? "" };
    const body = new URLSearchParams({ ...fields, text: "", person: "acme" });
    if (presses) await fetch(`${sandbox.url}/news.ycombinator.com/r`, { method: "POST", body, redirect: "manual" });
    return true;
  };

async function connected(by: "browser" | "session", presses = true) {
  const sandbox = await start();
  const browser = person(sandbox, presses);
  const account = { method: by, token: by === "session" ? cookie : "", facts: { user: "acme" }, externalId: "acme" };
  return connectedByKey(hackernews, { ...account, browser, sandbox });
}

it("opens the form, filled in, and finds the story that a person made of it", async () => {
  const acme = await connected("browser");
  const { published } = await publish(acme, message(story));
  expect(await timeline(acme.sandbox)).toMatchObject([
    { platform: "hackernews", title: "Show HN: Rye", link: story.link, url: published.url },
  ]);
  expect(acme.sent.filter(({ url }) => url.includes("ycombinator"))).toEqual([]);
});

it("leaves it open what becomes of a form that nobody has sent yet, and finds it later", async () => {
  const acme = await connected("browser", false);
  const given = message(story);
  const sending = await begin(acme, given);
  const begun = acme.api.now();
  expect(await failureOf(acme.publishing.commit(acme.api, given, sending))).toMatchObject({
    code: "delivery_unknown",
    message: expect.stringContaining("no such story is there yet"),
  });
  expect(await acme.publishing.confirm?.(acme.api, given, sending, begun)).toBeUndefined();
  await person(acme.sandbox)(`${acme.sandbox.url}/news.ycombinator.com/submitlink?t=Rye&u=https://acme.example/rye/`);
  await acme.api.wait(5);
  expect(await acme.publishing.confirm?.(acme.api, given, sending, begun)).toMatchObject({ remoteId: "46000001" });
  // What was there before is another one.
  expect(await acme.publishing.confirm?.(acme.api, given, sending, acme.api.now() + 60_000)).toBeUndefined();
});

it("says so where there is no browser", async () => {
  const acme = await connectedByKey(hackernews, { token: "", facts: { user: "acme" }, externalId: "acme" });
  expect(await failureOf(publish(acme, message(story)))).toMatchObject({
    code: "platform_cannot",
    hint: expect.stringContaining("jobs and the daemon have none"),
  });
  expect(acme.sent).toEqual([]);
});

it("sends the form by a session where that is asked for, and tells a duplicate with its address", async () => {
  const acme = await connected("session");
  const { published } = await publish(acme, message({ ...story, ...byForm }));
  expect(published.url).toBe("https://news.ycombinator.com/item?id=46000001");
  expect(await failureOf(publish(acme, message({ ...story, ...byForm })))).toMatchObject({
    code: "duplicate_content",
    message: expect.stringContaining("item?id=46000001"),
  });
  // The cookie is for the site alone.
  for (const { url, headers } of acme.sent) {
    expect(headers?.["cookie"] !== undefined, url).toBe(url.startsWith("https://news.ycombinator.com/"));
  }
  await acme.api.wait(130);
  const question = message({ title: "Ask HN: Rye?", text: "How long?", ...byForm });
  await publish(acme, question);
  expect(await timeline(acme.sandbox)).toMatchObject([{ title: "Ask HN: Rye?", text: "How long?" }, {}]);
});

it("takes another form where one was too old, once, and never sends one again whose answer was lost", async () => {
  const acme = await connected("session");
  await fault(acme, "hackernews", "POST /r", { kind: "error", name: "expired-link" });
  await publish(acme, message({ ...story, ...byForm }));
  await acme.api.wait(130);
  const other = message({ title: "Wheat", link: "https://acme.example/wheat", ...byForm });
  const sending = await begin(acme, other);
  const begun = acme.api.now();
  await fault(acme, "hackernews", "POST /r", "drop-after");
  expect((await failureOf(acme.publishing.commit(acme.api, other, sending))).code).toBe("delivery_unknown");
  await acme.api.wait(5);
  expect(await acme.publishing.confirm?.(acme.api, other, sending, begun - 60_000)).toMatchObject({
    remoteId: "46000002",
  });
});

it("tells a story that nobody else sees, and what is taken but not listed", async () => {
  const acme = await connected("session");
  const banned = message({ title: "Rye", link: "https://banned.example/", ...byForm });
  expect(await failureOf(publish(acme, banned))).toMatchObject({
    code: "not_permitted",
    message: expect.stringContaining("dead"),
  });
  await acme.api.wait(130);
  await control(acme.sandbox, "/faults", {
    platform: "hackernews",
    method: "GET",
    path: "/v0/user/acme.json",
    times: 20,
    fault: { kind: "error", name: "internal-error" },
  });
  expect(await failureOf(publish(acme, message({ ...story, ...byForm })))).toMatchObject({
    code: "delivery_unknown",
    message: expect.stringContaining("Hacker News took the story, and does not list it yet"),
  });
});

it("knows people by their names, and sessions by their cookies", async () => {
  const acme = await connected("session");
  const [browser, session] = hackernews.methods as readonly KeyMethod[];
  expect(await session?.identify?.(acme.api)).toMatchObject([{ externalId: "acme", handle: "acme" }]);
  expect(await browser?.identify?.(acme.api)).toMatchObject([{ externalId: "acme" }]);
  const nobody = { ...acme.api, facts: { user: "Acme" } };
  expect(await failureOf(Promise.resolve(browser?.identify?.(nobody)))).toMatchObject({ code: "usage" });
  expect(session?.read?.(`user=${cookie}; Path=/`, {})).toBe(cookie);
  expect(() => session?.read?.("just-a-word", {})).toThrow("no cookie of Hacker News");
  const ended = await connectedByKey(hackernews, { method: "session", token: "acme&other", sandbox: acme.sandbox });
  expect(await failureOf(publish(ended, message({ ...story, ...byForm })))).toMatchObject({ code: "needs_reauth" });
  const without = await connected("browser");
  expect(await failureOf(publish(without, message({ ...story, ...byForm })))).toMatchObject({
    code: "usage",
    hint: expect.stringContaining("--credential session"),
  });
});

it("takes a link or a text, and a link needs no words", () => {
  const problems = (given: Parameters<typeof message>[0]) =>
    hackernews.problemsOf?.(message(given), { now: 0, video: null });
  expect(problems({ ...story, text: "Words" })).toEqual([expect.stringContaining("a link or a text, not both")]);
  expect(problems({ title: "Ask HN: Rye?", text: "How long?" })).toEqual([expect.stringContaining("there is no link")]);
  expect(problems(story)).toEqual([]);
});
