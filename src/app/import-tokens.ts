/** Taking in what other programs hold: each is tried at its platform, and kept only if that knows it. */
import { type App, appVariables } from "../domain/app.ts";
import { signingTokenType } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { FoundToken } from "../domain/import/found-token.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import type { Instant } from "../domain/time.ts";
import type { ConnectMethod, OAuth1Method, OAuth2Method, Platform } from "../platforms/platform.ts";
import type { ConnectEvents } from "./authorize.ts";
import { confined } from "./confined-http.ts";
import { type ConnectRequest, connectAccount } from "./connect.ts";
import { findDeveloperApp } from "./developer-app.ts";
import { findServer } from "./found-server.ts";
import { appKindOf, rulesOf } from "./methods.ts";
import { alreadyConnected, type Connecting, provenVault, storeConnections } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import { requirePlatform, type Services } from "./services.ts";

export interface ImportWish {
  readonly brand: string;
  readonly as?: string | undefined;
  readonly select?: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

export interface Imported {
  readonly accounts: readonly ConnectedAccount[];
  /** The developer app that was stored along with it, by its client id; null: none. */
  readonly app: string | null;
  /** What is to be known of it. */
  readonly notes: readonly string[];
}

/** Which of the platform's ways in it is of. @throws Failure `unknown_platform`, `platform_cannot` */
export async function wayOf(
  services: Services,
  found: FoundToken,
): Promise<{ platform: Platform; method: ConnectMethod }> {
  const platform = await requirePlatform(services, found.platform);
  const method = methodFor(platform, found);
  if (method) return { platform, method };
  throw new Failure("platform_cannot", `${platform.name} takes nothing of this kind`, {
    hint: `agencyiq platforms show ${platform.id}`,
  });
}

function methodFor({ methods }: Platform, { kind, methods: named = [], refreshToken, app }: FoundToken) {
  const byName = methods.find(({ id }) => named.includes(id));
  if (byName) return byName;
  const first = methods.find((method) => method.kind === kind);
  if (kind !== "oauth2") return first;
  // A bare token where the platform exists many times: as a key, if that is a way in.
  const isBare = !refreshToken || !app;
  const asKey = methods.find(
    (method) => method.kind === "key" && method.name !== null && !method.session && !method.asks,
  );
  return isBare && (!first || (first.kind === "oauth2" && first.endpoints === "discovery")) ? (asKey ?? first) : first;
}

/** @throws Failure that says why it was not taken; nothing is stored then */
export async function importToken(services: Services, found: FoundToken, wish: ImportWish): Promise<Imported> {
  const { platform, method } = await wayOf(services, found);
  const request: ConnectRequest = {
    platform: platform.id,
    brand: wish.brand,
    as: wish.as,
    select: wish.select,
    mode: "no-browser",
    method: method.id,
    ...(isServerTaken(method) && found.instance ? { instance: found.instance } : {}),
    ...(isIssuerTaken(method) && found.instance ? { issuer: found.instance } : {}),
    ...(method.kind === "key" ? { answers: answersFor(method, found), keyGiven: true } : {}),
    imported: true,
    timeout: 0,
    dpop: false,
    signal: wish.signal,
  };
  const events = silent(found);
  if (method.kind === "key") {
    return { accounts: await connectAccount(services, request, events), app: null, notes: [] };
  }
  const connecting: Connecting = { services: confined(services, platform), platform, request, events };
  const vault = await provenVault(services);
  const app = await appFor(connecting, vault, method, found);
  const taking: Taking = { connecting, vault, found, app };
  return method.kind === "oauth1" ? takeSigned(taking, method) : takeGranted(taking, method);
}

function isServerTaken(method: ConnectMethod): boolean {
  return method.kind !== "oauth1" && method.server !== undefined;
}

function isIssuerTaken(method: ConnectMethod): boolean {
  return method.kind === "oauth2" && method.endpoints === "discovery" && !method.server && method.issuer === undefined;
}

function answersFor({ asks = [] }: Extract<ConnectMethod, { kind: "key" }>, { answers = {} }: FoundToken) {
  return Object.fromEntries(
    Object.entries(answers).filter(([name]) => asks.some((question) => question.name === name)),
  );
}

/** Nobody is asked anything but what stands in the file. */
function silent(found: FoundToken): ConnectEvents {
  const missing = (what: string): never => {
    throw new Failure("usage", `beside it stands nothing for "${what}"`, {
      hint: `connect it by hand: agencyiq connect ${found.platform}`,
    });
  };
  return {
    authorize: () => {},
    certificate: () => {},
    app: () => {},
    chooseRedirect: async () => missing("the redirect"),
    device: async () => {},
    unusable: () => {},
    choose: null,
    answer: async ({ say, optional }) => (optional ? "" : missing(say)),
    key: async () => found.token,
    paste: async () => missing("the address"),
  };
}

interface KnownApp {
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** It stands in the file, and not in the vault yet. */
  readonly isNew: boolean;
}

interface Taking {
  readonly connecting: Connecting;
  readonly vault: Vault;
  readonly found: FoundToken;
  readonly app: KnownApp | null;
}

/** The file's own; without one the app that is known here may be the one that the token was given to. */
async function appFor(
  { services, platform, request }: Connecting,
  vault: Vault,
  method: OAuth1Method | OAuth2Method,
  { app }: FoundToken,
): Promise<KnownApp | null> {
  const wish = { platform: platform.id, kind: appKindOf(method), issuer: request.instance ?? request.issuer ?? null };
  const known = await findDeveloperApp(services, vault, { ...wish, clientId: app?.clientId });
  const isKnown = known !== null && known.source !== "option" && (known.clientSecret !== null || !app?.clientSecret);
  if (isKnown) return { clientId: known.clientId, clientSecret: known.clientSecret, isNew: false };
  return app ? { ...app, isNew: true } : null;
}

/** Its platform has heard of it: a refusal is not waited out. */
const notNew: Instant = 0;

/** OAuth 1.0a. */
async function takeSigned(taking: Taking, method: OAuth1Method): Promise<Imported> {
  const { connecting, vault, found, app } = taking;
  const { services, platform } = connecting;
  const { token, tokenSecret } = found;
  if (app?.clientSecret == null || !tokenSecret) {
    const [id, secret] = appVariables(platform.id, appKindOf(method));
    throw new Failure("app_missing", `${method.keyNames.key} and ${method.keyNames.secret} do not stand beside it`, {
      hint: `agencyiq apps set ${platform.id} --credential ${method.id}, or set ${id} and ${secret}; then import again`,
    });
  }
  const { clientId, clientSecret } = app;
  const signingKeys = async () => ({ consumerKey: clientId, consumerSecret: clientSecret, token, tokenSecret });
  const held = { value: token, type: signingTokenType, method: method.id, obtainedAt: notNew };
  const api = apiForNewToken(services, platform, {}, held, { signingKeys }, { clientId, clientSecret });
  const obtainedAt = services.clock.now();
  const granted = {
    issuer: null,
    clientId,
    dpop: false,
    refreshable: false,
    serverMetadata: null,
    tokens: {
      accessToken: token,
      refreshToken: null,
      tokenType: signingTokenType,
      scopes: [],
      obtainedAt,
      accessExpiresAt: null,
      refreshExpiresAt: null,
    },
    dpopKey: null,
    tokenSecret,
    clockSkew: 0,
  };
  const accounts = await storeConnections({ connecting, vault, method, api, granted, asking: async () => {} });
  return { accounts, app: (await keepApp(taking, method, null))?.clientId ?? null, notes: [] };
}

async function takeGranted(taking: Taking, method: OAuth2Method): Promise<Imported> {
  const { connecting, vault, found, app } = taking;
  const { services, platform } = connecting;
  const { endpointsInForce } = await import("../oauth/endpoints.ts");
  const server = await findServer(connecting, vault, method);
  const now = services.clock.now();
  const rules = rulesOf(platform, method.id);
  const canRefresh = Boolean(found.refreshToken) && app !== null;
  const granted = {
    issuer: server.issuer,
    clientId: app?.clientId ?? "",
    dpop: false,
    refreshable: refreshable(rules.renewal, canRefresh, app),
    serverMetadata: server.metadata,
    tokens: tokensOf(found, now, rules.defaultLifetime, canRefresh),
    dpopKey: null,
    clockSkew: server.clockSkew,
  };
  const endpoints = endpointsInForce(method, server.metadata);
  const held = { value: found.token, type: "Bearer", method: method.id, obtainedAt: notNew };
  const owner = { clientId: granted.clientId, clientSecret: app?.clientSecret ?? null };
  const api = apiForNewToken(services, platform, endpoints, held, {}, owner);
  const notes =
    found.refreshToken && !canRefresh
      ? [`its refresh token is left out: the client id that it was given to does not stand beside it`]
      : [];
  const login = { connecting, vault, method, api, granted, asking: async () => {} };
  const { accessExpiresAt } = granted.tokens;
  const isOver = accessExpiresAt !== null && accessExpiresAt <= now;
  try {
    if (isOver && canRefresh) throw new Failure("needs_reauth", "it has ended");
    const accounts = await storeConnections(login);
    return { accounts, app: (await keepApp(taking, method, server.issuer))?.clientId ?? null, notes };
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== "needs_reauth" || !canRefresh || !granted.refreshable) throw failure;
    return takeByRefresh(taking, method, granted);
  }
}

function refreshable(renewal: Platform["tokens"]["renewal"], canRefresh: boolean, app: KnownApp | null): boolean {
  if (renewal === undefined) return canRefresh;
  if (renewal === "none") return false;
  if ("refreshAt" in renewal) return canRefresh;
  return renewal.with === "nothing" || app?.clientSecret != null;
}

function tokensOf(found: FoundToken, now: Instant, defaultLifetime: number | null, keepsRefreshToken: boolean) {
  const obtainedAt = Math.min(found.obtainedAt ?? now, now);
  const usual = defaultLifetime === null ? null : obtainedAt + defaultLifetime * 1000;
  return {
    accessToken: found.token,
    refreshToken: keepsRefreshToken ? (found.refreshToken ?? null) : null,
    tokenType: "bearer",
    scopes: found.scopes ?? [],
    obtainedAt,
    accessExpiresAt: found.expiresAt ?? usual,
    refreshExpiresAt: null,
  };
}

type Granted = Parameters<typeof storeConnections>[0]["granted"];

/**
 * The access token has ended, the refresh token may not have. It is presented by the usual rules, which keep what comes of
 * it on disk whatever happens, so the account is stored first; if it is refused, it is forgotten again.
 */
async function takeByRefresh(taking: Taking, method: OAuth2Method, granted: Granted): Promise<Imported> {
  const { connecting, vault, found } = taking;
  const { services, platform, request } = connecting;
  await refuseKnownHandle(taking, method);
  const app = await keepApp(taking, method, granted.issuer);
  const handle = `unidentified-${services.random.uuid().slice(0, 8)}`;
  const person = { handle, name: null, externalId: null, url: null, issuer: granted.issuer };
  const rank = platform.methods.indexOf(method);
  const credential = { ...granted, method: method.id, rank, timing: rulesOf(platform, method.id) };
  const account = await services.uninterrupted(() =>
    vault.connect({ ...person, brand: request.brand, platform: platform.id }, credential),
  );
  const clientId = app?.clientId ?? null;
  const [stored] = account.credentials;
  try {
    const { freshTokenOf } = await import("./fresh-token.ts");
    if (stored) await freshTokenOf(services, account, stored, { force: true });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.category === "reauthorize" || failure.code === "app_refused") {
      await vault.disconnect(account.id, { revoked: false });
      if (app) await vault.removeApp(app.id);
      throw new Failure(failure.code, `neither its access token nor its refresh token is taken: ${failure.message}`, {
        hint: `connect it anew: agencyiq connect ${platform.id}`,
        cause: failure,
      });
    }
    const why = `it is kept, and refreshed as soon as that is possible: ${failure.message}`;
    return { accounts: [account], app: clientId, notes: [why] };
  }
  const known = await named(taking, account);
  const notes = [`it was refreshed: the tokens in ${found.place} are good no longer where a refresh ends the old ones`];
  return { accounts: [known.account], app: clientId, notes: known.why === null ? notes : [...notes, known.why] };
}

/** The file's word for whose it is: before a refresh that might end what is here already. */
async function refuseKnownHandle({ connecting, vault, found }: Taking, { id }: OAuth2Method): Promise<void> {
  const { platform, request } = connecting;
  const handle = found.handle?.toLowerCase();
  const present = (await vault.accounts({ platform: platform.id, brand: request.brand })).find(
    (account) => account.handle.toLowerCase() === handle && account.credentials.some(({ method }) => method === id),
  );
  if (present) throw alreadyConnected(present);
}

/** Who it is, with the new token; or why that is not known. */
async function named({ connecting, vault }: Taking, account: ConnectedAccount) {
  const { services, request } = connecting;
  const { checkLive } = await import("./token-status.ts");
  const present = async () => (await vault.account(account.id)) ?? account;
  const { ok, detail } = await checkLive(services, await present());
  const { id, externalId } = await present();
  if (request.as !== undefined && externalId !== null) await vault.renameAccount(id, request.as);
  return { account: await present(), why: ok ? null : detail };
}

/** Under its own id, once something of it was taken. */
async function keepApp(
  { connecting, vault, app }: Taking,
  method: OAuth1Method | OAuth2Method,
  issuer: string | null,
): Promise<App | null> {
  if (!app?.isNew) return null;
  return vault.saveApp({
    platform: connecting.platform.id,
    issuer,
    kind: appKindOf(method),
    clientId: app.clientId,
    ...(app.clientSecret === null ? {} : { clientSecret: app.clientSecret }),
    redirectUri: null,
    scopes: null,
    registered: false,
    serverMetadata: null,
  });
}
