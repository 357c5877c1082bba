/** Stories on Medium, which nothing can be asked about afterwards. */
import { expect, it } from "vitest";
import { medium } from "../../src/platforms/medium.ts";
import { connectedByKey, failureOf, fault, publish, timeline } from "./connected-by-key.ts";
import { mediaFile, message } from "./connected-x.ts";

async function connected(person = "acme") {
  const account = await connectedByKey(medium, { token: `sandbox-medium-${person}` });
  const [identity] = await medium.identify(account.api);
  return { ...account, api: { ...account.api, externalId: identity?.externalId ?? "" } };
}

const posts = (account: Awaited<ReturnType<typeof connected>>) =>
  account.sent.filter(({ method, url }) => method === "POST" && url.endsWith("/posts"));

it("puts the title into the text, and pictures behind it by Medium's addresses", async () => {
  const acme = await connected();
  const images = [{ file: mediaFile("photo.jpg"), alt: "A [cut] loaf" }];
  const tags = ["bread", "a tag that is longer than Medium takes", "rye"];
  const link = "https://acme.example/rye";
  const given = message({
    title: "Rye",
    text: "Three **days**.",
    images,
    tags,
    link,
    options: { license: "cc-40-by" },
  });
  const { published } = await publish(acme, given);
  const [post] = await timeline(acme.sandbox);
  expect(post).toMatchObject({
    title: "Rye",
    url: published.url,
    link,
    text: expect.stringMatching(
      /^# Rye\n\nThree \*\*days\*\*\.\n\n!\[A cut loaf\]\(https:\/\/cdn-images-1\.medium\.com\//,
    ),
    media: [{ type: "image/jpeg" }],
  });
  expect(JSON.parse(String(posts(acme)[0]?.body))).toMatchObject({
    tags: ["bread", "rye"],
    publishStatus: "public",
    canonicalUrl: link,
    license: "cc-40-by",
  });
});

it("writes for a publication, and leaves what is not public off the timeline", async () => {
  const globex = await connected("globex");
  const story = { title: "Rye", text: "x", options: { publication: "the bakers" } };
  expect(await failureOf(publish(globex, message(story)))).toMatchObject({
    code: "not_permitted",
    hint: expect.stringContaining("--visibility draft"),
  });
  const { published } = await publish(globex, message({ ...story, visibility: "draft" }));
  expect(published.url).toContain("/edit");
  expect(await timeline(globex.sandbox)).toEqual([]);
  const none = message({ ...story, options: { publication: "The Brewers" } });
  expect(await failureOf(publish(globex, none))).toMatchObject({
    code: "content_invalid",
    hint: "it writes for: The Bakers",
  });
  await publish(globex, message({ title: "Rye", text: "x", visibility: "unlisted" }));
  expect(await timeline(globex.sandbox)).toMatchObject([{ visibility: "unlisted" }]);
});

it("never sends a story again: nobody can tell whether it is out", async () => {
  const acme = await connected();
  await fault(acme, "medium", `POST /v1/users/${acme.api.externalId}/posts`, "drop-after");
  expect((await failureOf(publish(acme, message({ title: "Rye", text: "x" })))).code).toBe("delivery_unknown");
  expect(acme.publishing.confirm).toBeUndefined();
  expect(acme.publishing.idempotentFor).toBeUndefined();
  expect(posts(acme)).toHaveLength(1);
});

it("says what is wrong with a text before it is sent", () => {
  const given = message({ title: "Rye", text: "# Rye\n\n![x](loaf.jpg)" });
  expect(medium.problemsOf?.(given, { now: 0, video: null })).toEqual([
    "the picture loaf.jpg in the text is no web address: give it with --image",
    "the text begins with its title, which is put there by itself: leave it out",
  ]);
});
