/** Connecting by OAuth 1.0a: over the callback, or with a PIN that the person brings back. */
import { signingTokenType } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { HttpFailure } from "../domain/ports/http.ts";
import type { ConnectedAccount, Vault } from "../domain/ports/vault.ts";
import {
  accessToken,
  answersRequest,
  authorizeUrl,
  type OAuth1Grant,
  type OAuth1Party,
  type OAuth1Token,
  outOfBand,
  requestToken,
  verifierIn,
} from "../oauth/oauth1.ts";
import type { OAuth1Method } from "../platforms/platform.ts";
import { type Asking, type Attempt, authorize, broughtBack } from "./authorize.ts";
import { oauth1Party } from "./credential-party.ts";
import { appMissing, type DeveloperApp, findDeveloperApp } from "./developer-app.ts";
import { type Connecting, provenVault, storeConnections, vaultIfAny } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import { redirectFor } from "./redirect.ts";

export async function connectByOAuth1(connecting: Connecting, method: OAuth1Method): Promise<ConnectedAccount[]> {
  const { services, platform, request } = connecting;
  // An endpoint override that is refused says so here; what is missing is said before a vault is made for it.
  await services.http.browserUrl(method.endpoints.authorize);
  const app = await knownApp(connecting, method);
  const vault = await provenVault(services);
  const party = oauth1Party(services, platform, method.id, app, request.signal);
  const attempts: Attempts = { connecting, vault, method, party };
  const uri = request.redirectUri ?? app.redirectUri;
  if (request.mode === "manual" && uri === null) return byPin(attempts);
  const redirect = redirectFor({
    platform: platform.id,
    rules: method.redirect,
    uri,
    port: request.port,
    https: request.https,
  });
  return authorize({ ...connecting, rules: method.redirect, redirect, begin: (callback) => begin(attempts, callback) });
}

interface Attempts {
  readonly connecting: Connecting;
  readonly vault: Vault;
  readonly method: OAuth1Method;
  readonly party: OAuth1Party;
}

type ConsumerApp = Pick<DeveloperApp, "redirectUri"> & {
  readonly consumerKey: string;
  readonly consumerSecret: string;
};

async function knownApp({ services, platform, request }: Connecting, method: OAuth1Method): Promise<ConsumerApp> {
  const wish = { platform: platform.id, kind: "oauth1", issuer: null, clientId: request.clientId } as const;
  const app = await findDeveloperApp(services, await vaultIfAny(services), wish);
  if (app?.clientSecret == null) throw appMissing(platform.id, method);
  return { consumerKey: app.clientId, consumerSecret: app.clientSecret, redirectUri: app.redirectUri };
}

async function begin(attempts: Attempts, redirectUri: string): Promise<Attempt> {
  const token = await asked(attempts, (party) => requestToken(party, redirectUri));
  return {
    url: authorizeUrl(attempts.party, token),
    redirectUri,
    accepts: (callback) => answersRequest(callback, token),
    answerHolds: "oauth_token= and oauth_verifier=",
    finish: async (callback, asking) => redeem(attempts, token, verifierIn(callback, token), asking),
  };
}

async function byPin(attempts: Attempts): Promise<ConnectedAccount[]> {
  const token = await asked(attempts, (party) => requestToken(party, outOfBand));
  const attempt = { url: authorizeUrl(attempts.party, token), redirectUri: outOfBand };
  const pin = (await broughtBack(attempts.connecting, attempt, "pin")).replace(/[\s-]/g, "");
  if (!/^[A-Za-z0-9]{4,64}$/.test(pin)) {
    throw new Failure("usage", "that is not a PIN", {
      hint: "it is the number that the page shows after you approved",
    });
  }
  return redeem(attempts, token, pin, async () => {});
}

async function redeem(
  attempts: Attempts,
  request: OAuth1Token,
  verifier: string,
  asking: Asking,
): Promise<ConnectedAccount[]> {
  const { services } = attempts.connecting;
  // Servers echo what they refuse.
  services.keepSecret(verifier);
  return store(attempts, await asked(attempts, (party) => accessToken(party, request, verifier)), asking);
}

/** A step of the protocol; none of its refusals is about a token that is kept here. */
async function asked<T extends OAuth1Token>(
  { connecting: { services }, party, method }: Attempts,
  step: (party: OAuth1Party) => Promise<T>,
): Promise<T> {
  try {
    const token = await step(party);
    services.keepSecret(token.tokenSecret);
    return token;
  } catch (error) {
    if (error instanceof HttpFailure) {
      const { networkFailure } = await import("../oauth/failures.ts");
      throw networkFailure(error);
    }
    const failure = toFailure(error);
    if (failure.code !== "needs_reauth") throw failure;
    throw new Failure("authorization_failed", failure.message, {
      hint: `connect again (each PIN and each answer is good once): agencyiq connect PLATFORM --credential ${method.id}`,
      cause: failure,
    });
  }
}

async function store(attempts: Attempts, grant: OAuth1Grant, asking: Asking): Promise<ConnectedAccount[]> {
  const { connecting, vault, method, party } = attempts;
  const { services, platform } = connecting;
  const { token, tokenSecret, sentAt, told } = grant;
  services.keepSecret(token);
  const { consumerKey, consumerSecret } = party;
  const signingKeys = async () => ({ consumerKey, consumerSecret, token, tokenSecret });
  const api = apiForNewToken(
    services,
    platform,
    {},
    { value: token, type: signingTokenType, method: method.id },
    { signingKeys },
    {
      clientId: consumerKey,
      clientSecret: consumerSecret,
    },
  );
  const granted = {
    issuer: null,
    clientId: consumerKey,
    dpop: false,
    // It lives until somebody takes it away.
    refreshable: false,
    serverMetadata: null,
    tokens: {
      accessToken: token,
      refreshToken: null,
      tokenType: signingTokenType,
      scopes: [],
      obtainedAt: sentAt,
      accessExpiresAt: null,
      refreshExpiresAt: null,
    },
    dpopKey: null,
    tokenSecret,
    clockSkew: 0,
  };
  return storeConnections({ connecting, vault, method, api, granted, asking, told: method.identityOf?.(told) ?? null });
}
