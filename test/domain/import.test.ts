import { expect, it } from "vitest";
import { tokensInVariables } from "../../src/domain/import/environment-shapes.ts";
import { tokensInGh, tokensInJson, tokensInToot, tokensInXurl } from "../../src/domain/import/token-files.ts";

it("knows crosspost's variables, and their like", () => {
  const { tokens, passedOver } = tokensInVariables({
    MASTODON_ACCESS_TOKEN: "m",
    MASTODON_HOST: "mastodon.example",
    BLUESKY_IDENTIFIER: "me.example",
    BLUESKY_PASSWORD: "p",
    DEVTO_API_KEY: "d",
    DISCORD_WEBHOOK_URL: "https://discord.com/api/webhooks/1/a",
    TELEGRAM_BOT_TOKEN: "1:a",
    TELEGRAM_CHAT_ID: "@acme",
    SLACK_TOKEN: "xoxb-1",
    SLACK_CHANNEL: "#general",
    TWITTER_ACCESS_TOKEN_KEY: "t",
    TWITTER_ACCESS_TOKEN_SECRET: "ts",
    TWITTER_API_CONSUMER_KEY: "k",
    TWITTER_API_CONSUMER_SECRET: "ks",
    FACEBOOK_PAGE_ACCESS_TOKEN: "f",
    FACEBOOK_APP_ID: "1",
    FACEBOOK_APP_SECRET: "s",
    YOUTUBE_REFRESH_TOKEN: "alone",
    X_BEARER_TOKEN: "b",
  });
  const found = Object.fromEntries(tokens.map(({ platform, ...token }) => [platform, token]));
  expect(found).toMatchObject({
    mastodon: { kind: "key", token: "m", instance: "mastodon.example" },
    bluesky: { kind: "key", token: "p", answers: { handle: "me.example" }, instance: "https://bsky.social" },
    devto: { kind: "key", token: "d" },
    discord: { methods: ["webhook"] },
    telegram: { token: "1:a", answers: { chat: "@acme" } },
    slack: { methods: ["bot"], answers: { channel: "#general" } },
    x: { kind: "oauth1", token: "t", tokenSecret: "ts", app: { clientId: "k", clientSecret: "ks" } },
    facebook: { kind: "oauth2", token: "f", app: { clientId: "1", clientSecret: "s" } },
  });
  expect(passedOver.map(({ place }) => place)).toEqual(["X_BEARER_TOKEN"]);
});

it("reads lifetimes only from the day that they began on", () => {
  const at = Date.UTC(2026, 0, 1);
  const endOf = (token: object) =>
    tokensInJson({ accessToken: "a", platform: "x", ...token }, null).tokens[0]?.expiresAt;
  expect(endOf({ expiresIn: 3600, createdAt: at })).toBe(at + 3_600_000);
  expect(endOf({ expires_in: "3600", created_at: at / 1000 })).toBe(at + 3_600_000);
  expect(endOf({ expires_in: 3600, created_at: "2026-01-01T00:00:00Z" })).toBe(at + 3_600_000);
  expect(endOf({ expires_at: at / 1000 })).toBe(at);
  expect(endOf({ expiresIn: 3600 })).toBeNull();
});

it("reads lists, groups and single tokens, and passes over what is none", () => {
  expect(
    tokensInJson(
      [
        { platform: "X", token: "1" },
        { platform: "dev.to", token: "2" },
      ],
      null,
    ).tokens,
  ).toMatchObject([
    { platform: "x", token: "1" },
    { platform: "devto", token: "2" },
  ]);
  const grouped = tokensInJson(
    { linkedin: [{ access_token: "1" }, { access_token: "2" }], note: "none", other: {} },
    null,
  );
  expect(grouped.tokens.map(({ place }) => place)).toEqual(["linkedin[0]", "linkedin[1]"]);
  expect(grouped.passedOver.map(({ place }) => place)).toEqual(["note", "other"]);
  expect(tokensInJson({ access_token: "1" }, "threads").tokens).toMatchObject([{ platform: "threads" }]);
  for (const nothing of [null, 5, "text", [], {}]) expect(tokensInJson(nothing, null).tokens).toEqual([]);
});

it("reads gh's, toot's and xurl's files, of old and of now", () => {
  const gh = tokensInGh({
    "github.com": { users: { ada: { oauth_token: "gho_1" }, bea: null }, oauth_token: "gho_1", user: "ada" },
    "github.example.com": { oauth_token: "gho_2", user: "ada" },
  });
  expect(gh.tokens).toMatchObject([{ platform: "github", token: "gho_1", handle: "ada" }]);
  expect(gh.passedOver.map(({ place }) => place)).toEqual(["github.com bea", "github.example.com"]);
  expect(tokensInGh({ "github.com": { user: "ada", oauth_token: "gho_3" } }).tokens).toMatchObject([
    { token: "gho_3" },
  ]);

  const toot = {
    apps: {
      "mastodon.example": {
        instance: "mastodon.example",
        base_url: "https://mastodon.example",
        client_id: "1",
        client_secret: "2",
      },
    },
    users: { "ada@mastodon.example": { instance: "mastodon.example", username: "ada", access_token: "t" } },
    active_user: "ada@mastodon.example",
  };
  expect(tokensInToot(toot).tokens).toMatchObject([
    { platform: "mastodon", token: "t", instance: "https://mastodon.example" },
  ]);

  const legacy = {
    oauth2_tokens: {
      ada: { type: "oauth2", oauth2: { access_token: "a", refresh_token: "r", expiration_time: 1700000000 } },
    },
    oauth1_tokens: {
      type: "oauth1",
      oauth1: { access_token: "b", token_secret: "s", consumer_key: "k", consumer_secret: "ks" },
    },
    bearer_token: { type: "bearer", bearer: "c" },
  };
  const { tokens, passedOver } = tokensInXurl(legacy);
  expect(tokens).toMatchObject([
    { kind: "oauth2", token: "a", refreshToken: "r", expiresAt: 1_700_000_000_000, app: null, handle: "ada" },
    { kind: "oauth1", token: "b", tokenSecret: "s", app: { clientId: "k", clientSecret: "ks" } },
  ]);
  expect(passedOver).toHaveLength(1);
});
