/** What is sent to Discord, judged by its own description of its API. */
import { afterAll, beforeAll, expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { identityInAnswer } from "../../src/platforms/discord/places.ts";
import { discord as platform } from "../../src/platforms/discord.ts";
import type { Message } from "../../src/platforms/platform.ts";
import { serversOf, webhookBody, webhooksOf } from "../../src/sandbox/discord/servers.ts";
import { defaultPeople, type Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { createWorld } from "../../src/sandbox/world.ts";
import { clock, random } from "../conformance/ports.ts";
import { bodyText, connectedChat } from "../platforms/connected-chat.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { describedApi } from "./described-api.ts";

const api = describedApi("discord.json");
const described = test.skipIf(api === null);
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";
const host = "https://discord.com/api/v10";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());

const [acme] = serversOf(defaultPeople);
const [hook, forumHook] = webhooksOf(createWorld({ port: 0, clock, random }));
const files = { images: [{ file: mediaFile("photo.jpg"), alt: "A loaf" }] };

/** Everything that is ever asked, by a webhook and by a bot. */
async function everythingSent(): Promise<HttpRequest[]> {
  const sent: HttpRequest[] = [];
  const by = async (pasted: Parameters<typeof connectedChat>[2], posts: readonly Partial<Message>[]) => {
    const to = await connectedChat(platform, sandbox, pasted);
    const method = platform.methods.find(({ id }) => id === pasted.method);
    if (method?.kind === "key") await method.identify?.({ ...to.api, facts: pasted.answers ?? {} });
    await platform.check(to.api);
    let first: string | null = null;
    for (const post of posts) {
      const replies = pasted.method === "bot" && post.options?.["thread-name"] === undefined;
      const written = replies && first ? { ...post, replyTo: first.split("/").at(-1) ?? null } : post;
      const { remoteId } = await to.publish(written, random.uuid());
      first ??= remoteId;
    }
    await platform.publish?.delete?.(to.api, first ?? "");
    sent.push(...to.sent);
  };
  const options = { mentions: "users", silent: true, previews: false };
  const card = { text: "Read", title: "Bread", link: "https://example.com/", options: { description: "How" } };
  const poll = { text: "Which?", poll: { options: ["Rye", "Spelt"], minutes: 90 } };
  const addressOf = (each: typeof hook) => `https://discord.com/api/webhooks/${each?.id}/${each?.token}`;
  await by({ method: "webhook", key: addressOf(hook) }, [
    { text: "Hello", options },
    card,
    poll,
    { text: "", ...files },
  ]);
  const begun = { text: "Idea", options: { "thread-name": "Rye", username: "Baker" } };
  await by({ method: "webhook", key: addressOf(forumHook) }, [begun]);
  const [channel, forum] = acme?.channels ?? [];
  const bot = (id = "") => ({ method: "bot", key: acme?.botToken ?? "", answers: { channel: id } });
  await by(bot(channel?.id), [{ text: "Hello", options }, card, poll, { text: "", ...files }]);
  await by(bot(forum?.id), [{ text: "Idea", options: { "thread-name": "Rye" } }]);
  const to = await connectedChat(platform, sandbox, bot(channel?.id));
  const answer = { webhook: hook ? webhookBody(hook) : null };
  expect(await identityInAnswer(answer, to.api)).toMatchObject({ kind: "webhook", login: acme?.botId });
  return [...sent, ...to.sent];
}

/** Of a form with files the description is of what stands in `payload_json`. */
async function asDescribed(request: HttpRequest): Promise<HttpRequest> {
  const url = new URL(request.url);
  // The description's paths stand behind the server's address.
  url.pathname = url.pathname.replace(/^\/api\/v10/, "");
  const plain = { ...request, url: url.href };
  if (!/^multipart\//.test(request.headers?.["content-type"] ?? "")) return plain;
  const [, json = ""] = /name="payload_json"\r\n\r\n(.*)\r\n/.exec(await bodyText(request)) ?? [];
  return { ...plain, headers: { "content-type": "application/json" }, body: json };
}

described(`every request is as Discord describes it ${named}`, async () => {
  if (!api) throw new Error("skipped");
  const judgements = await Promise.all(
    (await everythingSent()).map(async (request) => api.judge(await asDescribed(request))),
  );
  for (const { operation, deviations } of judgements) expect(deviations, String(operation)).toEqual([]);
  expect(new Set(judgements.map(({ operation }) => operation))).toEqual(
    new Set([
      "get_webhook_by_token",
      "execute_webhook",
      "delete_webhook_message",
      "get_my_user",
      "get_channel",
      "create_message",
      "create_thread",
      "delete_message",
    ]),
  );
});

const json = (path: string, body: unknown): HttpRequest => ({
  method: "POST",
  url: `${host}${path}`,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

const channel = "/channels/1300000000000000102/messages";

// A judge that lets everything pass would be none.
const wrong: readonly [string, HttpRequest, string][] = [
  ["a long text", json(channel, { content: "a".repeat(4001) }), "must NOT have more than 4000 characters"],
  ["a reference without a message", json(channel, { message_reference: {} }), "message_id"],
  ["a nonce of 26 letters", json(channel, { nonce: "a".repeat(26) }), "25"],
  ["a poll of two months", json(channel, { poll: { question: {}, answers: [{}], duration: 1440 } }), "768"],
  ["an unknown path", json("/channels/1/posts", {}), "is not described"],
];

test.skipIf(api === null).each(wrong)(`%s is found ${named}`, async (_what, request, expected) => {
  const { deviations } = (await api?.judge(await asDescribed(request))) ?? { deviations: [] };
  expect(deviations.join("\n")).toContain(expected);
});
