/** What is sent to YouTube, judged by Google's own description of its Data API. */
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { hours } from "../../src/domain/time.ts";
import { youtube as platform } from "../../src/platforms/youtube.ts";
import { fileOf, mediaFile, message, mp4Head, rememberedSteps } from "../platforms/connected-x.ts";
import { connectedYouTube, sendingOf } from "../platforms/connected-youtube.ts";
import { describedApi } from "./described-api.ts";

const api = describedApi("google-youtube.json");
const described = test.skipIf(api === null);
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

/** Google's page of 2026 has them; the description, which is older, has not. */
const newer = ["containsSyntheticMedia"];

/** Everything that is ever asked: a video with all that can be said of it, its thumbnail, a comment, its end, a live check. */
async function everythingSent(): Promise<HttpRequest[]> {
  const youtube = await connectedYouTube();
  const options = {
    category: "28",
    "made-for-kids": false,
    "synthetic-media": true,
    "notify-subscribers": false,
    license: "creativeCommon",
    embeddable: true,
  };
  const publish = async (given: Parameters<typeof message>[0], changed: Parameters<typeof message>[0] = {}) => {
    const video = { file: fileOf("a.mp4", mp4Head, 9_000_000), alt: null };
    const written = message({ title: "A film", text: "About it", tags: ["a", "b c"], language: "en", video, ...given });
    const prepared = await youtube.publishing.prepare(youtube.api, written, rememberedSteps().step);
    const sending = sendingOf(prepared);
    const published = await youtube.publishing.commit(youtube.api, { ...written, ...changed }, sending);
    expect(await youtube.publishing.confirm(youtube.api, written, sending, 0)).toEqual(published);
    return published;
  };
  const { remoteId } = await publish({ options, thumbnail: { file: mediaFile("photo.jpg"), alt: null } });
  await publish({ options: { "publish-at": youtube.api.now() + hours(3) } }, { title: "Another title" });
  await youtube.publishing.comment(youtube.api, remoteId, "First");
  await youtube.publishing.delete(youtube.api, remoteId);
  await platform.check(youtube.api);
  await platform.identify(youtube.api);
  return youtube.sent;
}

const host = "https://www.googleapis.com";

/** Of an upload the description knows the method; where its bytes go, Google's page on resumable uploads says. */
function asDescribed(request: HttpRequest): HttpRequest | null {
  const url = new URL(request.url);
  if (url.origin !== host || url.searchParams.has("upload_id")) return null;
  const isUpload = url.pathname.startsWith("/upload/");
  url.pathname = url.pathname.replace(/^\/upload/, "");
  if (isUpload) url.searchParams.delete("uploadType");
  const { body, ...bare } = { ...request, url: url.href };
  // A file is no JSON that could be judged.
  return typeof body === "string" ? { ...bare, body } : bare;
}

described(`every request is as Google describes it, and within the scopes that are asked for ${named}`, async () => {
  if (!api) throw new Error("skipped");
  const sent = (await everythingSent()).flatMap((request) => asDescribed(request) ?? []);
  const judgements = await Promise.all(sent.map((request) => api.judge(request, { strictNames: true, newer })));
  for (const { operation, deviations } of judgements) expect(deviations, String(operation)).toEqual([]);
  expect(new Set(judgements.map(({ operation }) => operation))).toEqual(
    new Set([
      "youtube.channels.list",
      "youtube.videos.insert",
      "youtube.videos.list",
      "youtube.videos.update",
      "youtube.videos.delete",
      "youtube.thumbnails.set",
      "youtube.commentThreads.insert",
    ]),
  );
  const [method] = platform.methods;
  const scopes = method?.kind === "oauth2" ? method.scopes : [];
  for (const { operation, anyOf } of judgements) {
    expect(
      anyOf.some((scope) => scopes.includes(scope)),
      String(operation),
    ).toBe(true);
  }
});

const json = (method: HttpRequest["method"], path: string, body: unknown): HttpRequest => ({
  method,
  url: `${host}/youtube/v3${path}`,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

// A judge that lets everything pass would be none.
const wrong: readonly [string, HttpRequest, string][] = [
  ["a title that is a number", json("PUT", "/videos?part=snippet", { snippet: { title: 5 } }), "must be string"],
  [
    "a name that is none",
    json("PUT", "/videos?part=snippet", { snippet: { colour: "red" } }),
    "snippet.colour is not described",
  ],
  ["a name of another part", json("PUT", "/videos?part=status", { title: "A" }), "title is not described"],
  [
    "a visibility that is none",
    json("PUT", "/videos?part=status", { status: { privacyStatus: "hidden" } }),
    "must be equal to one of",
  ],
  ["a time that is none", json("PUT", "/videos?part=status", { status: { publishAt: "soon" } }), "date-time"],
  ["no part", json("PUT", "/videos", {}), "query part is missing"],
  ["an unknown parameter", json("PUT", "/videos?part=status&colour=red", {}), "query colour is not described"],
  ["an unknown path", json("PUT", "/films?part=status", {}), "is not described"],
];

test.skipIf(api === null).each(wrong)(`%s is found ${named}`, async (_what, request, expected) => {
  const { deviations } = (await api?.judge(request, { strictNames: true, newer })) ?? { deviations: [] };
  expect(deviations.join("\n")).toContain(expected);
});
