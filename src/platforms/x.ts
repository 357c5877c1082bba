// https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code and https://docs.x.com/x-api
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { type Api, definePlatform, type FailureRule, type Identity, type PlatformError } from "./platform.ts";
import { createPost, deletePost } from "./x/create-post.ts";
import { api2 } from "./x/endpoints.ts";
import { findPost } from "./x/recent-posts.ts";
import { uploadAll } from "./x/upload.ts";

/** Letters that weigh 1, and nothing in it that could be a domain: a dot between two of them. */
const weighsItsLength = /^[\n\x20-\x7e]*$/;
const mayHoldDomain = /\S\.\S/;

/** twitter-text's weights: CJK and emoji are 2, every URL (bare domains too) is 23. It is loaded where they can differ. */
async function weightedLength(text: string): Promise<number> {
  if (weighsItsLength.test(text) && !mayHoldDomain.test(text)) return text.length;
  const { default: twitterText } = await import("twitter-text");
  return twitterText.parseTweet(text.normalize("NFC")).weightedLength;
}

const failures: readonly FailureRule[] = [
  {
    status: 402,
    is: "app",
    say: "the developer account has no credits left",
    hint: "buy credits at https://console.x.com",
  },
  {
    type: "client-forbidden",
    is: "app",
    say: "the app is not in a pay-per-use package",
    hint: "move it to Pay-per-use, Production, at https://console.x.com",
  },
  { type: "usage-capped", is: "rate_limited", say: "the spending or usage cap of this cycle is reached" },
  {
    type: "oauth1-permissions",
    is: "app",
    say: "the app is read-only",
    hint: "set it to Read and write at https://console.x.com, then: agencyiq connect x",
  },
  { code: 88, is: "rate_limited" },
  { code: 185, is: "rate_limited", say: "the daily post limit is reached" },
  { code: 226, is: "rate_limited", say: "X takes this for automated spam; slow down" },
  { code: 187, is: "duplicate", say: "X has this very text already" },
  { status: 403, message: /duplicate content/i, is: "duplicate", say: "X has this very text already" },
  { code: 186, is: "invalid_content", say: "the text is too long" },
  { code: 433, is: "permission", say: "this conversation does not accept your reply" },
  {
    status: 403,
    message: /^reply to this conversation is not allowed/i,
    is: "permission",
    say: "this conversation does not accept your reply",
  },
  {
    code: 261,
    is: "app",
    say: "the app may not write",
    hint: "set it to Read and write at https://console.x.com, then: agencyiq connect x",
  },
  { code: 64, is: "permission", say: "the X account is suspended" },
  { code: 326, is: "permission", say: "the X account is locked", hint: "log in at https://x.com to unlock it" },
  { code: 135, is: "clock", say: "this machine's clock is wrong", hint: "set the clock, then run: agencyiq doctor" },
  { code: 32, is: "reauth" },
  { code: 89, is: "reauth" },
  { code: 99, is: "reauth" },
  { code: 215, is: "reauth" },
  { code: 130, is: "transient" },
  { code: 131, is: "transient" },
  { type: "unsupported-authentication", is: "app", say: "this kind of token cannot do that" },
  { status: 404, type: "resource-not-found", is: "gone", say: "there is no such post" },
  { status: 403, message: /not permitted to perform this action/i, is: "permission" },
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited" },
  { status: 403, is: "permission" },
  { status: 400, is: "invalid_content" },
];

/** Of the three steps of OAuth 1.0a, where a 401 is not about a token of ours yet. */
const oauth1Failures: readonly FailureRule[] = [
  ...[32, 215].map(
    (code): FailureRule => ({
      code,
      is: "app",
      say: "the API key and secret were refused",
      hint: "compare them with https://console.x.com, then: agencyiq apps set x --credential oauth1",
    }),
  ),
  {
    code: 415,
    is: "app",
    say: "the callback URL is not one of the app's",
    hint: "add it at https://console.x.com, exactly as agencyiq apps show x prints it, or use --manual for a PIN",
  },
  { code: 416, is: "app", say: "the app is suspended", hint: "see https://console.x.com" },
  {
    code: 417,
    is: "app",
    say: "an app of this type takes no callback URL",
    hint: "use --manual for a PIN, or make it an Automated App or Bot at https://console.x.com",
  },
];

/** problem+json (RFC 9457), or the older `{errors: [{code, message}]}`, or both; under /oauth/ also XML, or a sentence. */
function errorOf(body: unknown): PlatformError {
  if (typeof body === "string") return errorInText(body);
  const problem = (body ?? {}) as {
    type?: string;
    title?: string;
    detail?: string;
    reason?: string;
    errors?: { code?: number; message?: string }[];
  };
  const [first] = problem.errors ?? [];
  const type = [problem.type, problem.reason].filter(Boolean).join(" ");
  // Its detail says that something was wrong, its errors say what.
  const told = type.includes("invalid-request")
    ? (first?.message ?? problem.detail)
    : (problem.detail ?? first?.message);
  return { code: first?.code, type, message: told ?? problem.title };
}

function errorInText(text: string): PlatformError {
  const [, code, message] = /<error code="(\d+)">([^<]*)</.exec(text) ?? [];
  if (code !== undefined) return { code: Number(code), message };
  return /^[^<{]{1,200}$/.test(text) ? { message: text } : {};
}

interface User {
  readonly id: string;
  readonly username: string;
  readonly name?: string;
}

async function me(api: Api): Promise<User> {
  const answer = (await api.get(`${api2}/users/me`)) as { data?: Partial<User> } | undefined;
  const { id, username, name } = answer?.data ?? {};
  if (!id || !username) throw new Failure("platform_fault", "X did not say whose token this is", { hint: "try again" });
  return { id, username, ...(name ? { name } : {}) };
}

function identityOf(user: User): Identity {
  return { externalId: user.id, handle: user.username, name: user.name ?? null, url: `https://x.com/${user.username}` };
}

export const x = definePlatform({
  id: "x",
  name: "X",
  site: "https://x.com",
  documentation: "https://docs.x.com/x-api",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://x.com/i/oauth2/authorize",
        token: `${api2}/oauth2/token`,
        revoke: `${api2}/oauth2/revoke`,
      },
      pkce: "S256",
      clientAuthentication: "client_secret_basic",
      // media.write is asked for at once: a token minted without it cannot get it later without a new consent.
      scopes: ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"],
      neededToPublish: ["tweet.read", "tweet.write", "users.read"],
      redirect: { loopbackPort: "fixed", host: "127.0.0.1" },
    },
    {
      kind: "oauth1",
      id: "oauth1",
      endpoints: {
        requestToken: "https://api.x.com/oauth/request_token",
        authorize: "https://api.x.com/oauth/authorize",
        accessToken: "https://api.x.com/oauth/access_token",
        invalidate: "https://api.x.com/1.1/oauth/invalidate_token.json",
      },
      redirect: { loopbackPort: "fixed", host: "127.0.0.1" },
      keyNames: { key: "API Key", secret: "API Key Secret" },
      identityOf: ({ user_id: id, screen_name: username }) => (id && username ? identityOf({ id, username }) : null),
      failures: oauth1Failures,
    },
  ],
  tokens: {
    defaultLifetime: 7200,
    // Single use without grace: presenting one twice can end the whole family.
    reuse: { kind: "revokes_family" },
    deadGrantErrors: ["invalid_request"],
  },
  // https://docs.x.com/x-api/media/quickstart/best-practices. Sides of videos are not limited here: the page allows 1280×1024,
  // and recommends 720×1280.
  limits: {
    text: { max: 280, unit: "weighted characters", measure: weightedLength },
    alt: { max: 1000, unit: "characters", measure: codePoints },
    images: { max: 4, types: ["image/jpeg", "image/png", "image/webp", "image/gif"], bytes: mebibytes(5) },
    gif: {
      max: 1,
      types: ["image/gif"],
      bytes: mebibytes(15),
      width: { max: 1280 },
      height: { max: 1080 },
      frames: 350,
    },
    video: {
      types: ["video/mp4", "video/quicktime"],
      // What Premium accounts may; X refuses the longer ones of others when they are posted.
      bytes: mebibytes(16 * 1024),
      seconds: { min: 0.5, max: 125 * 60 },
      width: { min: 32 },
      height: { min: 32 },
      aspect: { min: 1 / 3, max: 3 },
      framesPerSecond: 60,
      codecs: ["avc"],
    },
    poll: {
      options: { min: 2, max: 4 },
      option: { max: 25, unit: "characters", measure: codePoints },
      minutes: { min: 5, max: 10_080 },
    },
    oneOf: ["images", "gif", "video", "poll", "quote"],
    reply: true,
    quote: true,
    thread: true,
  },
  failures,
  errorOf,
  setup: [
    {
      title: "Open the developer console",
      text: "Sign in with the X account that will own the app (not necessarily the one you post as).",
      open: "https://console.x.com",
    },
    {
      title: "Make an app",
      text: "It must be in a Pay-per-use package, environment Production; otherwise every call is refused with client-not-enrolled.",
    },
    {
      title: "User authentication settings",
      text: "Switch on OAuth 2.0. App permissions: Read and write. Type of app: Automated App or Bot (gives a client secret) or Native App (none). Callback URI: exactly the one below, port and all. Website: any page of yours.",
    },
    {
      title: "Copy the keys",
      text: "Client ID and, for Automated App or Bot, the Client Secret of OAuth 2.0. X shows the secret once. (For OAuth 1.0a as a second way in, later: the API Key and Secret, agencyiq apps set x --credential oauth1.)",
    },
  ],
  identify: async (api) => [identityOf(await me(api))],
  check: async (api) => `answers as @${(await me(api)).username}`,
  checkCost: "X bills a live check as a user read (0.010 USD, once per account and day)",
  publish: {
    prepare: uploadAll,
    commit: (api, message, { prepared }) => createPost(api, message, prepared),
    confirm: async (api, message, { prepared }, since) =>
      findPost(api, api.externalId ?? (await me(api)).id, message, prepared, since),
    delete: deletePost,
  },
});
