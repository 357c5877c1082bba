/** What is sent to Threads, judged by Meta's own collection of requests (https://github.com/fbsamples/threads_api). */
import { expect, test } from "vitest";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import { threads } from "../../src/platforms/threads.ts";
import { connectedMeta, served } from "../platforms/connected-meta.ts";
import { message, rememberedSteps } from "../platforms/connected-x.ts";
import { threadsLogin } from "../sandbox/meta-login.ts";
import { judgingCollection } from "./postman-collection.ts";

const collection = judgingCollection("threads.postman.json", {
  media_type: "media_type",
  reply_control: "reply_control",
});
const described = test.skipIf(collection === null);
const named = "(skipped without AGENCYIQ_API_DESCRIPTIONS)";

/** Everything that a post can be, its deletion, the look at recent posts and at the token: what was sent for it. */
async function everythingSent(): Promise<HttpRequest[]> {
  const account = await connectedMeta(threads, threadsLogin);
  const { api, publishing } = account;
  const publish = async (given: Parameters<typeof message>[0]) => {
    const since = api.now();
    const written = message(given);
    const prepared = await publishing.prepare(api, written, rememberedSteps().step);
    const sending = { prepared, idempotencyKey: "key", step: rememberedSteps().step };
    const published = await publishing.commit(api, written, sending);
    expect(await publishing.confirm(api, written, sending, since)).toEqual(published);
    return published;
  };
  const first = await publish({ text: "A text", options: { replies: "mentioned_only", topic: "bread" } });
  await publish({ text: "A link", link: "https://example.com" });
  await publish({ text: "A poll", poll: { options: ["Rye", "Spelt"], minutes: 1440 } });
  await publish({ text: "A reply", replyTo: first.remoteId });
  await publish({ text: "A quote", quote: first.url });
  await publish({ text: "A picture", images: [served(account, "square.jpg", "Bread")] });
  await publish({ text: "A video", video: served(account, "reel.mp4", "Kneading") });
  const images = [served(account, "square.jpg"), served(account, "picture.png", "More bread")];
  await publish({ text: "Several", images, video: served(account, "reel.mp4"), options: { replies: "everyone" } });
  await publishing.delete(api, first.remoteId);
  await threads.check(api);
  await threads.identify(api);
  return account.sent;
}

described(`every request is one that the collection knows, with parameters that it knows ${named}`, async () => {
  const sent = await everythingSent();
  const judgements = sent.map((request) => collection?.judge(request));
  for (const judgement of judgements) expect(judgement?.deviations, String(judgement?.request)).toEqual([]);
  expect(new Set(judgements.map((judgement) => judgement?.request))).toEqual(
    new Set([
      "1.1 Create Text Container",
      "1. Create Media Container",
      "1.2 Create Image Container",
      "1.3 Create Video Container",
      "1.1 Create an Image Item Container",
      "1.2 Create a Video Item Container",
      "2. Create a Carousel Container",
      "2. Publish Threads Post",
      "Get Threads Post Details",
      "Check Container's Publishing Status",
      "Get a List of All a User's Threads",
      "Get a List of All a User's Replies",
      "Delete Threads Post",
      "Get App-Scoped User's Profile Information",
      "Retrieve Publishing Quota Limit",
      "Debug Access Token",
    ]),
  );
});

// What the engine sends for a login has no place in the publishing code: it is judged as the definition tells it.
described(`the login's endpoints are those of the collection ${named}`, () => {
  const [method] = threads.methods;
  if (method?.kind !== "oauth2" || method.endpoints === "discovery") throw new Error("not by OAuth 2");
  const { afterLogin, endpoints } = method;
  const { renewal } = threads.tokens;
  if (!afterLogin || typeof renewal !== "object" || !("endpoint" in renewal)) throw new Error("no exchange");
  const code = {
    client_id: "1",
    client_secret: "s",
    grant_type: "authorization_code",
    redirect_uri: "https://a",
    code: "c",
  };
  const requests: HttpRequest[] = [
    { method: "POST", url: endpoints.token, body: new URLSearchParams(code).toString() },
    { method: "GET", url: `${afterLogin.endpoint}?grant_type=${afterLogin.grantType}&client_secret=s&access_token=t` },
    { method: "GET", url: `${renewal.endpoint}?grant_type=${renewal.grantType}&access_token=t` },
  ];
  for (const request of requests) expect(collection?.judge(request).deviations, request.url).toEqual([]);
});

// A judge that lets everything pass would be none.
const host = "https://graph.threads.net/v1.0";
const wrong: readonly [string, HttpRequest, string][] = [
  [
    "an unknown parameter",
    { method: "POST", url: `${host}/me/threads`, body: "colour=red" },
    "colour is not described",
  ],
  [
    "an unknown kind",
    { method: "POST", url: `${host}/me/threads`, body: "media_type=REEL" },
    "media_type may not be REEL",
  ],
  ["an unknown control", { method: "POST", url: `${host}/me/threads`, body: "reply_control=all" }, "may not be all"],
  ["an unknown field", { method: "GET", url: `${host}/123?fields=id,colour` }, "fields may not be colour"],
  ["an unknown address", { method: "POST", url: `${host}/me/media` }, "is not described"],
  ["an unknown host", { method: "POST", url: "https://graph.facebook.com/me/threads" }, "is not described"],
];

described.each(wrong)(`%s is noticed ${named}`, (_, request, deviation) => {
  expect(collection?.judge(request).deviations.join()).toContain(deviation);
});
