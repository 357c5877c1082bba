// https://docs.bsky.app and https://atproto.com/specs
import { graphemes, utf8Bytes } from "../domain/counting/units.ts";
import { days, hours, minutes } from "../domain/time.ts";
import { errorOf, failures } from "./bluesky/failures.ts";
import { findPds } from "./bluesky/identity.ts";
import { deletePost, findPost, labels, longestText, preparePost, problemsOf, putPost } from "./bluesky/posts.ts";
import {
  check,
  doubtsOf,
  findAuthorizationServer,
  identify,
  loopbackClientId,
  openSession,
  readReply,
  xrpc,
} from "./bluesky/session.ts";
import { definePlatform, type Pace, type TokenRules } from "./platform.ts";

const question = "Which account? Its handle";
const example = "acme.bsky.social";

/** Access for two hours, refresh for 90 days; a refresh token that was used is taken, and answered alike, for two hours more. */
const sessionTokens: TokenRules = {
  renewal: {
    refreshAt: (instance) => xrpc({ instance }, "com.atproto.server.refreshSession"),
    endAt: (instance) => xrpc({ instance }, "com.atproto.server.deleteSession"),
  },
  readReply,
  defaultLifetime: 7200,
  reuse: { kind: "grace", seconds: 7200 },
  deadGrantErrors: ["ExpiredToken", "InvalidToken"],
};

/** A refresh token that is used twice ends the session. A client that nobody vouches for signs in again after 14 days. */
const oauthTokens: TokenRules = {
  defaultLifetime: 3600,
  reuse: { kind: "revokes_family" },
  loginLifetime: days(14),
};

/** So few requests are left for whoever waits for an answer. */
const fewLeft = 5;

/** https://docs.bsky.app/docs/advanced-guides/rate-limits */
function paceOf(headers: Readonly<Record<string, string>>, now: number): Pace | null {
  const left = Number(headers["ratelimit-remaining"] ?? Number.NaN);
  const until = Number(headers["ratelimit-reset"] ?? Number.NaN) * 1000;
  // Those of a day are of one kind of request alone (uploads, say); the others may go on.
  if (!(left < fewLeft) || !(until > now) || until > now + hours(1)) return null;
  return { until, why: `${left} requests are left of Bluesky's limit` };
}

export const bluesky = definePlatform({
  id: "bluesky",
  name: "Bluesky",
  site: "https://bsky.app",
  documentation: "https://docs.bsky.app",
  methods: [
    {
      kind: "key",
      id: "app-password",
      name: "app password",
      example: "abcd-efgh-ijkl-mnop",
      asks: [{ name: "handle", say: "Which account at this server? Its handle", example: "acme.example" }],
      doubtsOf,
      session: { open: openSession },
      server: { question, example, find: findPds },
      tokens: sessionTokens,
    },
    {
      kind: "oauth2",
      id: "oauth",
      endpoints: "discovery",
      pkce: "S256",
      pushed: "required",
      dpop: "required",
      clientAuthentication: "client_secret_post",
      scopes: ["atproto", "transition:generic"],
      neededToPublish: ["transition:generic"],
      redirect: { loopbackPort: "any", host: "127.0.0.1", unregistered: true },
      server: { question, example, find: findAuthorizationServer, clientIdOf: loopbackClientId },
      tokens: oauthTokens,
    },
  ],
  tokens: sessionTokens,
  limits: {
    text: {
      max: longestText.graphemes,
      unit: "characters",
      measure: graphemes,
      also: [{ max: longestText.bytes, unit: "bytes", measure: utf8Bytes }],
    },
    // The lexicon names no figure.
    title: { max: 300, unit: "characters", measure: graphemes },
    alt: { max: 2000, unit: "characters", measure: graphemes },
    images: { max: 4, types: ["image/jpeg", "image/png", "image/webp", "image/gif"], bytes: 2_000_000 },
    video: { types: ["video/mp4"], bytes: 300_000_000, seconds: { max: 180 } },
    link: "attached",
    oneOf: ["images", "video"],
    reply: true,
    quote: true,
    thread: true,
  },
  options: [
    { name: "description", say: "what stands below the title of the link's card", takes: "text" },
    { name: "thumbnail", say: "the picture of the link's card", takes: "file" },
    { name: "label", say: "a word of warning over the pictures", takes: labels },
  ],
  problemsOf: (message) => problemsOf(message, graphemes),
  failures,
  errorOf,
  paceOf,
  setup: [
    {
      title: "Make an app password",
      text: "At Settings, Privacy and Security, App passwords: Add App Password. It looks like abcd-efgh-ijkl-mnop and is shown once. No developer account, no app, no review.",
      open: "https://bsky.app/settings/app-passwords",
    },
    {
      title: "Or sign in with OAuth",
      text: "Nothing to make either: agencyiq connect bluesky --credential oauth --instance HANDLE. Bluesky wants it done again every 14 days, so for a program that runs by itself the app password is the better way in.",
    },
  ],
  removeAccessAt: "https://bsky.app/settings/app-passwords",
  identify,
  check,
  publish: {
    prepare: preparePost,
    commit: (api, _message, sending) => putPost(api, sending),
    // The same record under the same key.
    idempotentFor: hours(1),
    confirm: (api, _message, sending) => findPost(api, sending),
    settles: minutes(2),
    keeps: days(2),
    delete: deletePost,
  },
});
