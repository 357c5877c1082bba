/** A platform's API with an account's token: errors are told by the platform's own table. */
import { addressOf } from "../domain/account.ts";
import { bringsAnother, type Credential } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import {
  HttpFailure,
  type HttpMethod,
  type HttpRequest,
  type HttpResponse,
  jsonOf,
  textOf,
} from "../domain/ports/http.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { seconds } from "../domain/time.ts";
import { endpointsInForce } from "../oauth/endpoints.ts";
import type { Party } from "../oauth/party.ts";
import type { Api, ApiRequest, Platform } from "../platforms/platform.ts";
import { failureOfAnswer, failureOfError } from "./answer-failure.ts";
import { confined } from "./confined-http.ts";
import { clientSecretOf } from "./developer-app.ts";
import { fittedCopy } from "./fitted-copy.ts";
import { aboutAccount, canBeReplaced, ensureFreshToken, freshTokenOf, tokenInPlaceOf } from "./fresh-token.ts";
import { limitsOf, methodOf, presentationOf, rulesOf } from "./methods.ts";
import { type Pacing, pacingOf } from "./pacing.ts";
import { repeated } from "./repeated-request.ts";
import { bodyOf } from "./request-body.ts";
import { keepSecretAddress } from "./secret-address.ts";
import type { Services } from "./services.ts";
import { type AccessToken, sendWithToken, type TokenCompanions } from "./token-carrier.ts";
import { type Fallback, type FreshToken, fallbackOf, notConnected } from "./token-in-hand.ts";

interface ApiInput {
  readonly services: Services;
  readonly platform: Platform;
  readonly endpoints: Api["endpoints"];
  readonly place: Place;
  readonly handle: string | null;
  readonly externalId: string | null;
  /** The account's, for whoever is told how far a file is. */
  readonly address: string | null;
  readonly companions: Partial<TokenCompanions>;
  readonly app: Api["app"];
  /** Of the app that a token was given to. */
  readonly appSecret: (token: AccessToken) => Promise<string | null>;
  readonly pacing?: Pacing | undefined;
  readonly token: () => Promise<AccessToken>;
  /** A new token after the platform refused the present one; absent: there is none to be had. */
  readonly renew?: (token: AccessToken) => Promise<AccessToken>;
  /** The platform refuses a token that was just renewed, or that cannot be. */
  readonly refused?: (token: AccessToken, failure: Failure) => Promise<void>;
  /** Another credential's token, after this one cannot be used; null: there is none. */
  readonly inPlaceOf?: (token: AccessToken, failure: Failure) => Promise<AccessToken | null>;
}

/** Where the account is, of a platform that exists many times, and what is known of the place. */
type Place = Pick<Api, "instance" | "facts">;

interface Call {
  readonly method: HttpMethod;
  readonly url: string;
  readonly request: ApiRequest;
}

type OwnApp = Awaited<ReturnType<Api["app"]>>;

/** Of a token that is not stored yet: the usual way in, unless it is said. */
function methodIdOf({ methods }: Platform, { method }: AccessToken): string {
  return (method ?? methods[0]?.id ?? "").split(".")[0] ?? "";
}

/** The API for a token that is not stored yet: who is it? */
export function apiForNewToken(
  services: Services,
  platform: Platform,
  endpoints: Api["endpoints"],
  token: AccessToken,
  companions: Partial<TokenCompanions>,
  app: OwnApp,
  place: Place = { instance: endpoints.issuer ?? null, facts: {} },
): Api {
  const nobody = { handle: null, externalId: null, address: null };
  return createApi({
    services,
    platform,
    endpoints,
    place,
    ...nobody,
    companions,
    app: async () => app,
    appSecret: async () => app.clientSecret,
    token: async () => token,
  });
}

interface AccountApiOptions {
  /** Told when another credential than the account's first is used. */
  readonly onFallback?: (fallback: Fallback) => void;
  /** Whether nothing is asked before the time that the platform named (`Platform.paceOf`). */
  readonly waits?: boolean;
}

/**
 * The API for a connected account; a refused token is refreshed once, and the account's next credential stands in for one
 * that is dead.
 */
export function apiForAccount(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  { onFallback = () => {}, waits = true }: AccountApiOptions = {},
): Api {
  const [first] = account.credentials;
  if (!first) throw notConnected(account);
  const refused = new Map<string, Failure>();
  const parties = new Map<string, Promise<Party>>();
  const secretOf = async (credential: Credential) =>
    clientSecretOf(services, await services.vault(), platform.id, credential);
  const inHand = (token: FreshToken): AccessToken => {
    const { accessToken, credential } = token;
    const fallback = fallbackOf(token);
    if (fallback) onFallback(fallback);
    return { value: accessToken, type: credential.tokenType, method: credential.method, credential };
  };
  return createApi({
    services,
    platform,
    endpoints: endpointsFor(platform, first),
    place: { instance: account.issuer, facts: account.facts },
    handle: account.externalId === null ? null : account.handle,
    externalId: account.externalId,
    address: addressOf(account),
    companions: {
      party: ({ credential = first }) => {
        // Remembers each server's nonce: without it every request would be sent twice.
        const known = `${credential.id} ${credential.generation}`;
        const party = parties.get(known) ?? partyOf(services, platform, account, credential);
        parties.set(known, party);
        return party;
      },
      signingKeys: async ({ credential = first, value }) => {
        const { signingKeysFor } = await import("./credential-party.ts");
        return signingKeysFor(services, await services.vault(), platform, credential, value);
      },
    },
    app: async () => ({ clientId: first.clientId, clientSecret: await secretOf(first) }),
    appSecret: ({ credential = first }) => secretOf(credential),
    pacing: pacingOf(services, platform, account.id, waits),
    token: async () => inHand(await ensureFreshToken(services, account, {}, refused)),
    renew: async (token) => {
      const { credential } = token;
      // What would renew it is the token itself, and that is refused.
      if (!credential?.refreshable || rulesOf(platform, credential.method).onlyWhileValid) return token;
      return inHand(await freshTokenOf(services, account, credential, { force: true }));
    },
    refused: async ({ credential }, failure) => {
      if (!credential) return;
      const { needsReauth } = await import("../domain/notification.ts");
      const { dependentsOf } = await import("./logins.ts");
      const vault = await services.vault();
      const now = services.clock.now();
      const error = { code: failure.code, message: failure.message, at: now };
      const dependents = await dependentsOf(vault, account, credential);
      const present = (await vault.account(account.id)) ?? account;
      const notification = needsReauth({ account: present, credential, why: failure.message, now, dependents });
      await vault.refuseCredential(credential, { error, notification }, addressOf(account));
    },
    inPlaceOf: async ({ credential }, failure) => {
      if (!credential) return null;
      refused.set(credential.id, aboutAccount(failure, account));
      const next = await tokenInPlaceOf(services, await presently(services, account, credential), refused);
      return next && travelsAlike(platform, credential, next.credential) ? inHand(next) : null;
    },
  });
}

/**
 * The API with this one credential, and no other in its place, for what concerns tokens alone: a login that never posts, too. Of a login the id is that of
 * the person who signed in.
 */
export function apiForCredential(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  credential: Credential,
): Api {
  const own = !bringsAnother(credential, account.credentials);
  const externalId = own ? account.externalId : credential.subject;
  return apiForAccount(services, platform, { ...account, externalId, credentials: [credential] }, { waits: false });
}

/**
 * Whether one can stand in for the other in a request that was made already: a webhook's address is nowhere to present a
 * bot's token. Where it cannot, what is asked next is asked with it.
 */
function travelsAlike(platform: Platform, one: Credential, other: Credential): boolean {
  const [here, there] = [one, other].map(({ method }) => presentationOf(platform, method)?.in);
  return here === there;
}

async function partyOf(
  services: Services,
  platform: Platform,
  account: ConnectedAccount,
  credential: Credential,
): Promise<Party> {
  const { partyFor } = await import("./credential-party.ts");
  return partyFor(services, await services.vault(), platform, account, credential);
}

/** As it stands now: another process may have mended, or broken, what is tried next. */
async function presently(services: Services, account: ConnectedAccount, { id }: Credential): Promise<ConnectedAccount> {
  const present = await (await services.vault()).accountOf(id);
  const meant = new Set(account.credentials.map((credential) => credential.id));
  return { ...account, credentials: present?.credentials.filter((credential) => meant.has(credential.id)) ?? [] };
}

function endpointsFor(platform: Platform, { method, serverMetadata }: Credential): Api["endpoints"] {
  const made = methodOf(platform, method);
  return made.kind === "oauth2" ? endpointsInForce(made, serverMetadata) : {};
}

function createApi(given: ApiInput): Api {
  const input = { ...given, services: confined(given.services, given.platform) };
  const { clock, media, stopping } = input.services;
  const keepSecret = (value: string) => keepSecretAddress(input.services, value);
  const wait = (count: number) => waitFor(input.services, count);
  const call: Api["call"] = (method, url, request = {}) => {
    if (request.authorization === "none") keepSecret(url);
    const once = async () => {
      await input.pacing?.ready();
      const response = await answerTo(input, { method, url, request });
      if (isAnswer(response, request))
        return { ...response, body: request.reads === "text" ? textOf(response) : jsonOf(response) };
      throw failureOf(input, { method, url, request }, response);
    };
    return request.repeatable ? repeated(once, wait, stopping) : once();
  };
  const body =
    (method: HttpMethod): Api["get"] =>
    async (url, request) =>
      (await call(method, url, request)).body;
  return {
    get: body("GET"),
    post: body("POST"),
    put: body("PUT"),
    delete: body("DELETE"),
    call,
    token: async () => (await input.token()).value,
    keepSecret,
    app: input.app,
    open: async ({ file, seen, as }) => {
      const source = await media.open(file, seen);
      return (await fittedCopy(media, limitsOf(input.platform, input.place.facts), source, as)) ?? source;
    },
    wait,
    now: () => clock.now(),
    method: async () => methodIdOf(input.platform, await input.token()),
    talk: (url, talk) => input.services.talk(url, talk),
    refusal: (error) => failureOfError(input.platform, error, clock.now()),
    browse: (url) => browse(input.services, url),
    ...input.place,
    externalId: input.externalId,
    handle: input.handle,
    endpoints: input.endpoints,
    version: input.services.apiVersion?.(input.platform.id) ?? input.platform.version?.name ?? "",
  };
}

function isAnswer({ status }: HttpResponse, { accepts }: ApiRequest): boolean {
  return (status >= 200 && status < 300) || accepts?.includes(status) === true;
}

async function waitFor({ clock, stopping }: Services, count: number): Promise<void> {
  try {
    await clock.sleep(seconds(count), stopping);
  } catch (cause) {
    throw new Failure("network", "it was stopped while it waited for the platform", { hint: "run it again", cause });
  }
}

/** By RFC 6750, or in the platform's own words: Meta's come with 400. What had no token with it refused none. */
function isRefused(input: ApiInput, call: Call, response: HttpResponse): boolean {
  if (isAnswer(response, call.request) || isWithoutToken(call)) return false;
  return response.status === 401 || failureOf(input, call, response).code === "needs_reauth";
}

/**
 * With the account's credentials in their order: what is refused for its token did nothing, so it is safe to send it again
 * with another one, even a POST.
 */
async function answerTo(input: ApiInput, call: Call): Promise<HttpResponse> {
  let token = await input.token();
  while (true) {
    const tried = await withRenewal(input, call, token);
    if (!isRefused(input, call, tried.response)) return tried.response;
    const { failure, certain } = await refusalOf(input, call, tried);
    const next = certain ? await input.inPlaceOf?.(tried.token, failure) : null;
    if (!next) throw failure;
    token = next;
  }
}

interface Tried {
  readonly token: AccessToken;
  readonly response: HttpResponse;
  /** Why a refused token could not be renewed. */
  readonly failure: Failure | null;
}

async function withRenewal(input: ApiInput, call: Call, token: AccessToken): Promise<Tried> {
  const response = await sendOnceSettled(input, call, token);
  if (!input.renew || !isRefused(input, call, response)) return { token, response, failure: null };
  let renewed: AccessToken;
  try {
    renewed = await input.renew(token);
  } catch (error) {
    const failure = toFailure(error);
    if (!canBeReplaced(failure)) throw failure;
    return { token, response, failure };
  }
  if (renewed.value === token.value) return { token, response, failure: null };
  return { token: renewed, response: await sendOnceSettled(input, call, renewed), failure: null };
}

/** Where a platform's servers hear of a new token one after the other: what is refused for its token did nothing. */
async function sendOnceSettled(input: ApiInput, call: Call, token: AccessToken): Promise<HttpResponse> {
  const { clock } = input.services;
  const settled =
    (token.credential?.obtainedAt ?? token.obtainedAt ?? clock.now()) + seconds(input.platform.tokens.settles ?? 0);
  for (let pause = 1; ; pause *= 2) {
    const response = await send(input, call, token);
    if (response.status !== 401 || clock.now() + seconds(pause) > settled) return response;
    if (failureOf(input, call, response).category !== "reauthorize") return response;
    await waitFor(input.services, pause);
  }
}

/** `certain`: it is the token that is refused, by the platform itself or by its token endpoint. */
async function refusalOf(
  input: ApiInput,
  call: Call,
  { token, response, failure }: Tried,
): Promise<{ failure: Failure; certain: boolean }> {
  const told = failureOf(input, call, response);
  // A page that something in between answers with is no word of the platform's.
  const byPlatform = told.category === "reauthorize" && typeof jsonOf(response) === "object";
  if (byPlatform) await input.refused?.(token, failure ?? told);
  return { failure: failure ?? told, certain: byPlatform || failure !== null };
}

async function send(input: ApiInput, call: Call, token: AccessToken): Promise<HttpResponse> {
  const { services, platform, companions } = input;
  try {
    const proven = await withProof(input, whereTokenIsKnown(input, call, token), token);
    const presentation = presentationOf(platform, methodIdOf(platform, token));
    const url = presentation?.in === "path" ? withTokenInPath(services, proven.url, token) : proven.url;
    const request = plainRequest(input, { ...proven, url, request: withTokenField(proven.request, token) });
    const scheme = call.request.authorization;
    const response = await sendWithToken(services, request, token, companions, { scheme, presentation });
    await input.pacing?.heed(response);
    const status = platform.statusOf?.(response.status, jsonOf(response) ?? textOf(response)) ?? response.status;
    return { ...response, status };
  } catch (error) {
    if (error instanceof HttpFailure) throw unanswered(error, call);
    throw error;
  }
}

function withTokenInPath(services: Services, url: string, { value }: AccessToken): string {
  // It is a path, or a part of one, and nothing that could end it.
  const whole = url.replace("{token}", () => encodeURI(value).replace(/[?#]/g, encodeURIComponent));
  if (whole !== url) services.keepSecret(new URL(whole).pathname);
  return whole;
}

async function browse({ browser, http }: Services, url: string): Promise<void> {
  if (await browser.open(await http.browserUrl(url))) return;
  throw new Failure("platform_cannot", "there is no browser to open on this machine", {
    hint: "run it where a person can finish it in a browser: jobs and the daemon have none (beside a daemon: AGENCYIQ_AGENT=off agencyiq posts retry ID)",
  });
}

function withTokenField(request: ApiRequest, { value }: AccessToken): ApiRequest {
  const { tokenField, form, query } = request;
  if (tokenField === undefined) return request;
  return form
    ? { ...request, form: { ...form, [tokenField]: value } }
    : { ...request, query: { ...query, [tokenField]: value } };
}

/**
 * A platform with several ways in may have the same API at a host for each, which know each other's tokens not: the one that
 * stands in for the account's first credential is presented at its own.
 */
function whereTokenIsKnown({ platform, endpoints }: ApiInput, call: Call, { credential }: AccessToken): Call {
  const here = endpoints.userinfo;
  const there = credential && endpointsFor(platform, credential).userinfo;
  if (here === undefined || !there) return call;
  const [from, to] = [new URL(here).origin, new URL(there).origin];
  if (from === to || !call.url.startsWith(`${from}/`)) return call;
  return { ...call, url: `${to}${call.url.slice(from.length)}` };
}

/** Where the platform wants proof that the request is from the token's app, and its secret is known. */
async function withProof({ platform, appSecret, services }: ApiInput, call: Call, token: AccessToken): Promise<Call> {
  const { tokenProof: parameter, tokenProofHost: host } = platform;
  if (parameter === undefined || isWithoutToken(call)) return call;
  if (host !== undefined && new URL(call.url).host !== host) return call;
  const secret = await appSecret(token);
  if (secret === null) return call;
  const { tokenProof } = await import("./token-proof.ts");
  const proof = await tokenProof(token.value, secret);
  services.keepSecret(proof);
  return { ...call, request: { ...call.request, query: { ...call.request.query, [parameter]: proof } } };
}

function plainRequest({ services, platform, address }: ApiInput, { method, url, request }: Call): HttpRequest {
  const target = new URL(url);
  for (const [name, value] of Object.entries(request.query ?? {})) target.searchParams.set(name, value);
  const body = bodyOf(request, {
    boundary: () => `agencyiq-${services.random.uuid()}`,
    moved: ({ source: { path: file, size: total } }, done) =>
      services.observe?.({ kind: "upload", account: address, platform: platform.id, file, done, total }),
  });
  // What makes nothing public need not end before the process may.
  const signal = request.repeatable || request.resumable ? services.stopping : undefined;
  return { method, url: target.href, ...body, ...(signal ? { signal } : {}) };
}

function isWithoutToken({ request: { authorization } }: Call): boolean {
  return authorization === "none" || authorization === "nobody";
}

/** Whether a request that got no good answer may have made something public. */
function isDoubtful({ method, request }: Call): boolean {
  return method !== "GET" && !request.repeatable && !request.resumable;
}

/** A request that changes something and got no answer may have been carried out. */
function unanswered(error: HttpFailure, call: Call): Failure {
  // The file that was to be sent could not be read to its end: half a request is none.
  if (error.cause instanceof Failure) return error.cause;
  const cause = error;
  if (error.sent && isDoubtful(call)) {
    return new Failure("delivery_unknown", `no answer came back (${error.message}); it may have been done`, { cause });
  }
  return new Failure("network", `could not reach the platform (${error.message})`, {
    hint: "run it again later",
    cause,
  });
}

function failureOf({ platform, services }: ApiInput, call: Call, response: HttpResponse): Failure {
  const failure = failureOfAnswer(platform, { response, doubtful: isDoubtful(call), now: services.clock.now() });
  if (!isWithoutToken(call) || failure.category !== "reauthorize") return failure;
  // Of an address that is too old, or the app's own token: connecting again would mend nothing.
  return new Failure("not_permitted", failure.message, { cause: failure });
}
