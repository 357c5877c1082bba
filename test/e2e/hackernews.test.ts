/** Hacker News in the browser, and by a session, with the built program. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { keyed, type Published } from "./keyed.ts";

const submitStory = fileURLToPath(new URL("./submit-story.mjs", import.meta.url));
const cookie = "acme&b3e19ca5f7a0617ea8f99ca52910e3cec945a73c";
const story = ["publish", "--platform", "hackernews", "--title", "Rye", "--link", "https://acme.example/rye"];

it("opens the form in the browser and finds the story, and opens nothing for a job", { timeout: 90_000 }, async () => {
  const { ok, timeline } = await keyed({ BROWSER: `${process.execPath} ${submitStory}` });
  const nobody = await ok(["connect", "hackernews", "--set", "user=Nobody"], { code: 2 });
  expect(nobody.stderr).toContain('knows nobody called "Nobody"');
  const connected = await ok(["connect", "hackernews", "--set", "user=acme"]);
  expect(connected.stdout).toContain("hackernews/acme");
  expect((await ok(["tokens", "status", "--live"])).stdout).toContain("nothing is kept that could end");
  const [delivery] = (await ok([...story, "--json"])).json<Published>().deliveries;
  expect(delivery).toMatchObject({ state: "published", url: expect.stringMatching(/item\?id=\d+$/) });
  expect(await timeline()).toMatchObject([{ title: "Rye", link: "https://acme.example/rye", url: delivery?.url }]);
  await ok([...story.slice(0, -1), "https://acme.example/later", "--at", "+1s"]);
  await sleep(1000);
  const due = await ok(["publish", "--due"], { code: 2 });
  expect(due.stderr).toContain("jobs and the daemon have none");
  expect(await timeline()).toHaveLength(1);
  await ok(["disconnect", "hackernews/acme", "--yes"]);
});

it("sends the form by a session only where that is asked for, and warns of it", { timeout: 90_000 }, async () => {
  const { ok, timeline } = await keyed();
  const credential = ["--credential", "session", "--token-stdin"];
  const connected = await ok(["connect", "hackernews", ...credential], { stdin: `${cookie}\n` });
  expect(connected.stderr).toContain("banned without a word");
  expect(connected.stdout + connected.stderr).not.toContain(cookie.split("&")[1]);
  // Unasked, it is for a browser, and there is none here.
  expect((await ok(story, { code: 2 })).stderr).toContain("there is no browser");
  await ok([...story, "--option", "hackernews.submit=form"]);
  expect(await timeline()).toMatchObject([{ title: "Rye" }]);
  const again = await ok([...story, "--option", "hackernews.submit=form"], { code: 7 });
  expect(again.stderr).toContain("https://news.ycombinator.com/item?id=46000001");
});
