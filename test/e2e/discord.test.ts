/** Discord with the built program: by a webhook's address, by signing in, and by a bot; posts, lost answers, what is gone. */
import { afterEach, beforeEach, expect, it } from "vitest";
import { serversOf } from "../../src/sandbox/discord/servers.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { freePort, run, workspace } from "./command.ts";
import { approve, orderFault } from "./sandboxed.ts";

let sandbox: Sandbox;
let port: number;
beforeEach(async () => {
  port = await freePort();
  const registerRedirectUris = [`http://127.0.0.1:${port}/callback/discord`];
  sandbox = await startSandbox({ port: 0, clock, random, registerRedirectUris });
});
afterEach(() => sandbox.close());

const [acme] = serversOf(defaultPeople);
const [announcements] = acme?.channels ?? [];
const token = "SandboxWebhookTokenOf_acme-0_0123456789012345678901234567890";
const hook = `https://ptb.discord.com/api/webhooks/1300000000000000011/${token}`;

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string | null }[];
}

const timeline = async () =>
  ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: { text: string }[] }).posts;

it("by a webhook's address: posts, what nobody can tell, and back", { timeout: 90_000 }, async () => {
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const ended = await run(["connect", "discord", "--token-stdin", "--debug"], { env, stdin: `${hook}\n` });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("discord/captain-hook") });
  expect(ended.stderr).toContain("discord.com");
  expect(ended.stdout + ended.stderr).not.toContain(token);
  const live = await run(["tokens", "status", "--live"], { env });
  expect(live.stdout).toContain("the webhook Captain Hook is there");
  const publish = (...args: string[]) => run(["publish", "--platform", "discord", ...args, "--json"], { env });
  const ids: string[] = [];
  for (const post of [
    ["Fresh @everyone"],
    ["Look", "--image", mediaFile("photo.jpg"), "--alt", "A loaf", "--document", mediaFile("three-pages.pdf")],
    ["Read", "--title", "Bread", "--link", "https://example.com/"],
  ]) {
    const sent = await publish(...post);
    expect(sent, sent.stdout + sent.stderr).toMatchObject({ code: 0 });
    const [delivery] = sent.json<Answer>().deliveries;
    expect(delivery?.url).toContain(`https://discord.com/channels/${acme?.id}/${announcements?.id}/`);
    ids.push(delivery?.id ?? "");
  }
  expect(await timeline()).toMatchObject([
    { text: "Read", title: "Bread", link: "https://example.com/" },
    { text: "Look", media: [{ alt: "A loaf" }], document: { title: "three-pages.pdf" } },
    { text: "Fresh @everyone" },
  ]);
  expect(await publish("No", "--reply-to", ids[0] ?? "")).toMatchObject({ code: 7 });
  const path = "/api/v10/webhooks/1300000000000000011";
  await orderFault(sandbox, { platform: "discord", method: "POST", path, fault: "drop-after" });
  const lost = await publish("Once");
  expect(lost.code).toBe(9);
  expect((await timeline()).filter(({ text }) => text === "Once")).toHaveLength(1);
  expect((await run(["posts", "delete", ids[1] ?? "", "--yes"], { env })).code).toBe(0);
  expect((await timeline()).map(({ text }) => text)).not.toContain("Look");
  await orderFault(sandbox, { platform: "discord", path, fault: { kind: "error", name: "unknown-webhook" } });
  const gone = await publish("Hello");
  expect(gone).toMatchObject({ code: 4, stdout: expect.stringContaining("the webhook is gone") });
  // Asking again is held against whoever asks.
  const asked = async () => (await (await fetch(`${sandbox.url}/_sandbox/requests?platform=discord`)).text()).length;
  const before = await asked();
  expect((await publish("Hello again")).code).toBe(4);
  expect(await asked()).toBe(before);
  expect((await run(["disconnect", "discord", "--yes"], { env })).code).toBe(0);
});

it("by signing in: the webhook that this makes posts, and the login is kept alive", { timeout: 90_000 }, async () => {
  const { env } = workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    AGENCYIQ_DISCORD_CLIENT_ID: "sandbox-discord-client",
    AGENCYIQ_DISCORD_CLIENT_SECRET: "sandbox-discord-secret",
    BROWSER: `${process.execPath} ${approve}`,
  });
  const connect = () => run(["connect", "discord", "--credential", "oauth2", "--port", String(port)], { env });
  const ended = await connect();
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("discord/announcer") });
  const publish = (text: string) => run(["publish", "--platform", "discord", text, "--json"], { env });
  expect(await publish("Hello")).toMatchObject({ code: 0, stderr: "" });
  const refreshed = await run(["tokens", "refresh", "--all", "--force"], { env });
  expect(refreshed, refreshed.stdout + refreshed.stderr).toMatchObject({ code: 0 });
  expect(await publish("Hello again")).toMatchObject({ code: 0 });
  expect(await timeline()).toMatchObject([{ text: "Hello again" }, { text: "Hello" }]);
  const fault = { kind: "error", name: "unknown-webhook" };
  await orderFault(sandbox, { platform: "discord", method: "POST", path: "/api/v10/webhooks/*", fault });
  expect((await publish("Gone")).code).toBe(4);
  // Another webhook in the same channel goes on with the same account.
  expect((await connect()).code).toBe(0);
  expect((await publish("Back")).code).toBe(0);
  const listed = await run(["accounts", "list", "--json"], { env });
  expect(listed.json<{ accounts: unknown[] }>().accounts).toHaveLength(1);
  const gone = await run(["disconnect", "discord", "--yes"], { env });
  expect(gone, gone.stderr).toMatchObject({ code: 0 });
});

it("by a bot: a lost answer is asked for again, and a thread of answers", { timeout: 90_000 }, async () => {
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const args = ["connect", "discord", "--credential", "bot", "--set", `channel=${announcements?.id}`, "--token-stdin"];
  const ended = await run(args, { env, stdin: `${acme?.botToken}\n` });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("discord/announcements") });
  const publish = (...more: string[]) => run(["publish", "--platform", "discord", ...more, "--json"], { env });
  const path = `/api/v10/channels/${announcements?.id}/messages`;
  await orderFault(sandbox, { platform: "discord", method: "POST", path, fault: "drop-after" });
  const sent = await publish("One", "--then", "Two");
  expect(sent, sent.stdout + sent.stderr).toMatchObject({ code: 0 });
  const [two, one, ...more] = (await timeline()) as { text: string; id?: string; replyTo?: string }[];
  expect([two?.text, one?.text, more]).toEqual(["Two", "One", []]);
  expect(two?.replyTo).toBe(one?.id);
});
