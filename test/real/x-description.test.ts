/** What is sent to X, judged by X's own OpenAPI description. */
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { x as platform } from "../../src/platforms/x.ts";
import { connectedX, fileOf, mediaFile, message, mp4Head, pngHead, rememberedSteps } from "../platforms/connected-x.ts";
import { describedApi } from "./described-api.ts";

const api = describedApi("x.json");
const described = test.skipIf(api === null);

/** Everything that a post can be, its deletion, and the look at recent posts: what was sent for it. */
async function everythingSent(): Promise<HttpRequest[]> {
  const x = await connectedX();
  const redirectUris = ["http://127.0.0.1:8791/callback/x"];
  const app = { platform: "x", clientId: "sandbox-x-client", clientSecret: "sandbox-x-secret", redirectUris };
  await x.client.control("POST", "/apps", { ...app, enterprise: true });
  const publish = async (given: Parameters<typeof message>[0]) => {
    const written = message(given);
    const prepared = await x.publishing.prepare(x.api, written, rememberedSteps().step);
    const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
    const published = await x.publishing.commit(x.api, written, sending);
    expect(await x.publishing.confirm(x.api, written, sending, Date.now() - 60_000)).toEqual(published);
    return published;
  };
  const first = await publish({ text: "A text with a link: example.com" });
  await publish({ text: "A reply", replyTo: first.url });
  await publish({ text: "A quote", quote: first.remoteId });
  await publish({ text: "A poll", poll: { options: ["Rye", "Spelt"], minutes: 1440 } });
  const picture = (count: number) => ({ file: fileOf(`${count}.png`, pngHead), alt: `Picture ${count}` });
  await publish({ text: "Pictures", images: [1, 2, 3, 4].map(picture) });
  await publish({ text: "A GIF", images: [{ file: mediaFile("moving.gif"), alt: "It turns" }] });
  await publish({ text: "A film", video: { file: fileOf("a.mp4", mp4Head, 5_000_000), alt: null } });
  await x.publishing.delete(x.api, first.remoteId);
  await platform.check(x.api);
  return x.sent;
}

const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

described(`every request is as X describes it, and within the scopes that are asked for ${named}`, async () => {
  if (!api) throw new Error("skipped");
  const sent = await everythingSent();
  const judgements = await Promise.all(sent.map((request) => api.judge(request)));
  for (const { operation, deviations } of judgements) expect(deviations, String(operation)).toEqual([]);
  expect(new Set(judgements.map(({ operation }) => operation))).toEqual(
    new Set([
      "createPosts",
      "deletePosts",
      "getUsersMe",
      "getUsersPosts",
      "initializeMediaUpload",
      "appendMediaUpload",
      "finalizeMediaUpload",
      "getMediaUploadStatus",
      "createMediaMetadata",
    ]),
  );
  const [method] = platform.methods;
  const scopes = method?.kind === "oauth2" ? method.scopes : [];
  expect(scopes).toEqual(expect.arrayContaining(judgements.flatMap((judgement) => judgement.scopes)));
});

const tweets = "https://api.x.com/2/tweets";
const json = (url: string, body: unknown): HttpRequest => ({
  method: "POST",
  url,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

// A judge that lets everything pass would be none.
const wrong: readonly [string, HttpRequest, string][] = [
  ["a text that is a number", json(tweets, { text: 5 }), "must be string"],
  ["a key that X does not know", json(tweets, { text: "a", colour: "red" }), "additional properties (colour)"],
  ["five options", json(tweets, { poll: { options: ["1", "2", "3", "4", "5"], duration_minutes: 5 } }), "than 4 items"],
  ["a poll of a minute", json(tweets, { poll: { options: ["1", "2"], duration_minutes: 1 } }), ">= 5"],
  ["an id with a letter", json(tweets, { reply: { in_reply_to_tweet_id: "1a" } }), "pattern"],
  [
    "a form for JSON",
    { ...json(tweets, {}), headers: { "content-type": "text/plain" } },
    "text/plain is not described",
  ],
  ["no body", { method: "POST", url: tweets }, "the body is missing"],
  [
    "an unknown field",
    { method: "GET", url: `https://api.x.com/2/users/1/tweets?post.fields=colour` },
    "allowed values",
  ],
  [
    "an unknown parameter",
    { method: "GET", url: `https://api.x.com/2/users/1/tweets?colour=red` },
    "colour is not described",
  ],
  ["a path that is not there", { method: "GET", url: "https://api.x.com/2/nowhere" }, "is not described"],
  [
    "a missing media id",
    { method: "GET", url: "https://api.x.com/2/media/upload?command=STATUS" },
    "media_id is missing",
  ],
  [
    "an alt text of 1001 characters",
    json("https://api.x.com/2/media/metadata", { id: "1", metadata: { alt_text: { text: "a".repeat(1001) } } }),
    "1000 characters",
  ],
  [
    "media of an unknown type",
    json("https://api.x.com/2/media/upload/initialize", { media_type: "a/b" }),
    "allowed values",
  ],
];

described.each(wrong)(`%s is noticed ${named}`, async (_, request, deviation) => {
  expect((await api?.judge(request))?.deviations.join()).toContain(deviation);
});
