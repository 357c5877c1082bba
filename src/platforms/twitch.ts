// https://dev.twitch.tv/docs, and docs/platforms/twitch.md for what is not verified
import { codePoints } from "../domain/counting/units.ts";
import { days, hours } from "../domain/time.ts";
import { definePlatform, type FailureRule } from "./platform.ts";
import { identify, validate } from "./twitch/helix.ts";
import { allScopes, options, problemsOf, publishing } from "./twitch/publishing.ts";
import { readReply } from "./twitch/reply.ts";

const failures: readonly FailureRule[] = [
  {
    status: 401,
    message: /missing scope/i,
    is: "scope",
    hint: "connect again, with every permission: agencyiq connect twitch",
  },
  {
    status: 401,
    message: /client id and oauth token do not match/i,
    is: "app",
    hint: "the account was connected with another app: agencyiq apps show twitch, then agencyiq connect twitch",
  },
  { status: 401, message: /must match/i, is: "permission" },
  { status: 401, is: "reauth" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 409, is: "rate_limited", wait: 2 },
  // Announcements: one in two seconds.
  { status: 429, is: "rate_limited", wait: 2 },
  { status: 422, is: "invalid_content" },
  { status: 400, is: "invalid_content" },
];

export const twitch = definePlatform({
  id: "twitch",
  name: "Twitch",
  site: "https://www.twitch.tv",
  documentation: "https://dev.twitch.tv/docs",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://id.twitch.tv/oauth2/authorize",
        token: "https://id.twitch.tv/oauth2/token",
        revoke: "https://id.twitch.tv/oauth2/revoke",
        deviceAuthorization: "https://id.twitch.tv/oauth2/device",
      },
      pkce: "none",
      clientAuthentication: "client_secret_post",
      deviceScopeParameter: "scopes",
      scopes: allScopes,
      // Whoever is signed in is asked all the same: it may be somebody else.
      authorizeParameters: { force_verify: "true" },
      redirect: { loopbackPort: "fixed", host: "localhost" },
    },
  ],
  tokens: {
    readReply,
    defaultLifetime: null,
    reuse: { kind: "unknown" },
    // Of an app without a secret; each refresh brings another one that lives as long.
    idleDeadline: days(30),
  },
  removeAccessAt: "https://www.twitch.tv/settings/connections",
  limits: {
    // An announcement that is longer is cut without a word; a message is refused.
    text: { max: 500, unit: "characters", measure: codePoints },
    needs: ["text"],
  },
  failures,
  errorOf: (body) => {
    const { error, message } = (typeof body === "object" && body !== null ? body : {}) as Record<string, string>;
    return { code: error, message: message || error };
  },
  firstPost: '"Hello chat"',
  setup: [
    {
      title: "Switch on two-factor authentication",
      text: "Twitch lets nobody register an app without it.",
      open: "https://www.twitch.tv/settings/security",
    },
    {
      title: "Register an app",
      text: "Client Type Public, for agencyiq connect twitch --device, which needs no secret; or Confidential, for a browser on this machine. It cannot be changed later. Of a Confidential one the redirect URL is compared letter by letter, port and all.",
      open: "https://dev.twitch.tv/console/apps/create",
    },
    {
      title: "Take its Client ID",
      text: "Manage, Client ID. Of a Confidential app also New Secret; a Public one has none.",
      open: "https://dev.twitch.tv/console/apps",
    },
  ],
  identify,
  check: validate,
  // Twitch wants every app to ask at its start and each hour, and looks whether it does.
  checkEvery: hours(1),
  options,
  problemsOf,
  publish: publishing,
});
