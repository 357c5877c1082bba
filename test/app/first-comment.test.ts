/** The comment under a post: a part of its delivery, with the promises of every other. */
import { expect, test } from "vitest";
import { utf16Units } from "../../src/domain/counting/units.ts";
import { published, type SmallPlatform, smallPlatform } from "./small-platform.ts";

/** Comments of posts go to `/posts/ID/comments`. */
const commenting = (): Promise<SmallPlatform> =>
  smallPlatform((url) => ({
    limits: {
      text: { max: 100, unit: "characters", measure: utf16Units },
      comment: { max: 20, unit: "characters", measure: utf16Units },
      firstComment: true,
      thread: true,
    },
    publish: {
      commit: (api, { text }) => published(api, `${url}/posts`, text),
      // Posts can be looked for, comments cannot.
      confirm: async () => null,
      delete: async (api, id) => void (await api.delete(`${url}/posts/${id}`)),
      comment: (api, id, text) => published(api, `${url}/posts/${id}/comments`, text),
    },
  }));

const lines = ({ asked }: SmallPlatform) => asked.map(({ method, path, body }) => `${method} ${path} ${body}`);

test("goes out after the post, under its first message", async () => {
  const small = await commenting();
  const part = { images: [], video: null, document: null, poll: null };
  const { delivery, failure } = await small.publish({
    text: "one",
    thread: [{ ...part, text: "two" }],
    firstComment: "#tags",
  });
  expect(failure).toBeNull();
  expect(delivery).toMatchObject({ state: "published", remoteId: "id-1" });
  expect(lines(small)).toEqual([
    'POST /posts {"text":"one"}',
    'POST /posts {"text":"two"}',
    'POST /posts/id-1/comments {"text":"#tags"}',
  ]);
});

test("that fails leaves the post as it is, and is sent alone by a retry", async () => {
  const small = await commenting();
  small.next("/posts/id-1/comments", (_asked, response) => response.writeHead(403).end("{}"));
  const { delivery, failure } = await small.publish({ text: "one", firstComment: "#tags" });
  expect(delivery).toMatchObject({ state: "failed", url: "https://small.example/id-1" });
  expect(failure?.message).toMatch(/^the post is public; its first comment: Small answered 403/);
  const [again] = await small.posts({ action: "send", ids: [delivery.id], overQuota: false });
  expect(again).toMatchObject({ failure: null, delivery: { state: "published", remoteId: "id-1" } });
  expect(lines(small).map((line) => line.split(" ")[1])).toEqual([
    "/posts",
    "/posts/id-1/comments",
    "/posts/id-1/comments",
  ]);
});

test("of which no answer came is not sent again until its owner has looked", async () => {
  const small = await commenting();
  small.next("/posts/id-1/comments", (_asked, response) => response.destroy());
  const { delivery, failure } = await small.publish({ text: "one", firstComment: "#tags" });
  expect(delivery).toMatchObject({ state: "unknown", dueAt: null });
  expect(failure).toMatchObject({
    code: "delivery_unknown",
    hint: expect.stringContaining("https://small.example/id-1"),
  });
  const [still] = await small.posts({ action: "send", ids: [delivery.id], overQuota: false });
  expect(still?.delivery.state).toBe("unknown");
  expect(small.asked).toHaveLength(2);
  await small.posts({ action: "settle", ids: [delivery.id], published: null });
  const [again] = await small.posts({ action: "send", ids: [delivery.id], overQuota: false });
  expect(again?.delivery.state).toBe("published");
  expect(small.asked).toHaveLength(3);
});

test("that its owner finds makes the delivery whole", async () => {
  const small = await commenting();
  small.next("/posts/id-1/comments", (_asked, response) => response.destroy());
  const { delivery } = await small.publish({ text: "one", firstComment: "#tags" });
  const found = { url: "https://small.example/c", remoteId: "c" };
  const [settled] = await small.posts({ action: "settle", ids: [delivery.id], published: found });
  expect(settled?.delivery).toMatchObject({ state: "published", remoteId: "id-1" });
});

test("goes with its post when that is taken down", async () => {
  const small = await commenting();
  const { delivery } = await small.publish({ text: "one", firstComment: "#tags" });
  const [gone] = await small.posts({ action: "delete", ids: [delivery.id] });
  expect(gone).toMatchObject({ failure: null, delivery: { state: "deleted" } });
  expect(lines(small).slice(2)).toEqual(["DELETE /posts/id-1 "]);
});

test.each([
  ["a comment that is longer than it may be", /the first comment has 21 characters, 1 more than Small allows/],
  [" ", /the first comment is empty/],
])("is looked at before anything is sent: %s", async (given, problem) => {
  const small = await commenting();
  const firstComment = given.trim() === "" ? given : "x".repeat(21);
  await expect(small.publish({ text: "one", firstComment })).rejects.toThrow(problem);
  expect(small.asked).toEqual([]);
});

test("is refused where there are no comments", async () => {
  const small = await smallPlatform();
  await expect(small.publish({ text: "one", firstComment: "#tags" })).rejects.toThrow("Small takes no first comments");
});
