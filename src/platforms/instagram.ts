// https://developers.facebook.com/docs/instagram-platform
import { codePoints } from "../domain/counting/units.ts";
import { mebibytes, type TextLimit } from "../domain/limits.ts";
import { days, hours } from "../domain/time.ts";
import { graphVersion } from "./graph/api.ts";
import { graphFailures } from "./graph/failures.ts";
import { loginTokenReply } from "./graph/login-reply.ts";
import { debugToken } from "./graph/token.ts";
import { graphTokenReply } from "./graph/token-reply.ts";
import { graphPace } from "./graph/usage.ts";
import { graphOf, ownGraph } from "./instagram/endpoints.ts";
import { instagramErrorOf, publishingFailures } from "./instagram/failures.ts";
import { deriveToken, identifyLinked, identifySelf, me } from "./instagram/identities.ts";
import { comment, commit, confirm, prepare, remove } from "./instagram/publishing.ts";
import { type Api, definePlatform, type OAuth2Method, type TokenCheck, type TokenExchange } from "./platform.ts";

/** With an app secret of its own, and no Page. */
const instagramLogin: OAuth2Method = {
  kind: "oauth2",
  id: "oauth2",
  endpoints: {
    authorize: "https://www.instagram.com/oauth/authorize",
    token: "https://api.instagram.com/oauth/access_token",
    userinfo: `${ownGraph}/me`,
  },
  pkce: "none",
  scopeSeparator: ",",
  clientAuthentication: "client_secret_post",
  // manage_comments: first comments.
  scopes: ["instagram_business_basic", "instagram_business_content_publish", "instagram_business_manage_comments"],
  neededToPublish: ["instagram_business_basic", "instagram_business_content_publish"],
  redirect: { loopbackPort: "fixed", host: "localhost", https: "required" },
  afterLogin: {
    endpoint: `${ownGraph}/access_token`,
    grantType: "ig_exchange_token",
    tokenParameter: "access_token",
    with: "secret",
  },
};

const facebookGraph = `https://graph.facebook.com/${graphVersion.name}`;

const facebookExchange: TokenExchange = {
  endpoint: `${facebookGraph}/oauth/access_token`,
  grantType: "fb_exchange_token",
  tokenParameter: "fb_exchange_token",
  with: "client",
};

/** For accounts that are linked to a Page, with an app of Facebook's. */
const facebookLogin: OAuth2Method = {
  kind: "oauth2",
  id: "facebook",
  endpoints: {
    authorize: `https://www.facebook.com/${graphVersion.name}/dialog/oauth`,
    token: `${facebookGraph}/oauth/access_token`,
    userinfo: `${facebookGraph}/me`,
  },
  pkce: "none",
  scopeSeparator: ",",
  clientAuthentication: "client_secret_post",
  scopes: [
    "instagram_basic",
    "instagram_content_publish",
    "instagram_manage_comments",
    "pages_show_list",
    "pages_read_engagement",
    "business_management",
  ],
  neededToPublish: ["instagram_basic", "instagram_content_publish", "pages_show_list", "pages_read_engagement"],
  // The word, not the number, needs no listing as long as the app is in development mode.
  redirect: { loopbackPort: "fixed", host: "localhost" },
  afterLogin: facebookExchange,
  tokens: {
    renewal: facebookExchange,
    defaultLifetime: days(60) / 1000,
    minimumAge: hours(24),
    onlyWhileValid: true,
    reuse: { kind: "idempotent" },
    readReply: graphTokenReply,
  },
  identify: identifyLinked,
  derived: {
    kind: "derived",
    id: "facebook-page",
    // It ends with what ends the login: a new password, a lost role, the app removed.
    tokens: { renewal: "none", defaultLifetime: null, reuse: { kind: "idempotent" } },
    derive: deriveToken,
  },
};

/** Only Facebook's tokens can be looked at; Instagram's own are known by whether they work. */
async function check(api: Api): Promise<TokenCheck> {
  const graph = graphOf(api);
  if (graph.startsWith(ownGraph)) return { say: `answers as @${(await me(api)).username ?? api.handle}` };
  await api.get(`${graph}/${api.externalId ?? "me"}`, { query: { fields: "id" } });
  return { say: `answers as @${api.handle ?? api.externalId}`, ...(await debugToken(api)) };
}

const many = (max: number, unit: string, found: RegExp): TextLimit => ({
  max,
  unit,
  measure: (text) => text.match(found)?.length ?? 0,
});

export const instagram = definePlatform({
  id: "instagram",
  name: "Instagram",
  site: "https://www.instagram.com",
  documentation: "https://developers.facebook.com/docs/instagram-platform",
  methods: [instagramLogin, facebookLogin],
  tokens: {
    renewal: {
      endpoint: `${ownGraph}/refresh_access_token`,
      grantType: "ig_refresh_token",
      tokenParameter: "access_token",
      with: "nothing",
    },
    defaultLifetime: days(60) / 1000,
    minimumAge: hours(24),
    onlyWhileValid: true,
    reuse: { kind: "idempotent" },
    readReply: loginTokenReply,
  },
  // https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
  limits: {
    text: {
      max: 2200,
      unit: "characters",
      measure: codePoints,
      also: [many(30, "hashtags", /#[\p{L}\p{N}_]+/gu), many(20, "mentions", /(?<![\w.])@[\w.]+/g)],
    },
    alt: { max: 1000, unit: "characters", measure: codePoints },
    images: {
      max: 10,
      types: ["image/jpeg"],
      bytes: mebibytes(8),
      fetched: true,
      // Of stories; what is a post is looked at once more. Instagram itself makes pictures 320 to 1440 pixels wide.
      aspect: { min: 0.5, max: 1.915 },
    },
    video: {
      types: ["video/mp4", "video/quicktime"],
      // Of 300 MB one of its pages speaks, of 1 GB others, and Meta's own sample takes that.
      bytes: mebibytes(1024),
      seconds: { min: 3, max: 15 * 60 },
      width: { max: 1920 },
      aspect: { min: 0.01, max: 10 },
      framesPerSecond: 60,
      codecs: ["avc", "hevc"],
    },
    thumbnail: { types: ["image/jpeg"], bytes: mebibytes(8), fetched: true },
    needs: ["media"],
    firstComment: true,
  },
  options: [
    {
      name: "kind",
      say: "what it is; without it, a video is a Reel, and all else a post",
      takes: ["post", "reel", "story"],
    },
    { name: "share-to-feed", say: "whether a Reel is in the feed as well", takes: "flag" },
    { name: "cover-offset", say: "the second of a Reel that is its cover", takes: "number" },
  ],
  failures: [...publishingFailures, ...graphFailures("instagram", [])],
  removeAccessAt: "https://www.instagram.com/accounts/manage_access/",
  errorOf: instagramErrorOf,
  tokenProof: "appsecret_proof",
  tokenProofHost: "graph.facebook.com",
  paceOf: graphPace,
  version: graphVersion,
  setup: [
    {
      title: "A professional account",
      text: "Instagram app > Settings > Account type and tools > Switch to professional account (creator or business; free). Personal accounts cannot be posted to by any app.",
    },
    {
      title: "Create an app",
      text: 'Use case "Manage messaging & content on Instagram", then API setup with Instagram login. It has its own Instagram app ID and Instagram app secret: not those of the Meta app.',
      open: "https://developers.facebook.com/apps",
    },
    {
      title: "Permissions",
      text: "Add instagram_business_basic, instagram_business_content_publish and instagram_business_manage_comments.",
    },
    {
      title: "The account as a tester",
      text: "App roles > Roles > Add people > Instagram Tester. It accepts at instagram.com > Settings > Apps and websites > Tester invites. Accounts of others need Advanced access (App Review).",
      open: "https://www.instagram.com/accounts/manage_access/",
    },
    {
      title: "Redirect URL",
      text: "Set up Instagram business login > Business login settings > OAuth redirect URIs: exactly the one below. Connect with --https, or --manual, which needs no server.",
    },
    {
      title: "Copy the keys",
      text: "Instagram app ID and Instagram app secret, from the same page.",
    },
  ],
  firstPost: '"Hello" --image hello.jpg --media-base-url https://YOUR-SERVER/FOLDER/',
  identify: identifySelf,
  check,
  publish: { prepare, commit, confirm, comment, delete: remove },
});
