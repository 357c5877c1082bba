/** Connecting by OAuth 2: find the server and the app, let a person consent, keep what came of it. */
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { type Instant, toTimestamp } from "../domain/time.ts";
import { mergeTokenReply, type TokenReply, type TokenSet } from "../domain/token.ts";
import {
  type AuthorizationRequest,
  beginAuthorization,
  carriesState,
  finishAuthorization,
} from "../oauth/authorization-code.ts";
import { generateDPoPKey } from "../oauth/dpop.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import { createParty, type Party } from "../oauth/party.ts";
import type { Api, OAuth2Method, TokenRules } from "../platforms/platform.ts";
import { type Asking, type Attempt, authorize, withTimeout } from "./authorize.ts";
import type { ConnectRequest } from "./connect.ts";
import type { DeveloperApp } from "./developer-app.ts";
import { findServer, type Server } from "./found-server.ts";
import { longLived, requireExchangeSecret } from "./long-lived.ts";
import { rulesOf } from "./methods.ts";
import { type Connecting, provenVault, storeConnections, vaultIfAny } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import { type Redirect, redirectFor } from "./redirect.ts";
import { knownApp, registeredApp } from "./registered-app.ts";

export async function connectByOAuth2(connecting: Connecting, method: OAuth2Method): Promise<ConnectedAccount[]> {
  const { services, platform, request } = connecting;
  // What is missing is said before a vault is made for it.
  const present = await vaultIfAny(services);
  const server = await findServer(connecting, present, method);
  const known = await knownApp(connecting, present, method, server);
  if (known) requireExchangeSecret(platform, method, known);
  const ways = await redirectWays(connecting, method, request.redirectUri ?? known?.redirectUri ?? null);
  const vault = await provenVault(services);
  const app = known ?? (await registeredApp(connecting, vault, method, server));
  const dpopKey = request.dpop || method.dpop === "required" ? await generateDPoPKey() : null;
  services.keepSecret(dpopKey);
  const party = await createParty({
    method,
    metadata: server.metadata ?? app.serverMetadata,
    clientId: app.clientId,
    clientSecret: app.clientSecret,
    dpopKey,
    clockSkew: server.clockSkew,
    http: services.http,
    clock: services.clock,
    signal: request.signal,
    readReply: rulesOf(platform, method.id).readReply,
  });
  const scopes = request.scopes ?? app.scopes ?? server.scopes ?? method.scopes;
  const { clientSecret } = app;
  const grant: Grant = { connecting, vault, method, server, party, clientSecret, dpopKey, scopes };
  if (request.mode === "device") return authorizeByDevice(grant);
  const redirect = redirectOf(ways, method, app);
  return authorize({
    ...connecting,
    request: ways,
    rules: method.redirect,
    redirect,
    begin: (uri) => begin(grant, uri),
  });
}

interface Grant {
  readonly connecting: Connecting;
  readonly vault: Vault;
  readonly method: OAuth2Method;
  readonly server: Server;
  readonly party: Party;
  readonly clientSecret: string | null;
  readonly dpopKey: string | null;
  readonly scopes: readonly string[];
}

async function begin(grant: Grant, redirectUri: string): Promise<Attempt> {
  const { connecting, party, method, scopes } = grant;
  const { loginHint } = grant.server;
  const hint = loginHint === undefined ? {} : { login_hint: loginHint };
  const wish = { redirectUri, scopes, parameters: { ...method.authorizeParameters, ...hint } };
  const request = await beginAuthorization(party, wish, connecting.services.random);
  return {
    url: request.url,
    redirectUri,
    accepts: (callback) => carriesState(callback, request.state),
    answerHolds: "code= and state=",
    // The person who began this attempt types it: that is what `state` proves of a browser.
    answerOf: (code) => new URL(`http://127.0.0.1/?${new URLSearchParams({ code, state: request.state })}`),
    finish: async (callback, asking) =>
      store(grant, await longLivedReply(grant, await finish(grant, request, callback)), asking),
  };
}

/** Servers echo what they refuse. */
function finish(
  { connecting: { services }, party }: Grant,
  request: AuthorizationRequest,
  callback: URL,
): Promise<TokenReply> {
  services.keepSecret(request.codeVerifier);
  services.keepSecret(callback.searchParams.get("code"));
  return finishAuthorization(party, request, callback);
}

async function authorizeByDevice(grant: Grant): Promise<ConnectedAccount[]> {
  const { connecting, party, scopes } = grant;
  const { services, events } = connecting;
  const { beginDeviceAuthorization, pollDeviceAuthorization } = await import("../oauth/device-authorization.ts");
  const device = await beginDeviceAuthorization(party, scopes);
  services.keepSecret(device.deviceCode);
  const { userCode, expiresAt } = device;
  const verificationUri = await services.http.browserUrl(device.verificationUri);
  const { verificationUriComplete: complete } = device;
  const verificationUriComplete = complete === null ? null : await services.http.browserUrl(complete);
  await events.device({ verificationUri, verificationUriComplete, userCode, expiresAt: toTimestamp(expiresAt) });
  const reply = await pollDeviceAuthorization(party, device, scopes, withTimeout(connecting));
  return store(grant, await longLivedReply(grant, reply), async () => {});
}

/** What the authorization server gave, with what is known of the exchange that brought it. */
interface Received {
  readonly answer?: TokenReply["answer"];
  readonly reply: TokenReply;
  readonly sentAt: Instant;
  readonly clockSkew: number;
}

async function longLivedReply(grant: Grant, reply: TokenReply): Promise<Received> {
  const { connecting, party, method, clientSecret } = grant;
  connecting.services.keepSecret(reply.accessToken);
  connecting.services.keepSecret(reply.refreshToken);
  const { answer = {} } = reply;
  const received = { answer, reply, sentAt: party.transport.last().sentAt, clockSkew: party.transport.skew() };
  if (!method.afterLogin) return received;
  const app = { clientId: party.client.client_id, clientSecret };
  return { ...(await longLived(connecting, method, method.afterLogin, app, reply)), answer };
}

async function store(
  grant: Grant,
  { answer, reply, sentAt, clockSkew }: Received,
  asking: Asking,
): Promise<ConnectedAccount[]> {
  const { connecting, vault, method, server, party, dpopKey, scopes } = grant;
  const rules = rulesOf(connecting.platform, method.id);
  const tokens = mergeTokenReply({
    previous: null,
    reply,
    sentAt,
    defaultLifetime: rules.defaultLifetime,
    loginLifetime: rules.loginLifetime,
    requestedScopes: scopes,
  });
  if (method.dpop === "required" && tokens.tokenType !== "DPoP") {
    throw new Failure("protocol", "the server gave a token that is bound to no key", { hint: "check --instance" });
  }
  const discovered = method.endpoints === "discovery";
  const granted = {
    issuer: discovered ? (server.issuer ?? party.server.issuer) : null,
    clientId: party.client.client_id,
    dpop: tokens.tokenType === "DPoP",
    refreshable: canBeRenewed(rules, tokens),
    serverMetadata: discovered ? { ...party.server } : null,
    tokens,
    dpopKey,
    clockSkew,
  };
  const api = apiOf(grant, reply);
  const answered = answer ? ((await method.identityOf?.(answer, api)) ?? null) : null;
  return storeConnections({ connecting, vault, method, api, granted, asking, answered });
}

function apiOf(
  { connecting, method, server, party, clientSecret }: Grant,
  { accessToken, tokenType }: TokenReply,
): Api {
  const { services, platform } = connecting;
  const endpoints = endpointsInForce(method, method.endpoints === "discovery" ? { ...party.server } : null);
  return apiForNewToken(
    services,
    platform,
    endpoints,
    { value: accessToken, type: tokenType, method: method.id },
    { party: async () => party },
    { clientId: party.client.client_id, clientSecret },
    { instance: server.issuer ?? endpoints.issuer ?? null, facts: server.answers ?? {} },
  );
}

function canBeRenewed({ renewal }: TokenRules, { refreshToken }: TokenSet): boolean {
  return renewal === undefined ? refreshToken !== null : renewal !== "none";
}

function redirectOf(request: ConnectRequest, method: OAuth2Method, app: DeveloperApp): Redirect {
  return redirectFor({
    platform: request.platform,
    rules: method.redirect,
    uri: request.redirectUri ?? app.redirectUri,
    port: request.port,
    https: request.https,
    manual: request.mode === "manual",
  });
}

/** A platform that accepts https only: without a word on how, and a URI of one's own, the person is asked. */
async function redirectWays(
  { request, events, platform }: Connecting,
  { redirect: rules }: OAuth2Method,
  uri: string | null,
): Promise<ConnectRequest> {
  const said = request.https || request.mode === "manual" || request.mode === "device" || uri !== null;
  if (rules.https !== "required" || said) return request;
  const wish = { platform: platform.id, rules, uri, port: request.port, https: true };
  const chosen = await events.chooseRedirect({ platform: platform.name, redirectUri: redirectFor(wish).uri });
  return chosen === "https" ? { ...request, https: true } : { ...request, mode: "manual" };
}
