/** What is sent to Mastodon, judged by a published description of its API. */
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { hours } from "../../src/domain/time.ts";
import { mastodon as platform } from "../../src/platforms/mastodon.ts";
import { connectedMastodon, publish } from "../platforms/connected-mastodon.ts";
import { mediaFile, message, rememberedSteps } from "../platforms/connected-x.ts";
import { start } from "../sandbox/start.ts";
import { describedApi } from "./described-api.ts";

// A status is one of three schemas, none of which forbids what another has: a text with files is two of them.
const api = describedApi("mastodon.json", { oneOfIsAny: true });
const described = test.skipIf(api === null);
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

/** Everything that is ever asked. */
async function everythingSent(): Promise<HttpRequest[]> {
  const here = await connectedMastodon(await start());
  const [method] = platform.methods;
  const servers = method?.kind === "oauth2" ? method.server : undefined;
  const server = await servers?.find(here.bare, "mastodon.social");
  if (!server) throw new Error("no server");
  const wish = { name: "agencyiq", redirectUris: ["http://127.0.0.1:8791/callback/mastodon"], scopes: ["profile"] };
  await servers?.register?.(here.bare, server, wish);
  await platform.identify(here.api);
  await platform.check(here.api);
  const images = [{ file: mediaFile("photo.jpg"), alt: "A loaf" }];
  const first = await publish(here, {
    text: "All",
    images,
    language: "en",
    visibility: "unlisted",
    options: { spoiler: "Food", sensitive: true, focus: "0.5,-0.2", "quote-policy": "followers" },
  });
  await publish(here, {
    text: "Film",
    video: { file: mediaFile("film.mp4"), alt: null },
    thumbnail: { file: mediaFile("photo.jpg"), alt: null },
    replyTo: first.remoteId,
  });
  await publish(here, { text: "Poll", poll: { options: ["a", "b"], minutes: 5 } });
  await publish(here, { text: "Quote", quote: first.remoteId });
  const later = { text: "Later", options: { "publish-at": here.api.now() + hours(1) } };
  const waiting = await publish(here, later);
  const sending = { prepared: { media: [] }, idempotencyKey: "key", step: rememberedSteps().step };
  await here.publishing.confirm(here.api, message(later), sending, 0);
  await here.publishing.confirm(here.api, message({ text: "Later" }), sending, 0);
  for (const { remoteId } of [waiting, first]) await here.publishing.delete(here.api, remoteId);
  return here.sent;
}

described(`every request is as it is described ${named}`, async () => {
  if (!api) throw new Error("skipped");
  const sent = await everythingSent();
  const judgements = await Promise.all(sent.map((request) => api.judge(request, { strictNames: true })));
  for (const { operation, deviations } of judgements) expect(deviations, String(operation)).toEqual([]);
  expect(new Set(judgements.map(({ operation }) => operation)).size).toBe(11);
});

const json = (path: string, body: unknown): HttpRequest => ({
  method: "POST",
  url: `https://mastodon.social${path}`,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

// A judge that lets everything pass would be none.
const wrong: readonly [string, HttpRequest, string][] = [
  ["a text that is a number", json("/api/v1/statuses", { status: 5 }), "must be string"],
  [
    "a visibility that is none",
    json("/api/v1/statuses", { status: "a", visibility: "hidden" }),
    "must be equal to one of",
  ],
  ["a name that is none", json("/api/v1/statuses", { status: "a", colour: "red" }), "colour is not described"],
  ["a poll that is a text", json("/api/v1/statuses", { poll: "a" }), "must be object"],
  ["redirect URIs as one text", json("/api/v1/apps", { client_name: "a", redirect_uris: "urn:a" }), "must be array"],
  ["an unknown path", json("/api/v1/toots", {}), "is not described"],
];

test.skipIf(api === null).each(wrong)(`%s is found ${named}`, async (_what, request, expected) => {
  const { deviations } = (await api?.judge(request, { strictNames: true })) ?? { deviations: [] };
  expect(deviations.join("\n")).toContain(expected);
});
