/** The sandbox's Slack refuses what Slack refuses, in its words and with its statuses. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { workspacesOf } from "../../src/sandbox/slack/workspaces.ts";
import { clock, random } from "../conformance/ports.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());

const [acme] = workspacesOf(defaultPeople);
const channel = acme?.channels[0]?.id;

const ask = (method: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${sandbox.url}/slack.com/api/${method}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", authorization: `Bearer ${acme?.token}`, ...headers },
  });

it.each([
  ["no token", "auth.test", {}, { authorization: "" }, "not_authed"],
  ["another's token", "auth.test", {}, { authorization: "Bearer xoxb-1" }, "invalid_auth"],
  ["an unknown method", "chat.write", {}, {}, "unknown_method"],
  ["a body that is none", "chat.postMessage", {}, { "content-type": "text/plain" }, "invalid_post_type"],
  ["a name in place of an id", "chat.postMessage", { channel: "nowhere", text: "a" }, {}, "channel_not_found"],
  ["a private channel of others", "chat.postMessage", { channel: "C0SANDBOX014", text: "a" }, {}, "channel_not_found"],
  ["an archived channel", "chat.postMessage", { channel: "C0SANDBOX015", text: "a" }, {}, "is_archived"],
  ["no text", "chat.postMessage", { channel }, {}, "no_text"],
  ["a long text", "chat.postMessage", { channel, text: "a".repeat(40_001) }, {}, "msg_too_long"],
  ["a thread that is none", "chat.postMessage", { channel, text: "a", thread_ts: "1.2" }, {}, "thread_not_found"],
  ["a file without a length", "files.getUploadURLExternal", { filename: "a" }, {}, "invalid_arguments"],
  ["a file that was not sent", "files.completeUploadExternal", { files: [{ id: "F1" }] }, {}, "file_not_found"],
  ["what is not there", "chat.delete", { channel, ts: "1.2" }, {}, "message_not_found"],
])("refuses %s, with status 200", async (_what, method, body, headers, error) => {
  const response = await ask(method, body, headers as Record<string, string>);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ ok: false, error });
});

it("takes about a message a second in a channel", async () => {
  const send = () => ask("chat.postMessage", { channel: acme?.channels[2]?.id, text: "a" });
  for (let count = 0; count < 60; count += 1) expect(await (await send()).json()).toMatchObject({ ok: true });
  const refused = await send();
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
});

it("answers webhooks in one word, and shows their secret nowhere", async () => {
  const post = (path: string, body: string) =>
    fetch(`${sandbox.url}/hooks.slack.com/services/${path}`, { method: "POST", body });
  const [team, id, secret] = (acme?.webhook ?? "").split("/");
  for (const [path, body, status, word] of [
    [`${team}/${id}/${secret}`, '{"text":"a"}', 200, "ok"],
    [`${team}/${id}/${secret}`, "{}", 400, "no_text"],
    [`${team}/${id}/${secret}`, "text=a", 400, "invalid_payload"],
    [`${team}/${id}/other`, '{"text":"a"}', 403, "invalid_token"],
    [`${team}/B1/${secret}`, '{"text":"a"}', 404, "no_service"],
    [`T1/${id}/${secret}`, '{"text":"a"}', 404, "no_team"],
  ] as const) {
    const response = await post(path, body);
    expect([response.status, await response.text()]).toEqual([status, word]);
  }
  const asked = await (await fetch(`${sandbox.url}/_sandbox/requests?platform=slack`)).text();
  expect(asked).not.toContain(secret);
});
