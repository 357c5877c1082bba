/** A platform's API with an account's token: errors are told by the platform's own table. */
import { addressOf } from "../domain/account.ts";
import { bringsAnother, type Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import { type HttpMethod, jsonOf, textOf } from "../domain/ports/http.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Party } from "../oauth/party.ts";
import type { Api, Platform } from "../platforms/platform.ts";
import { answerTo, isAnswer, waitFor } from "./answer-by-token.ts";
import { failureOfError } from "./answer-failure.ts";
import { type ApiInput, endpointsFor, methodIdOf, type Place } from "./api-input.ts";
import { confined } from "./confined-http.ts";
import { clientSecretOf } from "./developer-app.ts";
import { fittedCopy } from "./fitted-copy.ts";
import { aboutAccount, ensureFreshToken, freshTokenOf, tokenInPlaceOf } from "./fresh-token.ts";
import { limitsOf, presentationOf, rulesOf } from "./methods.ts";
import { pacingOf } from "./pacing.ts";
import { repeated } from "./repeated-request.ts";
import { keepSecretAddress } from "./secret-address.ts";
import type { Services } from "./services.ts";
import type { AccessToken, TokenCompanions } from "./token-carrier.ts";
import { type Fallback, type FreshToken, fallbackOf, notConnected } from "./token-in-hand.ts";
import { failureOf } from "./token-request.ts";

type OwnApp = Awaited<ReturnType<Api["app"]>>;

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

async function browse({ browser, http }: Services, url: string): Promise<void> {
  if (await browser.open(await http.browserUrl(url))) return;
  throw new Failure("platform_cannot", "there is no browser to open on this machine", {
    hint: "run it where a person can finish it in a browser: jobs and the daemon have none (beside a daemon: AGENCYIQ_AGENT=off agencyiq posts retry ID)",
  });
}
