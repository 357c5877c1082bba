/** Facebook Login: the dialog, and the token endpoint. https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow */
import type { Context } from "hono";
import { seconds } from "../../domain/time.ts";
import { refusedToken } from "../graph/access.ts";
import { graphError, graphErrors, invalidParameter } from "../graph/errors.ts";
import { type Parameters, readParameters } from "../graph/parameters.ts";
import type { AuthorizationRequest } from "../oauth/grants.ts";
import type { SandboxClient } from "../options.ts";
import { consentPage } from "../pages/consent-page.ts";
import { problemPage } from "../pages/problem-page.ts";
import { personOf, type World } from "../world.ts";

/** What the dialog says of each permission. */
const permissions: Readonly<Record<string, string>> = {
  public_profile: "Receive your name and profile picture",
  email: "Receive your e-mail address",
  pages_show_list: "Show a list of the Pages you manage",
  pages_read_engagement: "Read content posted on the Page",
  pages_read_user_engagement: "Read user content on your Page",
  pages_manage_posts: "Create and manage content on your Page",
  pages_manage_engagement: "Create, edit and delete comments on your Page",
  pages_manage_metadata: "Manage accounts, settings and webhooks for a Page",
  business_management: "Manage your business portfolio",
  publish_video: "Publish live videos and videos to Pages you manage",
  read_insights: "Read your Page's insights",
  instagram_basic: "Access profile and posts from the Instagram account connected to your Page",
  instagram_content_publish: "Upload media and create posts for the Instagram account connected to your Page",
  instagram_manage_comments: "Manage comments for the Instagram account connected to your Page",
};

/** Seconds. The short-lived token is told as "about an hour or two". */
const lives = { code: 600, short: 5400, long: 5_183_944 };

/** Always on the list: where apps without a server end (the manual flow of desktop apps). */
const desktopEnd = "https://www.facebook.com/connect/login_success.html";

type Judged = { readonly problem: string } | { readonly request: AuthorizationRequest };

function judge(world: World, query: URLSearchParams): Judged {
  const client = world.clients.find("facebook", query.get("client_id") ?? "");
  if (!client) return { problem: "Invalid App ID: the provided app ID does not look like a valid app ID." };
  const redirectUri = query.get("redirect_uri") ?? "";
  const blocked = blockedRedirect(client, redirectUri);
  if (blocked !== null) return { problem: blocked };
  if ((query.get("response_type") ?? "code") !== "code") return { problem: "Unsupported response_type." };
  const scopes = (query.get("scope") ?? "").split(",").filter((name) => name !== "");
  const unknown = scopes.filter((scope) => !Object.hasOwn(permissions, scope));
  if (unknown.length > 0) {
    return { problem: `Invalid Scopes: ${unknown.join(", ")}. This message is only shown to developers.` };
  }
  const request: AuthorizationRequest = {
    platform: "facebook",
    clientId: client.clientId,
    redirectUri,
    scopes: [...new Set(["public_profile", ...scopes])],
    state: query.get("state") ?? "",
    challenge: { method: "plain", value: "" },
    parameters: Object.fromEntries(query),
  };
  return { request };
}

function blockedRedirect(client: SandboxClient, redirectUri: string): string | null {
  if (!URL.canParse(redirectUri)) return "The parameter redirect_uri is required.";
  const { protocol, hostname } = new URL(redirectUri);
  if (redirectUri === desktopEnd || client.redirectUris.includes(redirectUri)) {
    return protocol === "https:" || !client.live ? null : insecure;
  }
  // Of an app in development nothing on this word needs to be listed.
  if (!client.live && hostname === "localhost") return null;
  if (protocol !== "https:") return insecure;
  return "URL Blocked: This redirect failed because the redirect URI is not white-listed in the app's client OAuth settings. Make sure that the client and web OAuth logins are on and add all your app domains as valid OAuth redirect URIs.";
}

const insecure =
  "Facebook has detected that this app isn't using a secure connection to transfer information. Until the app updates its security settings, you won't be able to use Facebook to log in to it.";

export function dialog(world: World) {
  return {
    show: (context: Context) => {
      const judged = judge(world, new URL(context.req.url).searchParams);
      if ("problem" in judged) return problem(context, judged.problem);
      const { request } = judged;
      const page = consentPage({
        platformName: "Facebook",
        app: request.clientId,
        abilities: request.scopes.map((code) => ({ text: permissions[code] ?? code, code })),
        people: world.people,
        requestId: world.grants.pend(request),
        afterwards: `Then you go back to ${request.redirectUri}`,
      });
      return context.html(page);
    },
    decide: async (context: Context) => {
      const form = new URLSearchParams(await context.req.text());
      const decision = form.get("decision");
      const person = personOf(world, form.get("person") ?? "");
      if (decision !== "deny" && !(decision === "approve" && person)) return problem(context, "Choose who signs in.");
      const request = world.grants.decide(form.get("request") ?? "");
      if (request?.platform !== "facebook") return problem(context, "This dialog has been answered already.");
      const to = new URL(request.redirectUri);
      if (decision === "deny" || !person) {
        to.searchParams.set("error", "access_denied");
        to.searchParams.set("error_code", "200");
        to.searchParams.set("error_description", "Permissions error");
        to.searchParams.set("error_reason", "user_denied");
      } else to.searchParams.set("code", world.grants.issueCode(request, person.handle, lives.code));
      if (request.state !== "") to.searchParams.set("state", request.state);
      // Facebook's own mark, which browsers keep to themselves.
      to.hash = "_=_";
      return context.redirect(to.href, 302);
    },
  };
}

function problem(context: Context, text: string): Response | Promise<Response> {
  return context.html(problemPage({ title: "Facebook", text }), 400);
}

/** By GET or POST, in the query or a form. */
export function accessToken(world: World) {
  return async (context: Context): Promise<Response> => {
    const parameters = await readParameters(context.req.raw, { body: true });
    const client = world.clients.find("facebook", parameters.text("client_id") ?? "");
    if (parameters.text("client_id") === null) return missing("client_id", 101);
    if (!client) return graphErrors["app-unknown"]();
    if (parameters.text("client_secret") !== client.clientSecret) return graphErrors["app-secret"]();
    const grantType = parameters.text("grant_type") ?? "authorization_code";
    if (grantType === "fb_exchange_token") return exchange(world, client, parameters);
    if (grantType === "authorization_code") return redeem(world, client, parameters);
    return invalidParameter(`Unsupported grant_type ${grantType}`);
  };
}

const missing = (name: string, code: number): Response => graphError({ code, message: `Missing ${name} parameter.` });

function redeem(world: World, client: SandboxClient, parameters: Parameters): Response {
  const redirectUri = parameters.text("redirect_uri");
  if (!redirectUri) return missing("redirect_uri", 191);
  const code = world.grants.code(parameters.text("code") ?? "");
  if (code?.request.platform !== "facebook" || code.request.clientId !== client.clientId) {
    return invalidParameter("Invalid verification code format.");
  }
  if (code.grant) return invalidParameter("This authorization code has been used.", 36009);
  if (world.grants.isExpired(code)) return invalidParameter("This authorization code has expired.", 36007);
  if (redirectUri !== code.request.redirectUri) {
    return invalidParameter(
      "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
      36008,
    );
  }
  const grant = world.grants.redeem(code);
  return issued(world, world.grants.issue(grant, grant.scopes, lifetime(lives.short), false).access.value, lives.short);
}

const lifetime = (life: number) => ({ accessTokenLifetime: life, refreshTokenLifetime: 0 });

/** Once a day: sooner, it is the same token again. What has ended is not taken. */
function exchange(world: World, client: SandboxClient, parameters: Parameters): Response {
  const token = world.grants.accessToken(parameters.text("fb_exchange_token") ?? "");
  const refusal = refusedToken(world, "facebook", token);
  if (refusal || !token) return refusal ?? graphErrors["token-malformed"]();
  if (token.grant.clientId !== client.clientId) return graphErrors["token-malformed"]();
  const { grants, clock, wanted } = world;
  const life = wanted.accessTokenLifetime ?? lives.long;
  const left = (token.expiresAt - clock.now()) / 1000;
  const isYoung = left > life - seconds(86_400) / 1000;
  if (isYoung) return issued(world, token.value, Math.floor(left));
  return issued(world, grants.issue(token.grant, token.scopes, lifetime(life), false).access.value, life);
}

function issued(_world: World, access_token: string, expires_in: number): Response {
  const body = { access_token, token_type: "bearer", expires_in };
  return Response.json(body, { headers: { "cache-control": "no-store" } });
}

/** Strict mode: exact addresses, and https for all but this machine. */
export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname, hash } = new URL(uri);
  if (hash !== "") return "it has a fragment";
  if (protocol === "https:" || (protocol === "http:" && hostname === "localhost")) return null;
  return "it must be https";
}
