// https://docs.github.com/apps/oauth-apps, https://docs.github.com/rest, and docs/platforms/github.md for where each fact is from
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { days } from "../domain/time.ts";
import { errorOf, failures, paceOf, statusOf } from "./github/failures.ts";
import { problemsOf, publishing } from "./github/publishing.ts";
import { rest } from "./github/requests.ts";
import { type Api, definePlatform, type Identity, type TokenCheck, type TokenRules } from "./platform.ts";

interface User {
  readonly id: number;
  readonly login: string;
  readonly name: string | null;
  readonly html_url: string;
}

const me = (api: Api) => rest(api, "GET", "/user", { repeatable: true });

async function whoIs(api: Api): Promise<Identity> {
  const { id, login, name, html_url: url } = (await me(api)).body as User;
  return { externalId: String(id), handle: login, name, url };
}

/** Headers tell what the body does not: the scopes of classic tokens, and when a personal token ends. */
async function check(api: Api): Promise<TokenCheck> {
  const { body, headers } = await me(api);
  const { "x-oauth-scopes": scopes, "github-authentication-token-expiration": end } = headers;
  return {
    say: `signed in as ${(body as User).login}`,
    ...(scopes ? { scopes: scopes.split(/,\s*/) } : {}),
    // "2026-12-24 10:00:00 UTC"
    ...(end ? { expiresAt: Date.parse(end.replace(" UTC", "Z").replace(" ", "T")) } : {}),
  };
}

/** With the app's secret alone. @throws Failure `platform_cannot` without one, and for a token that was pasted */
async function revoke(api: Api): Promise<void> {
  const { clientId, clientSecret } = await api.app();
  if (clientSecret === null || (await api.method()) !== "oauth2") {
    throw new Failure("platform_cannot", "GitHub ends this token by hand only", { hint: removeAccessAt });
  }
  const basic = btoa(`${clientId}:${clientSecret}`);
  api.keepSecret(basic);
  await api.delete(`https://api.github.com/applications/${clientId}/token`, {
    authorization: "none",
    headers: { accept: "application/vnd.github+json", authorization: `Basic ${basic}` },
    json: { access_token: await api.token() },
    accepts: [404],
  });
}

const removeAccessAt = "https://github.com/settings/applications";

/** A classic token lives until somebody ends it, or a year unused. A GitHub App's lives 8 hours, its refresh token 6 months. */
const tokens: TokenRules = {
  defaultLifetime: null,
  reuse: { kind: "unknown" },
  idleDeadline: days(365),
  // Errors come with status 200.
  readReply: (body) => body,
  deadGrantErrors: ["bad_refresh_token"],
};

export const github = definePlatform({
  id: "github",
  name: "GitHub",
  site: "https://github.com",
  documentation: "https://docs.github.com/rest",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://github.com/login/oauth/authorize",
        token: "https://github.com/login/oauth/access_token",
        deviceAuthorization: "https://github.com/login/device/code",
      },
      pkce: "S256",
      clientAuthentication: "client_secret_post",
      scopes: ["read:user", "gist", "public_repo"],
      authorizeParameters: { prompt: "select_account", allow_signup: "false" },
      redirect: { loopbackPort: "any", host: "127.0.0.1" },
    },
    {
      kind: "key",
      id: "token",
      name: "personal access token",
      example: "github_pat_… or ghp_…",
      read: (pasted) => {
        if (/^(?:github_pat_|ghp_)\w{20,}$/.test(pasted)) return pasted;
        throw new Failure("usage", "that is no personal access token: they begin with github_pat_ or ghp_", {
          hint: "make one at https://github.com/settings/personal-access-tokens",
        });
      },
    },
  ],
  tokens,
  version: {
    name: "2022-11-28",
    endsOn: null,
    documentation: "https://docs.github.com/rest/about-the-rest-api/api-versions",
  },
  removeAccessAt,
  limits: {
    text: { max: 125_000, unit: "characters", measure: codePoints },
    title: { max: 256, unit: "characters", measure: codePoints },
    images: { max: 20, types: ["image/png", "image/jpeg", "image/gif", "image/webp"], bytes: mebibytes(2048) },
    video: { types: ["video/mp4", "video/quicktime", "video/webm"], bytes: mebibytes(2048) },
    document: { types: ["application/pdf", "application/zip", "application/gzip"], bytes: mebibytes(2048) },
    visibility: ["public", "secret"],
  },
  failures,
  errorOf,
  statusOf,
  paceOf,
  setup: [
    {
      title: "Make an OAuth app",
      text: "Any name and homepage. As Authorization callback URL give the redirect URI below (any port is taken with it). Tick Enable Device Flow if you connect on machines without a browser.",
      open: "https://github.com/settings/applications/new",
    },
    {
      title: "Make a client secret",
      text: "Generate a new client secret, and keep it with the client ID for the next question. A GitHub App works as well: docs/platforms/github.md.",
      open: "https://github.com/settings/developers",
    },
  ],
  options: [
    { name: "as", say: "what the post becomes (default: gist)", takes: ["gist", "release", "discussion"] },
    { name: "repository", say: "OWNER/NAME, for releases and discussions", takes: "text" },
    { name: "tag", say: "the release's tag; made where there is none", takes: "text" },
    { name: "target", say: "branch or commit that a new tag is made of", takes: "text" },
    { name: "draft", say: "leave the release a draft, for somebody to publish", takes: "flag" },
    { name: "prerelease", say: "mark the release as not ready for production", takes: "flag" },
    { name: "generate-notes", say: "let GitHub write its notes below the text", takes: "flag" },
    { name: "category", say: "of the discussion (default: general), by name or slug", takes: "text" },
    { name: "file-name", say: "the gist's file (default: post.md)", takes: "text" },
  ],
  problemsOf,
  identify: async (api) => [await whoIs(api)],
  check,
  revoke,
  publish: publishing,
});
