import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { oauth1Party } from "../../src/app/credential-party.ts";
import { messagesOf } from "../../src/app/messages.ts";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { endpointsInForce } from "../../src/oauth/endpoints.ts";
import { requestToken } from "../../src/oauth/oauth1.ts";
import { loadPlatform, platformIds } from "../../src/platforms/index.ts";
import type { Api, ConnectMethod, Platform, Step } from "../../src/platforms/platform.ts";
import { devtoErrors } from "../../src/sandbox/devto/errors.ts";
import { discordErrors } from "../../src/sandbox/discord/answers.ts";
import { blueskyErrors } from "../../src/sandbox/bluesky/errors.ts";
import { facebookErrors } from "../../src/sandbox/facebook/errors.ts";
import { githubErrors } from "../../src/sandbox/github/errors.ts";
import { gmailErrors } from "../../src/sandbox/gmail/errors.ts";
import { calendarErrors } from "../../src/sandbox/google-calendar/errors.ts";
import { hackernewsErrors } from "../../src/sandbox/hackernews/pages.ts";
import { instagramErrors } from "../../src/sandbox/instagram/errors.ts";
import { linkedinErrors } from "../../src/sandbox/linkedin/errors.ts";
import { mastodonErrors } from "../../src/sandbox/mastodon/errors.ts";
import { mediumErrors } from "../../src/sandbox/medium/errors.ts";
import { nostrErrors } from "../../src/sandbox/nostr/twin.ts";
import { oidcErrors } from "../../src/sandbox/oidc/errors.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { pinterestErrors } from "../../src/sandbox/pinterest/errors.ts";
import { redditErrors } from "../../src/sandbox/reddit/errors.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { slackErrors } from "../../src/sandbox/slack/answers.ts";
import { spotifyErrors } from "../../src/sandbox/spotify/errors.ts";
import { telegramErrors } from "../../src/sandbox/telegram/answers.ts";
import { threadsErrors } from "../../src/sandbox/threads/errors.ts";
import { tiktokErrors } from "../../src/sandbox/tiktok/answers.ts";
import { tumblrErrors } from "../../src/sandbox/tumblr/errors.ts";
import { twitchErrors } from "../../src/sandbox/twitch/errors.ts";
import { wordpressErrors } from "../../src/sandbox/wordpress/errors.ts";
import { xErrors } from "../../src/sandbox/x/problems.ts";
import { youtubeErrors } from "../../src/sandbox/youtube/errors.ts";
import { conversations } from "../../src/system/websocket.ts";
import { bluesky } from "./bluesky.ts";
import type { ConformanceData } from "./conformance.ts";
import { devto } from "./devto.ts";
import { discord } from "./discord.ts";
import { facebook } from "./facebook.ts";
import { github } from "./github.ts";
import { gmail } from "./gmail.ts";
import { googleCalendar } from "./google-calendar.ts";
import { hackernews } from "./hackernews.ts";
import { instagram } from "./instagram.ts";
import { linkedin } from "./linkedin.ts";
import { mastodon } from "./mastodon.ts";
import { medium } from "./medium.ts";
import { nostr } from "./nostr.ts";
import { oidc } from "./oidc.ts";
import { pinterest } from "./pinterest.ts";
import { clock, httpTo, random } from "./ports.ts";
import { reddit } from "./reddit.ts";
import { slack } from "./slack.ts";
import { spotify } from "./spotify.ts";
import { telegram } from "./telegram.ts";
import { threads } from "./threads.ts";
import { tiktok } from "./tiktok.ts";
import { tumblr } from "./tumblr.ts";
import { twitch } from "./twitch.ts";
import { wordpress } from "./wordpress.ts";
import { x } from "./x.ts";
import { youtube } from "./youtube.ts";

/** Every platform with a twin: its data, and the names of the errors that the twin can give. */
const platforms: readonly { id: string; data: ConformanceData; twinErrors: readonly string[] }[] = [
  { id: "discord", data: discord, twinErrors: Object.keys(discordErrors) },
  { id: "bluesky", data: bluesky, twinErrors: Object.keys(blueskyErrors) },
  { id: "facebook", data: facebook, twinErrors: Object.keys(facebookErrors) },
  { id: "github", data: github, twinErrors: Object.keys(githubErrors) },
  { id: "gmail", data: gmail, twinErrors: Object.keys(gmailErrors) },
  { id: "google-calendar", data: googleCalendar, twinErrors: Object.keys(calendarErrors) },
  { id: "devto", data: devto, twinErrors: Object.keys(devtoErrors) },
  { id: "hackernews", data: hackernews, twinErrors: Object.keys(hackernewsErrors) },
  { id: "linkedin", data: linkedin, twinErrors: Object.keys(linkedinErrors) },
  { id: "instagram", data: instagram, twinErrors: Object.keys(instagramErrors) },
  { id: "pinterest", data: pinterest, twinErrors: Object.keys(pinterestErrors) },
  { id: "reddit", data: reddit, twinErrors: Object.keys(redditErrors) },
  { id: "mastodon", data: mastodon, twinErrors: Object.keys(mastodonErrors) },
  { id: "oidc", data: oidc, twinErrors: Object.keys(oidcErrors) },
  { id: "nostr", data: nostr, twinErrors: Object.keys(nostrErrors) },
  { id: "spotify", data: spotify, twinErrors: Object.keys(spotifyErrors) },
  { id: "slack", data: slack, twinErrors: Object.keys(slackErrors) },
  { id: "telegram", data: telegram, twinErrors: Object.keys(telegramErrors) },
  { id: "threads", data: threads, twinErrors: Object.keys(threadsErrors) },
  { id: "tiktok", data: tiktok, twinErrors: Object.keys(tiktokErrors).filter((name) => !name.startsWith("failed-")) },
  { id: "twitch", data: twitch, twinErrors: Object.keys(twitchErrors) },
  { id: "tumblr", data: tumblr, twinErrors: Object.keys(tumblrErrors) },
  { id: "medium", data: medium, twinErrors: Object.keys(mediumErrors) },
  { id: "wordpress", data: wordpress, twinErrors: Object.keys(wordpressErrors) },
  { id: "x", data: x, twinErrors: Object.keys(xErrors) },
  { id: "youtube", data: youtube, twinErrors: Object.keys(youtubeErrors) },
];

it("has every platform that there is", () => {
  expect(platforms.map(({ id }) => id).sort()).toEqual([...platformIds].sort());
});

describe.each(platforms)("$id", ({ id, data, twinErrors }) => {
  let sandbox: Sandbox;
  let platform: Platform;

  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, clock, random });
    const loaded = await loadPlatform(id);
    if (!loaded) throw new Error(`no platform ${id}`);
    platform = loaded;
  });
  afterAll(() => sandbox.close());

  const { tries: times = 1 } = data;
  const order = (name: string) => orderAny({ kind: "error", name });
  const orderAny = (fault: object) =>
    fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: id, ...data.post, times, fault }),
    });
  // Of an error that is told at once, the other times are still to come.
  afterEach(() => fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" }));

  const patient = { ...clock, sleep: async () => {} };
  const services = () =>
    ({
      http: httpTo(sandbox.url),
      talk: conversations(httpTo(sandbox.url), new AbortController().signal),
      clock: patient,
      random,
      keepSecret: () => {},
    }) as unknown as Services;

  const app = { clientId: "any", clientSecret: "any" };

  /** With a token of the given way in; the twin gives the ordered error before it looks at the token. */
  const apiBy = async (method: ConnectMethod, asked: Platform = platform): Promise<Api> => {
    if (method.kind === "oauth1") {
      const keys = { consumerKey: "k", consumerSecret: "s", token: "any", tokenSecret: "t" };
      const token = { value: "any", type: "OAuth1" };
      return apiForNewToken(services(), asked, {}, token, { signingKeys: async () => keys }, app);
    }
    const token = { value: data.token ?? "any", type: "Bearer", method: method.id };
    const discovered = data.endpoints ? { userinfo_endpoint: data.endpoints.userinfo } : null;
    const endpoints = method.kind === "oauth2" ? endpointsInForce(method, discovered) : {};
    const place = { instance: data.instance ?? null, facts: data.facts ?? {} };
    return apiForNewToken(services(), asked, endpoints, token, {}, app, place);
  };

  /** OAuth 2, or else the first, unless the data names another one. */
  const usualWay = (): ConnectMethod | undefined => {
    const { methods } = platform;
    if (data.method !== undefined) return methods.find((method) => method.id === data.method);
    return methods.find(({ kind }) => kind === "oauth2") ?? methods[0];
  };

  const oauth1 = () => platform.methods.find(({ kind }) => kind === "oauth1");

  /** The request that is answered with errors: the one that posts; where there is none, that of the live check. */
  const publish = async (method = usualWay(), asked: Platform = platform) => {
    if (!method) throw new Error(`${id} has no such way in`);
    // Of a platform for tokens only.
    if (!platform.publish) return asked.check(await apiBy(method, asked));
    const [message] = messagesOf(draftOf({ text: "hello", ...data.draft }), platform.limits);
    if (!message) throw new Error("no message");
    const step: Step = (_name, work) => work();
    const sending = { prepared: data.prepared, idempotencyKey: "key", step };
    const api = { ...(await apiBy(method, asked)), externalId: data.externalId ?? null };
    return platform.publish.commit(api, message, sending);
  };

  it("knows what every error of its twin means", () => {
    const told = (name: string) => !oauthOnly.has(name) && !Object.hasOwn(data.oauth1Errors ?? {}, name);
    expect(Object.keys(data.errors)).toEqual(expect.arrayContaining(twinErrors.filter(told)));
  });

  it.each(Object.entries(data.errors))("%s means %s", async (name, code) => {
    expect((await order(name)).status).toBe(201);
    const failure = await publish().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code });
    // The platform's own words are kept for the person who has to act on them.
    expect((failure as Failure).message).toMatch(new RegExp(`^${platform.name} answered( \\d{3})?: .+`));
  });

  it("has no row in its failure table that nothing here provokes", async () => {
    const numbered = platform.failures.map((rule, index) => ({ ...rule, say: `row ${index}.` }));
    const met = new Set<number>();
    const named = Object.keys(data.errors).map((name) => ({ kind: "error", name }));
    // What stands before a platform answers with pages of its own: only their status says something.
    const pages = [400, 401, 403, 404, 429].map((status) => ({ kind: "html", status }));
    for (const fault of [...named, ...pages]) {
      await orderAny(fault);
      const failure = await publish(undefined, { ...platform, failures: numbered }).catch((error: Failure) => error);
      const [, row] = /: row (\d+)\./.exec(failure instanceof Failure ? failure.message : "") ?? [];
      if (row !== undefined) met.add(Number(row));
      await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
    }
    const unmet = platform.failures.filter((_rule, index) => !met.has(index));
    expect(unmet).toEqual(unmet.filter((rule) => data.metElsewhere?.(rule)));
  });

  it.each(data.oauth1Errors ? Object.entries(data.errors) : [])(
    "%s means %s to a signed request",
    async (name, code) => {
      expect((await order(name)).status).toBe(201);
      await expect(publish(oauth1())).rejects.toMatchObject({ code });
    },
  );

  it.each(Object.entries(data.oauth1Errors ?? {}))("%s means %s to whoever connects", async (name, code) => {
    const keys = { consumerKey: "sandbox-x-api-key", consumerSecret: "any" };
    const party = oauth1Party(services(), platform, "oauth1", keys);
    const path = new URL(party.endpoints.requestToken).pathname;
    await fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: id, method: "POST", path, fault: { kind: "error", name } }),
    });
    const failure = await requestToken(party, "oob").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Failure).message).toMatch(new RegExp(`^${platform.name} answered \\d{3}: .+`));
  });

  it.each(["drop-before", "drop-after"])("%s leaves the outcome of a post, and of no check, unknown", async (kind) => {
    const body = JSON.stringify({ platform: id, ...data.post, fault: kind });
    await fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const unanswered = data.unanswered ?? (platform.publish ? "delivery_unknown" : "network");
    await expect(publish()).rejects.toMatchObject({ code: unanswered });
  });
});

/** Errors of the token endpoint: the refresh tests cover those. */
const oauthOnly = new Set(["token-invalid", "invalid-grant", "unauthorized-client"]);
