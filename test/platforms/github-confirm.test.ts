/** What GitHub's answers prove of a post whose own answer was lost. */
import { expect, it } from "vitest";
import { statusOf } from "../../src/platforms/github/failures.ts";
import { github } from "../../src/platforms/github.ts";
import type { Api, Message, Publishing } from "../../src/platforms/platform.ts";
import { apiOf } from "../app/platform-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

const publishing = github.publish as Required<Publishing>;
const since = Date.parse("2026-11-21T12:00:00Z");
const sending = { prepared: null, idempotencyKey: "key", step: rememberedSteps().step };

function answering(body: unknown): Api {
  const call = async () => ({ status: 200, headers: {}, body });
  return { ...apiOf(github, "any"), call, handle: "acme" };
}

const at = { createdAt: "2026-11-21T12:00:05Z", created_at: "2026-11-21T12:00:05Z" };
const listing = (nodes: readonly object[]) => answering({ data: { repository: { discussions: { nodes } } } });
const discussion = { id: "D_1", url: "https://github.com/d/1", author: { login: "Acme" }, ...at };
const ask = (api: Api, given: Message) => publishing.confirm(api, given, sending, since);

it("takes nothing for absent that GitHub may have written otherwise", async () => {
  const options = { as: "discussion", repository: "acme/bakery" };
  const said = message({ title: "Rye ", text: "One\n\nTwo\n", options });
  expect(await ask(listing([]), said)).toBeNull();
  const same = { ...discussion, title: "Rye", body: "One\r\n\r\nTwo" };
  expect(await ask(listing([same]), said)).toMatchObject({ remoteId: "discussion:D_1" });
  expect(await ask(listing([{ ...same, body: "Three" }]), said)).toBeUndefined();
  // Who posted may be called otherwise by now.
  expect(await ask(listing([{ ...same, author: { login: "acme-bakery" } }]), said)).toBeUndefined();
  expect(await ask(listing([{ ...same, title: "Cake", author: { login: "globex" } }]), said)).toBeNull();
  const gist = { id: "1", html_url: "https://gist.github.com/1", description: "Rye", public: true, ...at };
  const note = message({ title: "Rye ", text: "One" });
  expect(await ask(answering([{ ...gist, files: { "post.md": { size: 3 } } }]), note)).toBeUndefined();
  expect(await ask(answering([{ ...gist, files: { "other.md": { size: 3 } } }]), note)).toBeNull();
});

it("knows an error of a part of an answer from one of the whole", async () => {
  const errors = [{ message: "no" }];
  expect(statusOf(200, { data: { createDiscussion: null }, errors })).toBe(422);
  expect(statusOf(200, { data: null, errors })).toBe(422);
  expect(statusOf(200, { data: { createDiscussion: { discussion: null } }, errors })).toBe(200);
  const place = { ...sending, prepared: { repositoryId: "R", categoryId: "C" } };
  const said = message({ title: "Rye", text: "One", options: { as: "discussion", repository: "acme/bakery" } });
  const half = answering({ data: { createDiscussion: { discussion: null } } });
  await expect(publishing.commit(half, said, place)).rejects.toMatchObject({ code: "delivery_unknown" });
});
