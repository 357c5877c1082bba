/** The sandbox's Hacker News is as strict as the site is known to be. */
import { expect, it } from "vitest";
import { start } from "./start.ts";

it("wants a session and a form that is used once, and tells refusals in pages", async () => {
  const { url } = await start();
  const site = `${url}/news.ycombinator.com`;
  const headers = { cookie: "user=acme&b3e19ca5f7a0617ea8f99ca52910e3cec945a73c" };
  const fnid = async () => {
    const page = await (await fetch(`${site}/submit`, { headers })).text();
    return /name="fnid" value="([^"]+)"/.exec(page)?.[1] ?? "";
  };
  const send = async (fields: Record<string, string>, given: Record<string, string> = headers) => {
    const body = new URLSearchParams({ fnop: "submit-page", title: "Rye", url: "", text: "", ...fields });
    const response = await fetch(`${site}/r`, { method: "POST", headers: given, body, redirect: "manual" });
    return { status: response.status, location: response.headers.get("location"), text: await response.text() };
  };
  expect(await (await fetch(`${site}/submit`)).text()).toContain("You have to be logged in to submit.");
  const once = await fnid();
  expect((await send({ fnid: once, text: "x" }, {})).text).toContain("You have to be logged in");
  expect((await send({ fnid: once, text: "x" })).text).toContain("Unknown or expired link.");
  expect((await send({ fnid: await fnid() })).text).toContain("both be blank");
  const long = await send({ fnid: await fnid(), title: "x".repeat(81), text: "x" });
  expect(long).toMatchObject({ status: 200, text: expect.stringContaining('<font color="#ff6600">Please make title') });
  const link = "https://acme.example/rye";
  expect(await send({ fnid: await fnid(), url: link })).toMatchObject({ status: 302, location: "newest" });
  expect(await send({ fnid: await fnid(), url: link })).toMatchObject({ status: 302, location: "item?id=46000001" });
  expect((await send({ fnid: await fnid(), url: `${link}/2` })).text).toContain("submitting too fast");
  const api = `${url}/hacker-news.firebaseio.com/v0`;
  const json = async (path: string) => (await fetch(`${api}${path}`)).json();
  expect(await json("/user/Acme.json")).toBeNull();
  expect(await json("/user/acme.json")).toMatchObject({ submitted: [] });
  await fetch(`${url}/_sandbox/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: 3 }),
  });
  expect(await json("/user/acme.json")).toMatchObject({ submitted: [46_000_001] });
  expect(await json("/item/46000001.json")).toMatchObject({ by: "acme", type: "story", url: link });
});
