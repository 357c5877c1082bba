/** Everything needed to speak to a server for a stored credential. */
import type { Account } from "../domain/account.ts";
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { Vault } from "../domain/ports/vault.ts";
import type { OAuth1Party } from "../oauth/oauth1.ts";
import type { SigningKeys } from "../oauth/oauth1-signature.ts";
import type { Party } from "../oauth/party.ts";
import type { Platform } from "../platforms/platform.ts";
import { failureOfAnswer } from "./answer-failure.ts";
import { httpFor } from "./confined-http.ts";
import { appMissing, clientSecretOf } from "./developer-app.ts";
import { oauth1MethodOf, oauth2MethodOf, rulesOf } from "./methods.ts";
import type { Services } from "./services.ts";

/** OAuth 2: the authorization server. */
export async function partyFor(
  services: Services,
  vault: Vault,
  platform: Platform,
  account: Account,
  credential: Credential,
): Promise<Party> {
  const { createParty } = await import("../oauth/party.ts");
  const dpopKey = credential.dpop ? await vault.secret(credential, "dpop_key") : null;
  services.keepSecret(dpopKey);
  return createParty({
    method: oauth2MethodOf(platform, credential.method),
    metadata: credential.serverMetadata,
    clientId: credential.clientId,
    clientSecret: await clientSecretOf(services, vault, account.platform, credential),
    dpopKey,
    clockSkew: credential.clockSkew,
    readReply: rulesOf(platform, credential.method).readReply,
    http: httpFor(services, platform),
    clock: services.clock,
  });
}

/** OAuth 1.0a: what each request is signed with. @throws Failure `app_missing`, `record_damaged`, and for a key that cannot be opened */
export async function signingKeysFor(
  services: Services,
  vault: Vault,
  platform: Platform,
  credential: Credential,
  token: string,
): Promise<SigningKeys> {
  const consumerSecret = await clientSecretOf(services, vault, platform.id, credential);
  if (consumerSecret === null) throw appMissing(platform.id, oauth1MethodOf(platform, credential.method));
  const tokenSecret = await vault.secret(credential, "token_secret");
  if (tokenSecret === null) throw new Failure("record_damaged", "the token secret's record is missing");
  services.keepSecret(tokenSecret);
  return { consumerKey: credential.clientId, consumerSecret, token, tokenSecret };
}

/** OAuth 1.0a: the platform's own endpoints. */
export function oauth1Party(
  services: Services,
  platform: Platform,
  methodId: string,
  { consumerKey, consumerSecret }: Pick<SigningKeys, "consumerKey" | "consumerSecret">,
  signal?: AbortSignal,
): OAuth1Party {
  const { endpoints, failures } = oauth1MethodOf(platform, methodId);
  const { clock, random } = services;
  return {
    endpoints,
    consumerKey,
    consumerSecret,
    http: httpFor(services, platform),
    clock,
    random,
    signal,
    // As a GET: a token that was asked for and not received is no post that may be public.
    failureOf: (response) => failureOfAnswer(platform, { response, doubtful: false, now: clock.now() }, failures),
  };
}
