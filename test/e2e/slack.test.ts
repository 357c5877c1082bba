/** Slack with the built program: a bot and a webhook, posts of every kind, a lost answer, a deletion. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { workspacesOf } from "../../src/sandbox/slack/workspaces.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, workspace } from "./command.ts";
import { orderFault } from "./sandboxed.ts";

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterEach(() => sandbox.close());

const [acme] = workspacesOf(defaultPeople);
const hook = `https://hooks.slack.com/services/${acme?.webhook}`;

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string | null }[];
}

it("from a bot's token and a webhook's address to posts, and back", { timeout: 90_000 }, async () => {
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const connect = (stdin: string, ...args: string[]) =>
    run(["connect", "slack", ...args, "--token-stdin"], { env, stdin });
  const byBot = await connect(`${acme?.token}\n`, "--set", "channel=staff");
  expect(byBot, byBot.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("slack/staff") });
  const byHook = await connect(`${hook}\n`, "--credential", "webhook", "--set", "channel=general", "--debug");
  expect(byHook, byHook.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("slack/general") });
  expect(byHook.stderr).toContain("hooks.slack.com");
  expect(byHook.stdout + byHook.stderr).not.toContain(acme?.webhook.split("/")[2]);
  const live = await run(["tokens", "status", "--live"], { env });
  expect(live.stdout).toContain("answers as @announcer in Acme Bakery");
  expect(live.stdout).toContain("the webhook answers");

  const publish = (account: string, ...args: string[]) =>
    run(["publish", "--account", `slack/${account}`, ...args, "--json"], { env });
  const image = ["--image", mediaFile("photo.jpg"), "--alt", "A loaf"];
  const ids: string[] = [];
  for (const [account, post] of [
    ["staff", ["Fresh bread"]],
    ["staff", ["Look", ...image, "--document", mediaFile("three-pages.pdf")]],
    ["general", ["By webhook", "--link", "https://example.com/?a=1&b=2"]],
  ] as const) {
    const ended = await publish(account, ...post);
    expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
    const [delivery] = ended.json<Answer>().deliveries;
    expect(delivery?.url).toMatch(
      /^https:\/\/(acme\.slack\.com\/archives\/C0SANDBOX013\/p\d+|app\.slack\.com\/client\/T)/,
    );
    ids.push(delivery?.id ?? "");
  }
  const timeline = async () =>
    ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] }).posts;
  expect(await timeline()).toMatchObject([
    { text: "By webhook https://example.com/?a=1&b=2" },
    { text: "Look", media: [{ alt: "A loaf" }], document: { title: "three-pages.pdf" } },
    { text: "Fresh bread" },
  ]);
  const untaken = await publish("general", "By webhook", ...image);
  expect(untaken).toMatchObject({ code: 7, stdout: expect.stringContaining("Slack takes no images") });

  await orderFault(sandbox, { platform: "slack", path: "/api/chat.postMessage", fault: "drop-after" });
  const lost = await publish("staff", "Once");
  expect(lost.code).toBe(9);
  expect(lost.json<Answer>().deliveries).toMatchObject([{ state: "unknown" }]);
  expect((await timeline()).filter(({ text }) => text === "Once")).toHaveLength(1);

  expect((await run(["posts", "delete", ids[1] ?? "", "--yes"], { env })).code).toBe(0);
  expect((await timeline()).map(({ text }) => text)).not.toContain("Look");
  const gone = { kind: "error", name: "webhook-no_service" };
  await orderFault(sandbox, { platform: "slack", path: "/services", fault: gone });
  expect(await publish("general", "Hello")).toMatchObject({
    code: 4,
    stdout: expect.stringContaining("the webhook is gone"),
  });
  expect((await run(["disconnect", "slack/staff", "--yes"], { env })).code).toBe(0);
});
