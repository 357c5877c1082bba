/** The sandbox's Discord refuses what Discord refuses, by its numbers. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { serversOf } from "../../src/sandbox/discord/servers.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());

const [acme] = serversOf(defaultPeople);
const [announcements, ideas] = acme?.channels ?? [];
const token = "SandboxWebhookTokenOf_acme-0_0123456789012345678901234567890";
const hook = `/api/v10/webhooks/1300000000000000011/${token}`;
const forum = "/api/v10/webhooks/1300000000000000012/SandboxWebhookTokenOf_acme-1_0123456789012345678901234567890";
const messages = `/api/v10/channels/${announcements?.id}/messages`;
const byBot = { authorization: `Bot ${acme?.botToken}` };

const ask = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${sandbox.url}/discord.com${path}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: { "content-type": "application/json", "user-agent": "DiscordBot (https://example.com, 1)", ...headers },
  });

it.each([
  ["whoever does not say who asks", hook, { content: "a" }, { "user-agent": "curl/8" }, 403, 40333],
  ["a path without a version", hook.replace("/v10", ""), { content: "a" }, {}, 404, 10003],
  ["an unknown webhook", hook.replace("0011", "0099"), { content: "a" }, {}, 404, 10015],
  ["another token", hook.replace(token, "other"), { content: "a" }, {}, 401, 50027],
  ["nothing", hook, {}, {}, 400, 50006],
  ["what is no JSON", hook, "content=a", {}, 400, 50109],
  ["a form", hook, "content=a", { "content-type": "application/x-www-form-urlencoded" }, 400, 50035],
  ["a long text", hook, { content: "a".repeat(2001) }, {}, 400, 50035],
  ["a long title", hook, { embeds: [{ title: "a".repeat(257) }] }, {}, 400, 50035],
  ["an attachment that did not come", hook, { content: "a", attachments: [{ id: "0" }] }, {}, 400, 50035],
  ["an answer by a webhook", hook, { content: "a", message_reference: { message_id: "1" } }, {}, 400, 50035],
  ["a webhook called Discord", hook, { content: "a", username: "Discord news" }, {}, 400, 50035],
  [
    "a poll of a year",
    hook,
    { poll: { question: { text: "a" }, answers: [{ poll_media: { text: "b" } }], duration: 9000 } },
    {},
    400,
    50035,
  ],
  ["a thread where there is none", hook, { content: "a", thread_name: "b" }, {}, 400, 220003],
  ["a forum without a thread", forum, { content: "a" }, {}, 400, 220001],
  ["a bot without a token", messages, { content: "a" }, {}, 401, 0],
  ["a user's token", messages, { content: "a" }, { authorization: `Bearer ${acme?.botToken}` }, 401, 0],
  ["a message in a forum", `/api/v10/channels/${ideas?.id}/messages`, { content: "a" }, byBot, 403, 50001],
  ["a long nonce", messages, { content: "a", nonce: "a".repeat(26) }, byBot, 400, 50035],
])("refuses %s", async (_what, path, body, headers, status, code) => {
  await fetch(`${sandbox.url}/_sandbox/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: 3 }),
  });
  const response = await ask(path, body, headers as Record<string, string>);
  expect([response.status, ((await response.json()) as { code: number }).code]).toEqual([status, code]);
});

it("says nothing without wait, has a bucket for each webhook, and shows its token nowhere", async () => {
  const answers: Response[] = [];
  for (let count = 0; count < 6; count += 1) answers.push(await ask(forum, { content: "a", thread_name: "b" }));
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204, 204, 204, 429]);
  expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual(["4", "3", "2", "1", "0", "0"]);
  expect(await answers[5]?.json()).toMatchObject({ retry_after: expect.any(Number), global: false });
  const asked = await (await fetch(`${sandbox.url}/_sandbox/requests?platform=discord`)).text();
  expect(asked).toContain("/api/v10/webhooks/1300000000000000012");
  expect(asked).not.toContain("SandboxWebhookTokenOf");
});
