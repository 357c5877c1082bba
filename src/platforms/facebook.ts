// https://developers.facebook.com/docs/pages-api and https://developers.facebook.com/docs/facebook-login
import { codePoints } from "../domain/counting/units.ts";
import { mebibytes } from "../domain/limits.ts";
import { deriveToken, identifyPages, whoIsIt } from "./facebook/pages.ts";
import { comment, commit, prepare, problemsOf, remove } from "./facebook/publish.ts";
import { findPost } from "./facebook/recent-posts.ts";
import { graphVersion } from "./graph/api.ts";
import { graphErrorOf, graphFailures } from "./graph/failures.ts";
import { debugToken, removePermissions } from "./graph/token.ts";
import { graphTokenReply } from "./graph/token-reply.ts";
import { graphPace } from "./graph/usage.ts";
import { definePlatform, type FailureRule, type TokenExchange } from "./platform.ts";

const tokenEndpoint = `https://graph.facebook.com/${graphVersion.name}/oauth/access_token`;

const exchange: TokenExchange = {
  endpoint: tokenEndpoint,
  grantType: "fb_exchange_token",
  tokenParameter: "fb_exchange_token",
  with: "client",
};

const quality = "see what Facebook says of the Page: https://www.facebook.com/support, Page quality";

/** What is told in subcodes comes with many codes. The numbers below 1404xxx are restrictions: for the Page's owner. */
const failures: readonly FailureRule[] = [
  { subcode: 1366046, is: "invalid_content", say: "a photo is too large or of a type that Facebook does not take" },
  { subcode: 2069019, is: "invalid_content", say: "a photo cannot be read" },
  { code: 324, is: "invalid_content", say: "a photo cannot be read" },
  { subcode: 1363047, is: "invalid_content", say: "the video is refused" },
  { subcode: 1609008, is: "invalid_content", say: "a link to facebook.com cannot be posted" },
  { subcode: 1609009, is: "invalid_content", say: "the link is blocked" },
  { subcode: 1609010, is: "invalid_content", say: "the link cannot be followed" },
  { subcode: 1349125, is: "invalid_content", say: "the content has a format that Facebook does not take" },
  { subcode: 1404006, is: "permission", say: "Facebook wants a security check first", hint: quality },
  { subcode: 1404078, is: "permission", say: "the Page must be authorized to publish first", hint: quality },
  { subcode: 1404102, is: "permission", say: "it goes against the Community Standards", hint: quality },
  { subcode: 1404112, is: "permission", say: "the account is restricted for some days", hint: quality },
  { subcode: 1363030, is: "transient", say: "the upload took too long" },
  { subcode: 1363019, is: "transient", say: "the upload broke off" },
  { subcode: 1363037, is: "transient", say: "the upload goes on from another place" },
  { subcode: 1363041, is: "transient", say: "the upload's session is gone" },
  {
    code: 10,
    is: "permission",
    say: "the permission was not given",
    hint: "allow all of it: agencyiq connect facebook",
  },
  { type: "OffsetInvalidError", is: "transient", say: "the upload goes on from another place" },
];

export const facebook = definePlatform({
  id: "facebook",
  name: "Facebook Pages",
  site: "https://www.facebook.com",
  documentation: "https://developers.facebook.com/docs/pages-api",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: `https://www.facebook.com/${graphVersion.name}/dialog/oauth`,
        token: tokenEndpoint,
      },
      // It is ignored where it is not OpenID Connect: state and the app's secret stand for it.
      pkce: "none",
      clientAuthentication: "client_secret_post",
      scopeSeparator: ",",
      // business_management: Pages of business portfolios; pages_manage_engagement: first comments.
      scopes: [
        "public_profile",
        "pages_show_list",
        "pages_read_engagement",
        "pages_manage_posts",
        "pages_manage_engagement",
        "business_management",
      ],
      neededToPublish: ["pages_show_list", "pages_read_engagement", "pages_manage_posts"],
      // The word, not the number, needs no listing as long as the app is in development mode.
      redirect: { loopbackPort: "fixed", host: "localhost" },
      afterLogin: exchange,
      derived: {
        kind: "derived",
        id: "page",
        // It ends with what ends the login: a new password, a lost role, the app removed.
        tokens: { renewal: "none", defaultLifetime: null, reuse: { kind: "idempotent" } },
        derive: deriveToken,
      },
    },
  ],
  // Sixty days; exchanged again while it lives. Sooner than after a day the answer is the same token again.
  tokens: {
    renewal: exchange,
    defaultLifetime: 5_184_000,
    onlyWhileValid: true,
    reuse: { kind: "idempotent" },
    readReply: graphTokenReply,
  },
  // https://developers.facebook.com/docs/graph-api/reference/page/photos, /videos and /video_reels
  limits: {
    text: { max: 63_206, unit: "characters", measure: codePoints },
    title: { max: 255, unit: "characters", measure: codePoints },
    // Meta names no limit here; Instagram's is 1000.
    alt: { max: 1000, unit: "characters", measure: codePoints },
    images: {
      // More are taken; so many are shown well.
      max: 10,
      types: ["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"],
      // Of 10 MB Facebook speaks in its reference, of 4 in its refusals.
      bytes: mebibytes(4),
    },
    video: { types: ["video/mp4"], bytes: mebibytes(10 * 1024), seconds: { min: 1, max: 4 * 3600 } },
    // Of a video; Reels choose their own.
    thumbnail: { types: ["image/jpeg", "image/png"], bytes: mebibytes(10) },
    oneOf: ["images", "video"],
    link: "attached",
    firstComment: true,
  },
  failures: graphFailures("facebook", failures),
  errorOf: graphErrorOf,
  problemsOf,
  tokenProof: "appsecret_proof",
  paceOf: graphPace,
  version: graphVersion,
  options: [
    {
      name: "publish-at",
      say: "Facebook itself publishes it then: 10 minutes to 30 days ahead, whether this machine is on or not",
      takes: "instant",
    },
    { name: "reel", say: "the video goes out as a Reel: 3 to 90 seconds, 9:16, at least 540×960", takes: "flag" },
  ],
  setup: [
    {
      title: "Open Meta for Developers",
      text: "Log in with the personal Facebook account that has full control of the Page. The first time, Meta makes a developer account of it (it wants a phone number or an e-mail address).",
      open: "https://developers.facebook.com/apps",
    },
    {
      title: "Create an app",
      text: 'Use case "Manage everything on your Page"; without a business portfolio is fine for your own Pages. Leave it in development mode: then people with a role on the app can connect without any review.',
    },
    {
      title: "Permissions",
      text: "Use cases, Customize: add pages_show_list, pages_read_engagement, pages_manage_posts, pages_manage_engagement and business_management. Standard access is enough for people with a role on the app; for anyone else Meta wants App Review and a verified business.",
    },
    {
      title: "The redirect URI",
      text: "In development mode http://localhost needs no listing. In live mode: Facebook Login, Settings, Valid OAuth Redirect URIs: the one below with https, and connect with --https; or connect with --manual and https://www.facebook.com/connect/login_success.html, which needs no server.",
    },
    {
      title: "Copy the keys",
      text: "App settings, Basic: App ID and App secret (Show). Switch on Require App Secret under Advanced: agencyiq proves the secret with every request.",
    },
    {
      title: "Who sees it",
      text: "What is posted in development mode is seen only by people with a role on the app. Switch the app to Live (it wants a privacy policy URL) when the public is to see it.",
    },
  ],
  identify: identifyPages,
  check: async (api) => ({ say: `answers as ${(await whoIsIt(api)).name}`, ...(await debugToken(api)) }),
  revoke: removePermissions,
  removeAccessAt: "https://www.facebook.com/settings?tab=business_tools",
  publish: {
    prepare,
    commit: (api, message, { prepared }) => commit(api, message, prepared),
    confirm: (api, message, { prepared }, since) => findPost(api, message, prepared, since),
    delete: remove,
    comment,
  },
});
