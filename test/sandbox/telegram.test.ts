/** The sandbox's Telegram refuses what Telegram refuses, in its words. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { botsOf } from "../../src/sandbox/telegram/chats.ts";
import { clock, random } from "../conformance/ports.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());

const token = botsOf(defaultPeople)[0]?.token ?? "";

interface Answer {
  readonly ok: boolean;
  readonly error_code?: number;
  readonly description?: string;
  readonly parameters?: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
}

async function ask(method: string, body: Readonly<Record<string, unknown>> | FormData, by = token): Promise<Answer> {
  const isForm = body instanceof FormData;
  const response = await fetch(`${sandbox.url}/api.telegram.org/bot${by}/${method}`, {
    method: "POST",
    ...(isForm ? { body } : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const answer = (await response.json()) as Answer;
  expect(response.status).toBe(answer.error_code ?? 200);
  return answer;
}

function form(fields: Readonly<Record<string, string>>, files: Readonly<Record<string, string>>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  for (const [name, head] of Object.entries(files)) made.set(name, new Blob([Buffer.from(head, "latin1")]), "a");
  return made;
}

const chat_id = "@acme_news";
const jpeg = "\xff\xd8\xff\xe0 and so on";

it.each([
  ["another's token", "sendMessage", { chat_id, text: "a" }, "Unauthorized", "110000001:AAHnobodys"],
  ["what is no token", "sendMessage", { chat_id, text: "a" }, "Not Found", "abc"],
  ["an unknown method", "sendNews", { chat_id }, "Not Found: method not found", token],
  ["an unknown chat", "sendMessage", { chat_id: "@nobody", text: "a" }, "Bad Request: chat not found", token],
  ["no chat", "sendMessage", { text: "a" }, "Bad Request: chat_id is empty", token],
  ["no text", "sendMessage", { chat_id, text: " " }, "Bad Request: message text is empty", token],
  ["a long text", "sendMessage", { chat_id, text: "a".repeat(4097) }, "Bad Request: message is too long", token],
  [
    "a tag that is none",
    "sendMessage",
    { chat_id, text: "<h1>a</h1>", parse_mode: "HTML" },
    'Bad Request: can\'t parse entities: Unsupported start tag "h1" at byte offset 0',
    token,
  ],
  [
    "an answer to nothing",
    "sendMessage",
    { chat_id, text: "a", reply_parameters: { message_id: 99 } },
    "Bad Request: message to be replied not found",
    token,
  ],
  [
    "a channel of somebody else's",
    "sendMessage",
    { chat_id: "@globex_news", text: "a" },
    "Forbidden: bot is not a member of the channel chat",
    token,
  ],
  [
    "a channel without the right",
    "sendMessage",
    { chat_id: "@acme_archive", text: "a" },
    "Bad Request: need administrator rights in the channel chat",
    token,
  ],
  [
    "a picture that is none",
    "sendPhoto",
    form({ chat_id }, { photo: "words" }),
    "Bad Request: IMAGE_PROCESS_FAILED",
    token,
  ],
  [
    "a long caption",
    "sendPhoto",
    form({ chat_id, caption: "a".repeat(1025) }, { photo: jpeg }),
    "Bad Request: message caption is too long",
    token,
  ],
  [
    "an album of one",
    "sendMediaGroup",
    form({ chat_id, media: JSON.stringify([{ type: "photo", media: "attach://a" }]) }, { a: jpeg }),
    "Bad Request: there must be from 2 to 10 messages to send in a media group",
    token,
  ],
  [
    "what is not there",
    "deleteMessage",
    { chat_id, message_id: 99 },
    "Bad Request: message to delete not found",
    token,
  ],
] as const)("refuses %s", async (_what, method, body, description, by) => {
  expect(await ask(method, body, by)).toMatchObject({ ok: false, description });
});

it("tells the new id of a group that became a supergroup", async () => {
  expect(await ask("sendMessage", { chat_id: -4000002, text: "a" })).toEqual({
    ok: false,
    error_code: 400,
    description: "Bad Request: group chat was upgraded to a supergroup chat",
    parameters: { migrate_to_chat_id: -1001000000009 },
  });
});

it("takes twenty messages a minute in a chat, and shows a token nowhere", async () => {
  const chat = "-1001000000009";
  for (let count = 0; count < 20; count += 1)
    expect(await ask("sendMessage", { chat_id: chat, text: "a" })).toMatchObject({ ok: true });
  expect(await ask("sendMessage", { chat_id: chat, text: "a" })).toMatchObject({
    error_code: 429,
    parameters: { retry_after: expect.any(Number) },
  });
  const asked = await (await fetch(`${sandbox.url}/_sandbox/requests?platform=telegram`)).text();
  expect(asked).toContain('"/sendMessage"');
  expect(asked).not.toContain("AAH");
});
