/** Telegram with the built program: two chats of one bot, posts of every kind, a lost answer, a deletion. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { botsOf } from "../../src/sandbox/telegram/chats.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, workspace } from "./command.ts";
import { orderFault } from "./sandboxed.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterEach(() => sandbox.close());

const token = botsOf(defaultPeople)[0]?.token ?? "";

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string | null }[];
}

it("from a bot's token to posts, and back", { timeout: 90_000 }, async () => {
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const connect = (chat: string) =>
    run(["connect", "telegram", "--set", `chat=${chat}`, "--token-stdin"], { env, stdin: `${token}\n` });
  const refused = await connect("@acme_archive");
  expect(refused.stderr).toContain("must be an administrator there who may post messages");
  for (const chat of ["@acme_news", "-1001000000002"]) {
    const ended = await connect(chat);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
  }
  const live = await run(["tokens", "status", "--live"], { env });
  expect(live.stdout).toContain("answers as @acme_bot, and may post to Acme Bakery inside");
  const publish = (...args: string[]) =>
    run(["publish", "--account", "telegram/acme_news", ...args, "--json"], { env });
  const posts: string[][] = [
    ["Fresh bread", "--option", "telegram.silent=yes"],
    ["Two loaves", "--image", mediaFile("photo.jpg"), "--image", mediaFile("picture.png")],
    ["Film", "--video", mediaFile("film.mp4")],
    ["Menu", "--document", mediaFile("three-pages.pdf"), "--reply-to", "https://t.me/acme_news/2"],
  ];
  const ids: string[] = [];
  for (const post of posts) {
    const ended = await publish(...post);
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
    const [delivery] = ended.json<Answer>().deliveries;
    expect(delivery?.url).toMatch(/^https:\/\/t\.me\/acme_news\/\d+$/);
    ids.push(delivery?.id ?? "");
  }
  const timeline = async () =>
    ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] }).posts;
  expect((await timeline()).map(({ text }) => text)).toEqual(["Menu", "Film", "", "Two loaves", "Fresh bread"]);
  const long = await publish("a".repeat(1025), "--image", mediaFile("photo.jpg"));
  expect(long).toMatchObject({ code: 7, stdout: expect.stringContaining("beside files (1024)") });

  await orderFault(sandbox, { platform: "telegram", path: "/sendMessage", fault: "drop-after" });
  const lost = await publish("Once");
  // Nobody can be asked: it is for the owner, and it is not sent again.
  expect(lost.code).toBe(9);
  expect(lost.json<Answer>().deliveries).toMatchObject([{ state: "unknown" }]);
  expect((await timeline()).filter(({ text }) => text === "Once")).toHaveLength(1);

  expect((await run(["posts", "delete", ids[1] ?? "", "--yes"], { env })).code).toBe(0);
  expect((await timeline()).map(({ text }) => text)).toEqual(["Once", "Menu", "Film", "Fresh bread"]);
  await orderFault(sandbox, { platform: "telegram", path: "/getMe", fault: { kind: "error", name: "unauthorized" } });
  const dead = await run(["tokens", "status", "--live", "telegram/acme_news"], { env });
  expect(dead.stdout + dead.stderr).toContain("taken back");
  expect((await run(["disconnect", "telegram/acme_news", "--yes"], { env })).code).toBe(0);
});
