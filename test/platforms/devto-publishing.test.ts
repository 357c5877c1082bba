/** Articles on DEV: two steps, so that nothing is ever published twice. */
import { expect, it } from "vitest";
import { devto } from "../../src/platforms/devto.ts";
import { begin, type ConnectedByKey, connectedByKey, failureOf, fault, publish, timeline } from "./connected-by-key.ts";
import { message } from "./connected-x.ts";

const article = { title: "Rye", text: "Three *days*.", tags: ["Bread", "rye"] };

const connected = () => connectedByKey(devto, { token: "sandbox-devto-acme" });
const writes = ({ sent }: ConnectedByKey) =>
  sent.flatMap(({ method, url }) => (method === "GET" ? [] : [`${method} ${new URL(url).pathname}`]));

it("makes a draft, publishes it, changes it by its canonical URL, and takes it off again", async () => {
  const acme = await connected();
  const link = "https://acme.example/rye";
  const first = message({ ...article, link });
  const { published } = await publish(acme, first);
  expect(writes(acme)).toEqual(["POST /api/articles", `PUT /api/articles/${published.remoteId}`]);
  expect(acme.sent.every(({ headers }) => headers?.["accept"] === "application/vnd.forem.api-v1+json")).toBe(true);
  const [post] = await timeline(acme.sandbox);
  expect(post).toMatchObject({ platform: "devto", title: "Rye", text: "Three *days*.", link, url: published.url });
  // Within a second DEV takes no second change.
  await acme.api.wait(1);
  const again = await publish(acme, message({ ...article, link: `${link}/`, text: "Four days." }));
  expect(again.published).toEqual(published);
  expect(await timeline(acme.sandbox)).toMatchObject([{ title: "Rye", text: "Four days." }]);
  await acme.api.wait(1);
  await acme.publishing.delete?.(acme.api, published.remoteId);
  expect(await timeline(acme.sandbox)).toEqual([]);
  await acme.api.wait(1);
  await acme.publishing.delete?.(acme.api, "1");
});

it("puts no other article in the place of one unless it is told to", async () => {
  const acme = await connected();
  const link = "https://acme.example/";
  await publish(acme, message({ ...article, link }));
  const other = { title: "Wheat", text: "Two days.", link };
  expect(await failureOf(publish(acme, message(other)))).toMatchObject({
    code: "duplicate_content",
    hint: expect.stringContaining("devto.update=yes"),
  });
  const never = message({ ...article, link, options: { update: false } });
  expect((await failureOf(publish(acme, never))).code).toBe("duplicate_content");
  await acme.api.wait(1);
  await publish(acme, message({ ...other, options: { update: true } }));
  expect(await timeline(acme.sandbox)).toMatchObject([{ title: "Wheat", text: "Two days." }]);
});

it("finds a draft whose making was not answered, and tells whether a publication that was not answered is out", async () => {
  const acme = await connected();
  const given = message(article);
  await fault(acme, "devto", "POST /api/articles", "drop-after");
  expect((await failureOf(begin(acme, given))).code).toBe("network");
  const sending = await begin(acme, given);
  const { id } = sending.prepared as { id: number };
  expect(writes(acme)).toEqual(["POST /api/articles"]);
  await acme.api.wait(1);
  const put = `PUT /api/articles/${id}`;
  await fault(acme, "devto", put, "drop-before");
  expect((await failureOf(acme.publishing.commit(acme.api, given, sending))).code).toBe("delivery_unknown");
  expect(await acme.publishing.confirm?.(acme.api, given, sending, 0)).toBeNull();
  await acme.api.wait(1);
  await fault(acme, "devto", put, "drop-after");
  expect((await failureOf(acme.publishing.commit(acme.api, given, sending))).code).toBe("delivery_unknown");
  expect(await acme.publishing.confirm?.(acme.api, given, sending, 0)).toMatchObject({
    remoteId: String(id),
  });
  expect(await timeline(acme.sandbox)).toHaveLength(1);
  const gone = { ...sending, prepared: { id: 1, existed: false } };
  expect(await acme.publishing.confirm?.(acme.api, given, gone, 0)).toBeUndefined();
});

it("leaves a draft a draft where that is asked for", async () => {
  const acme = await connected();
  const { published, sending } = await publish(acme, message({ ...article, options: { published: false } }));
  expect(published.url).toContain("temp-slug");
  expect(await timeline(acme.sandbox)).toEqual([]);
  const given = message({ ...article, options: { published: false } });
  expect(await acme.publishing.confirm?.(acme.api, given, sending, 0)).toEqual(published);
});

it("says in words what DEV would not take", () => {
  const problems = (given: Parameters<typeof message>[0]) =>
    devto.problemsOf?.(message(given), { now: 0, video: null });
  expect(problems({ ...article, tags: ["a", "b", "c", "d", "e-f"] })).toEqual([
    "5 tags, DEV takes at most 4",
    'the tag "e-f" has more than letters and digits, which is all that DEV takes',
  ]);
  expect(problems({ ...article, text: "![A loaf](./loaf.jpg) ![x](https://acme.example/x.png)" })).toEqual([
    "the picture ./loaf.jpg is no web address: DEV takes no uploads, so put it on the web first",
  ]);
  expect(problems({ ...article, text: "---\ntitle: Other\n---\nHi", options: { "main-image": "a.png" } })).toEqual([
    "main-image takes a web address",
    "the text begins with front matter, which DEV reads itself: leave it out",
  ]);
  expect(problems(article)).toEqual([]);
});
