/** Connecting an account: find the app, let a person consent, learn who it is, store it. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import { mergeTokenReply, type TokenReply, type TokenSet } from "../domain/token.ts";
import { discover } from "../oauth/discovery.ts";
import { generateDPoPKey } from "../oauth/dpop.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import { createParty, type Party } from "../oauth/party.ts";
import { registerClient } from "../oauth/registration.ts";
import type { Identity, OAuth2Method, Platform, TokenRules } from "../platforms/platform.ts";
import {
  authorizeByDevice,
  authorizeByPaste,
  authorizeOnLoopback,
  type ConnectEvents,
  type Grant,
} from "./authorize.ts";
import { appMissing, type DeveloperApp, findDeveloperApp } from "./developer-app.ts";
import { methodOf } from "./methods.ts";
import { apiForNewToken } from "./platform-api.ts";
import { type Redirect, redirectFor } from "./redirect.ts";
import { requirePlatform, type Services } from "./services.ts";

export type ConnectMode = "browser" | "no-browser" | "manual" | "device";

export interface ConnectRequest {
  readonly platform: string;
  readonly brand: string;
  /** The handle to store in place of the platform's own. */
  readonly as?: string | undefined;
  readonly mode: ConnectMode;
  readonly method?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId?: string | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly port?: number | undefined;
  readonly redirectUri?: string | undefined;
  /** Milliseconds a person has to consent. */
  readonly timeout: number;
  readonly dpop: boolean;
  readonly signal: AbortSignal;
}

/** @throws Failure of the `reauthorize` and `locked` categories, `app_missing`, `port_taken`, `network`, … */
export async function connectAccount(
  services: Services,
  request: ConnectRequest,
  events: ConnectEvents,
): Promise<ConnectedAccount> {
  // Whatever still waits when this ends (the time limit, a pause) ends with it.
  const ended = new AbortController();
  try {
    const signal = AbortSignal.any([request.signal, ended.signal]);
    return await connect(services, { ...request, signal }, events);
  } catch (error) {
    throw named(toFailure(error), request.platform);
  } finally {
    ended.abort();
  }
}

/** The protocol's hints do not know which platform they speak to. */
function named(failure: Failure, platform: string): Failure {
  if (!failure.hint?.includes("PLATFORM")) return failure;
  const { code, message, hint, account, cause } = failure;
  return new Failure(code, message, { account, hint: hint.replaceAll("PLATFORM", platform), cause });
}

async function connect(services: Services, request: ConnectRequest, events: ConnectEvents): Promise<ConnectedAccount> {
  const platform = await requirePlatform(services, request.platform);
  const method = methodOf(platform, request.method);
  // What is missing is said before a vault is made for it.
  const present = await vaultIfAny(services);
  const server = await findServer(services, present, platform, method, request);
  const known = await knownApp(services, present, method, request, server);
  const vault = await services.vaultOrNew();
  // A vault that cannot be opened or written must say so before a person consents, not after.
  await vault.prove();
  const app = known ?? (await registeredApp(services, vault, method, request, server));
  const scopes = request.scopes ?? app.scopes ?? method.scopes;
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
    readReply: platform.tokens.readReply,
  });
  const redirect = redirectOf(request, method, app);
  const store = (reply: TokenReply) =>
    storeGrant({ services, vault, platform, method, request, party, dpopKey, scopes }, reply);
  const grant: Grant = { services, platform, method, party, redirect, scopes, request, events, store };
  if (request.mode === "device") return authorizeByDevice(grant);
  return request.mode === "manual" || redirect.listen === null ? authorizeByPaste(grant) : authorizeOnLoopback(grant);
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
  const issuer = request.issuer ?? (apps.length === 1 ? apps[0]?.issuer : undefined);
  if (!issuer) {
    throw new Failure("usage", `${platform.name} needs to know which server`, { hint: "name it with --issuer URL" });
  }
  const stored = apps.find((app) => app.issuer === issuer && app.serverMetadata !== null);
  if (stored) return { issuer, metadata: stored.serverMetadata, clockSkew: 0 };
  if (!URL.canParse(issuer)) throw new Failure("usage", `"${issuer}" is not a URL`, { hint: "--issuer https://…" });
  const found = await discover(new URL(issuer), services.http, services.clock);
  return { issuer, ...found };
}

async function vaultIfAny(services: Services): Promise<Vault | null> {
  try {
    return await services.vault();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return null;
    throw error;
  }
}

/** The app there is; null where one can be registered on the spot. @throws Failure `app_missing` */
async function knownApp(
  services: Services,
  vault: Vault | null,
  method: OAuth2Method,
  request: ConnectRequest,
  server: Server,
): Promise<DeveloperApp | null> {
  const wish = { platform: request.platform, issuer: server.issuer, clientId: request.clientId };
  const known = await findDeveloperApp(services, vault, wish);
  if (!known && (method.endpoints !== "discovery" || server.metadata === null)) throw appMissing(request.platform);
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
  });
}

interface Storing {
  readonly services: Services;
  readonly vault: Vault;
  readonly platform: Platform;
  readonly method: OAuth2Method;
  readonly request: ConnectRequest;
  readonly party: Party;
  readonly dpopKey: string | null;
  readonly scopes: readonly string[];
}

async function storeGrant(storing: Storing, reply: TokenReply): Promise<ConnectedAccount> {
  const { services, vault, platform, method, request, party } = storing;
  services.keepSecret(reply.accessToken);
  services.keepSecret(reply.refreshToken);
  const tokens = mergeTokenReply({
    previous: null,
    reply,
    sentAt: party.transport.last().sentAt,
    defaultLifetime: platform.tokens.defaultLifetime,
    requestedScopes: storing.scopes,
  });
  const clockSkew = party.transport.skew();
  const identity = await whoIsIt(storing, reply);
  const issuer = method.endpoints === "discovery" ? party.server.issuer : null;
  return services.uninterrupted(() =>
    vault.connect(
      { ...identity, brand: request.brand, platform: platform.id, handle: request.as ?? identity.handle, issuer },
      {
        method: request.method ?? method.id,
        issuer,
        clientId: party.client.client_id,
        dpop: tokens.tokenType === "DPoP",
        refreshable: canBeRenewed(platform.tokens, tokens),
        serverMetadata: method.endpoints === "discovery" ? { ...party.server } : null,
        tokens,
        dpopKey: storing.dpopKey,
        clockSkew,
        timing: platform.tokens,
      },
    ),
  );
}

/**
 * Asks the platform who this is. X's users/me, for one, fails now and then right after a login: a valid token is
 * not thrown away for that, so the account is kept under a name of our own until the platform answers.
 */
async function whoIsIt(
  storing: Storing,
  reply: TokenReply,
): Promise<Omit<Identity, "externalId"> & { externalId: string | null }> {
  const { services, platform, party, method } = storing;
  const endpoints = endpointsInForce(method, method.endpoints === "discovery" ? { ...party.server } : null);
  const api = apiForNewToken(services, platform, endpoints, party, { value: reply.accessToken, type: reply.tokenType });
  for (const pause of [300, 1500, null]) {
    try {
      const [identity] = await platform.identify(api);
      if (identity) return identity;
    } catch (error) {
      const failure = toFailure(error);
      const another = failure.category === "later" || failure.category === "unknown_outcome";
      if (!another && storing.request.as === undefined) throw failure;
      if (pause === null || !another) break;
      await services.clock.sleep(pause, storing.request.signal);
    }
  }
  const handle = storing.request.as ?? `unidentified-${services.random.uuid().slice(0, 8)}`;
  return { externalId: null, handle, name: null, url: null };
}

function canBeRenewed({ renewal }: TokenRules, { refreshToken }: TokenSet): boolean {
  return renewal === undefined ? refreshToken !== null : renewal !== "none";
}
