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
import { discover } from "../oauth/discovery.ts";
import { generateDPoPKey } from "../oauth/dpop.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import { createParty, type Party } from "../oauth/party.ts";
import { registerClient } from "../oauth/registration.ts";
import type { Api, OAuth2Method, Platform, TokenRules } from "../platforms/platform.ts";
import { type Asking, type Attempt, authorize, withTimeout } from "./authorize.ts";
import type { ConnectRequest } from "./connect.ts";
import { appMissing, type DeveloperApp, findDeveloperApp } from "./developer-app.ts";
import { longLived, requireExchangeSecret } from "./long-lived.ts";
import { appKindOf, rulesOf } from "./methods.ts";
import { type Connecting, provenVault, storeConnections, vaultIfAny } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import { type Redirect, redirectFor } from "./redirect.ts";
import type { Services } from "./services.ts";

export async function connectByOAuth2(connecting: Connecting, method: OAuth2Method): Promise<ConnectedAccount[]> {
  const { services, platform, request } = connecting;
  // What is missing is said before a vault is made for it.
  const present = await vaultIfAny(services);
  const server = await findServer(services, present, platform, method, request);
  const known = await knownApp(services, present, method, request, server);
  if (known) requireExchangeSecret(platform, method, known);
  const ways = await redirectWays(connecting, method, request.redirectUri ?? known?.redirectUri ?? null);
  const vault = await provenVault(services);
  const app = known ?? (await registeredApp(services, vault, method, request, server));
  const dpopKey = request.dpop ? await generateDPoPKey() : null;
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
  const scopes = request.scopes ?? app.scopes ?? method.scopes;
  const { clientSecret } = app;
  const grant: Grant = { connecting, vault, method, party, clientSecret, dpopKey, scopes };
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
  readonly party: Party;
  readonly clientSecret: string | null;
  readonly dpopKey: string | null;
  readonly scopes: readonly string[];
}

async function begin(grant: Grant, redirectUri: string): Promise<Attempt> {
  const { connecting, party, method, scopes } = grant;
  const wish = { redirectUri, scopes, parameters: method.authorizeParameters ?? {} };
  const request = await beginAuthorization(party, wish, connecting.services.random);
  return {
    url: request.url,
    redirectUri,
    accepts: (callback) => carriesState(callback, request.state),
    answerHolds: "code= and state=",
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
  const { verificationUri, verificationUriComplete, userCode, expiresAt } = device;
  await events.device({ verificationUri, verificationUriComplete, userCode, expiresAt: toTimestamp(expiresAt) });
  const reply = await pollDeviceAuthorization(party, device, withTimeout(connecting));
  return store(grant, await longLivedReply(grant, reply), async () => {});
}

/** What the authorization server gave, with what is known of the exchange that brought it. */
interface Received {
  readonly reply: TokenReply;
  readonly sentAt: Instant;
  readonly clockSkew: number;
}

async function longLivedReply(grant: Grant, reply: TokenReply): Promise<Received> {
  const { connecting, party, method, clientSecret } = grant;
  connecting.services.keepSecret(reply.accessToken);
  connecting.services.keepSecret(reply.refreshToken);
  const received = { reply, sentAt: party.transport.last().sentAt, clockSkew: party.transport.skew() };
  if (!method.afterLogin) return received;
  const app = { clientId: party.client.client_id, clientSecret };
  return longLived(connecting, method, method.afterLogin, app, reply);
}

async function store(
  grant: Grant,
  { reply, sentAt, clockSkew }: Received,
  asking: Asking,
): Promise<ConnectedAccount[]> {
  const { connecting, vault, method, party, dpopKey, scopes } = grant;
  const rules = rulesOf(connecting.platform, method.id);
  const tokens = mergeTokenReply({
    previous: null,
    reply,
    sentAt,
    defaultLifetime: rules.defaultLifetime,
    requestedScopes: scopes,
  });
  const discovered = method.endpoints === "discovery";
  const granted = {
    issuer: discovered ? party.server.issuer : null,
    clientId: party.client.client_id,
    dpop: tokens.tokenType === "DPoP",
    refreshable: canBeRenewed(rules, tokens),
    serverMetadata: discovered ? { ...party.server } : null,
    tokens,
    dpopKey,
    clockSkew,
  };
  return storeConnections({ connecting, vault, method, api: apiOf(grant, reply), granted, asking });
}

function apiOf({ connecting, method, party, clientSecret }: Grant, { accessToken, tokenType }: TokenReply): Api {
  const { services, platform } = connecting;
  const endpoints = endpointsInForce(method, method.endpoints === "discovery" ? { ...party.server } : null);
  return apiForNewToken(
    services,
    platform,
    endpoints,
    { value: accessToken, type: tokenType },
    { party: async () => party },
    { clientId: party.client.client_id, clientSecret },
  );
}

function canBeRenewed({ renewal }: TokenRules, { refreshToken }: TokenSet): boolean {
  return renewal === undefined ? refreshToken !== null : renewal !== "none";
}

interface Server {
  readonly issuer: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly clockSkew: number;
}

/** The authorization server of a platform that exists many times; nothing to find for the others. */
async function findServer(
  services: Services,
  vault: Vault | null,
  platform: Platform,
  method: OAuth2Method,
  request: ConnectRequest,
): Promise<Server> {
  if (method.endpoints !== "discovery") {
    // An endpoint override that is refused says so here.
    await services.http.browserUrl(method.endpoints.authorize);
    return { issuer: null, metadata: null, clockSkew: 0 };
  }
  const apps = ((await vault?.apps()) ?? []).filter((app) => app.platform === platform.id);
  if (method.issuer !== undefined && request.issuer !== undefined && request.issuer !== method.issuer) {
    throw new Failure("usage", `${platform.name} is at ${method.issuer}`, { hint: "leave --issuer out" });
  }
  const issuer = method.issuer ?? request.issuer ?? (apps.length === 1 ? apps[0]?.issuer : undefined);
  if (!issuer) {
    throw new Failure("usage", `${platform.name} needs to know which server`, { hint: "name it with --issuer URL" });
  }
  const stored = apps.find((app) => app.issuer === issuer && app.serverMetadata !== null);
  if (stored) return { issuer, metadata: stored.serverMetadata, clockSkew: 0 };
  if (!URL.canParse(issuer)) throw new Failure("usage", `"${issuer}" is not a URL`, { hint: "--issuer https://…" });
  const found = await discover(new URL(issuer), services.http, services.clock);
  // An address that may not be asked says so here, before a person consents.
  const { authorization_endpoint: authorize } = found.metadata;
  if (typeof authorize === "string") await services.http.browserUrl(authorize);
  return { issuer, ...found };
}

/** The app there is; null where one can be registered on the spot. @throws Failure `app_missing` */
async function knownApp(
  services: Services,
  vault: Vault | null,
  method: OAuth2Method,
  request: ConnectRequest,
  server: Server,
): Promise<DeveloperApp | null> {
  const wish = {
    platform: request.platform,
    kind: appKindOf(method),
    issuer: server.issuer,
    clientId: request.clientId,
  };
  const known = await findDeveloperApp(services, vault, wish);
  if (!known && (method.endpoints !== "discovery" || server.metadata === null))
    throw appMissing(request.platform, method);
  return known;
}

/** Dynamic client registration (RFC 7591). */
async function registeredApp(
  services: Services,
  vault: Vault,
  method: OAuth2Method,
  request: ConnectRequest,
  server: Server,
): Promise<DeveloperApp> {
  if (server.metadata === null) throw appMissing(request.platform);
  const { uri } = redirectFor({
    platform: request.platform,
    rules: method.redirect,
    uri: request.redirectUri ?? null,
    port: request.port,
    https: request.https,
  });
  const registration = await registerClient(
    server.metadata,
    {
      redirectUri: uri,
      scopes: request.scopes ?? method.scopes,
      device: typeof server.metadata["device_authorization_endpoint"] === "string",
      dpop: request.dpop,
    },
    services.http,
    services.clock,
  );
  services.keepSecret(registration.clientSecret);
  services.keepSecret(registration.registrationAccessToken);
  await vault.saveApp({
    platform: request.platform,
    issuer: server.issuer,
    clientId: registration.clientId,
    clientSecret: registration.clientSecret,
    redirectUri: null,
    scopes: null,
    registered: true,
    registrationAccessToken: registration.registrationAccessToken,
    serverMetadata: null,
  });
  const { clientId, clientSecret } = registration;
  return { clientId, clientSecret, redirectUri: null, scopes: null, serverMetadata: null, source: "vault" };
}

function redirectOf(request: ConnectRequest, method: OAuth2Method, app: DeveloperApp): Redirect {
  return redirectFor({
    platform: request.platform,
    rules: method.redirect,
    uri: request.redirectUri ?? app.redirectUri,
    port: request.port,
    https: request.https,
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
