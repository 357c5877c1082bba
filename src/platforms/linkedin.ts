// https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow and https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api
import { codePoints, utf16Units } from "../domain/counting/units.ts";
import { mebibytes } from "../domain/limits.ts";
import { hours } from "../domain/time.ts";
import { errorOf, failures } from "./linkedin/failures.ts";
import { checkToken, identifyMember, identifyOrganizations } from "./linkedin/identities.ts";
import {
  commentaryOf,
  createComment,
  createPost,
  deletePost,
  longestText,
  pollDurations,
  problemsOf,
  visibilities,
} from "./linkedin/posts.ts";
import { findPost } from "./linkedin/recent-posts.ts";
import { isOrganization, version } from "./linkedin/requests.ts";
import { uploadAll } from "./linkedin/uploads.ts";
import { definePlatform, type OAuth2Endpoints, type RedirectRules } from "./platform.ts";

const endpoints: OAuth2Endpoints = {
  authorize: "https://www.linkedin.com/oauth/v2/authorization",
  token: "https://www.linkedin.com/oauth/v2/accessToken",
  revoke: "https://www.linkedin.com/oauth/v2/revoke",
};

/** Exact, port and all. LinkedIn's page asks for https; its portal takes http for this machine. */
const redirect: RedirectRules = { loopbackPort: "fixed", host: "127.0.0.1" };

/** Commas between scopes; `token_type` is left out. Who it is comes from userinfo, so the id token is not needed. */
function readReply(body: unknown): unknown {
  if (typeof body !== "object" || body === null || !("access_token" in body)) return body;
  const { id_token: _unused, ...reply } = body as Readonly<Record<string, unknown>>;
  const { scope, token_type: type = "Bearer" } = reply;
  return {
    ...reply,
    token_type: type,
    ...(typeof scope === "string" ? { scope: scope.split(/[\s,]+/).join(" ") } : {}),
  };
}

/** LinkedIn answers a copy with the first one's name, for a day at least. By its words, as far as is known. */
const knowsCopies = hours(12);

export const linkedin = definePlatform({
  id: "linkedin",
  name: "LinkedIn",
  site: "https://www.linkedin.com",
  documentation: "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
  version,
  // Two apps: the product that posts for Pages must be the only one of its app.
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints,
      pkce: "none",
      clientAuthentication: "client_secret_post",
      scopes: ["openid", "profile", "email", "w_member_social"],
      neededToPublish: ["w_member_social"],
      redirect,
      identify: identifyMember,
    },
    {
      kind: "oauth2",
      id: "organization",
      ownApp: true,
      endpoints,
      pkce: "none",
      clientAuthentication: "client_secret_post",
      scopes: [
        "r_basicprofile",
        "w_organization_social",
        "r_organization_social",
        "rw_organization_admin",
        "w_member_social",
      ],
      neededToPublish: ["w_organization_social"],
      redirect,
      identify: identifyOrganizations,
    },
  ],
  tokens: {
    // 60 days. A refresh token, which only some apps are given, ends 365 days after the consent, however often it is used.
    defaultLifetime: 5_184_000,
    reuse: { kind: "non_rotating" },
    deadGrantErrors: ["invalid_request"],
    settles: 10,
    readReply,
  },
  limits: {
    // Counted before it is escaped; in what unit, LinkedIn does not say: the one that counts most.
    text: { max: longestText, unit: "characters", measure: utf16Units },
    // LinkedIn's pages name no figure that holds for all of them.
    title: { max: 200, unit: "characters", measure: codePoints },
    alt: { max: 4086, unit: "characters", measure: codePoints },
    images: {
      max: 20,
      types: ["image/jpeg", "image/png", "image/gif"],
      bytes: mebibytes(8),
      pixels: 36_152_319,
    },
    video: {
      types: ["video/mp4"],
      bytes: 500_000_000,
      seconds: { min: 3, max: 30 * 60 },
      aspect: { min: 1 / 2.4, max: 2.4 },
    },
    document: {
      types: [
        "application/pdf",
        "application/msword",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
      ],
      bytes: 100_000_000,
      pages: 300,
    },
    poll: {
      options: { min: 2, max: 4 },
      option: { max: 30, unit: "characters", measure: codePoints },
      minutes: { choices: Object.keys(pollDurations).map(Number) },
    },
    link: "attached",
    oneOf: ["images", "video", "document", "poll", "quote"],
    quote: true,
    firstComment: true,
    visibility: Object.keys(visibilities),
  },
  options: [
    { name: "description", say: "what stands below the title of the link's card", takes: "text" },
    { name: "thumbnail", say: "the picture of the link's card", takes: "file" },
  ],
  problemsOf,
  failures,
  errorOf,
  setup: [
    {
      title: "Make an app for your own posts",
      text: "At the developer portal: Create app. LinkedIn ties it to a Page; one of its super admins must verify that. (A Page of your own is made in a minute.)",
      open: "https://www.linkedin.com/developers/apps",
    },
    {
      title: "Add its two products",
      text: 'Tab Products: "Share on LinkedIn" and "Sign In with LinkedIn using OpenID Connect". Both are granted at once.',
    },
    {
      title: "Name the redirect URL",
      text: "Tab Auth, Authorized redirect URLs: exactly the one below, port and all. Where the portal takes none but https, name https://localhost:8791/callback/linkedin and connect with --redirect-uri and --manual.",
    },
    {
      title: "Copy the keys",
      text: "Tab Auth: Client ID and Primary Client Secret.",
    },
    {
      title: "For Pages: a second app",
      text: 'Its one product is the "Community Management API", which LinkedIn reviews and gives to no app that has another product. Then: agencyiq apps set linkedin --credential organization, and agencyiq connect linkedin --credential organization.',
    },
  ],
  identify: identifyMember,
  check: checkToken,
  publish: {
    prepare: uploadAll,
    commit: createPost,
    // A member's posts cannot be read: LinkedIn itself keeps a second one from being made.
    idempotentFor: ({ externalId }, message) =>
      commentaryOf(message).trim() === "" || isOrganization(externalId ?? "") ? 0 : knowsCopies,
    confirm: (api, message, { prepared }, since) => findPost(api, message, prepared, since),
    delete: deletePost,
    comment: createComment,
  },
});
