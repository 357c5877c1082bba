/** The one request that renews a credential, by the strategy its platform names. */
import type { Credential } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { RefreshAnswer } from "../domain/refresh-outcome.ts";
import type { TokenExchange } from "../platforms/platform.ts";
import { httpFor } from "./confined-http.ts";
import { clientSecretOf } from "./developer-app.ts";
import type { Holder } from "./refresh-obstacles.ts";

/** Everything opened and at hand, so that after the durable intent nothing is left that can fail before the request. */
export interface Renewal {
  /** null where the token renews itself. */
  readonly refreshToken: string | null;
  /** The token that is presented. */
  readonly presents: string;
  readonly send: () => Promise<RefreshAnswer>;
}

/** @throws Failure `needs_reauth` where what it takes is missing; and for a key that cannot be opened */
export async function prepareRenewal(holder: Holder, credential: Credential): Promise<Renewal> {
  if (credential.derivedFrom !== null) return holder.services.prepareDerivation(holder, credential);
  const { renewal } = holder.rules;
  if (renewal === "none") throw new Failure("needs_reauth", "its token cannot be refreshed");
  if (renewal === undefined) return byRefreshToken(holder, credential);
  if ("refreshAt" in renewal) return holder.services.prepareSession(holder, credential, renewal);
  return byExchange(holder, credential, renewal);
}

async function byRefreshToken(
  { services, vault, account, platform }: Holder,
  credential: Credential,
): Promise<Renewal> {
  const refreshToken = await vault.secret(credential, "refresh_token");
  if (refreshToken === null) throw new Failure("needs_reauth", "its refresh token's record is missing");
  services.keepSecret(refreshToken);
  const [{ partyFor }, { requestRefresh }] = await Promise.all([
    import("./credential-party.ts"),
    import("../oauth/refresh.ts"),
  ]);
  const party = await partyFor(services, vault, platform, account, credential);
  return { refreshToken, presents: refreshToken, send: () => requestRefresh(party, refreshToken) };
}

async function byExchange(
  { services, vault, platform, rules }: Holder,
  credential: Credential,
  exchange: TokenExchange,
): Promise<Renewal> {
  const accessToken = await vault.secret(credential, "access_token");
  if (accessToken === null) throw new Failure("needs_reauth", "its access token's record is missing");
  services.keepSecret(accessToken);
  const clientSecret =
    exchange.with !== "nothing" ? await clientSecretOf(services, vault, platform.id, credential) : null;
  const { requestExchange } = await import("../oauth/exchange.ts");
  const { clock } = services;
  const http = httpFor(services, platform);
  const { clientId } = credential;
  const { readReply } = rules;
  const send = () => requestExchange({ exchange, accessToken, clientId, clientSecret, readReply, http, clock });
  return { refreshToken: null, presents: accessToken, send };
}
