/** A token that is got with the login's: asked for anew. Asking twice does no harm, so nothing of it can be lost. */
import type { Credential } from "../domain/credential.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { RefreshAnswer } from "../domain/refresh-outcome.ts";
import type { DerivedMethod } from "../platforms/platform.ts";
import { freshTokenOf } from "./fresh-token.ts";
import { oauth2MethodOf } from "./methods.ts";
import { apiForCredential } from "./platform-api.ts";
import type { Holder } from "./refresh-obstacles.ts";
import type { Renewal } from "./renewal.ts";

/**
 * The login is refreshed first if it must be, under its own lock: whoever holds that one never waits for this one.
 * @throws Failure `needs_reauth` where the login is no longer valid; and as `freshTokenOf`
 */
export async function prepareDerivation(holder: Holder, credential: Credential): Promise<Renewal> {
  const { services, vault, platform, account } = holder;
  const { derived } = oauth2MethodOf(platform, credential.method);
  const login = credential.derivedFrom === null ? null : await vault.credential(credential.derivedFrom);
  const { derive: askFor } = derived ?? {};
  if (!askFor || !login || account.externalId === null) {
    throw new Failure("needs_reauth", "the login that its token is got with is not there any more");
  }
  const { accessToken } = await freshTokenOf(services, account, login, {}).catch((error) => {
    throw asLoginFailure(toFailure(error));
  });
  return {
    refreshToken: null,
    presents: accessToken,
    send: () => derive(holder, askFor, login, String(account.externalId)),
  };
}

function asLoginFailure(failure: Failure): Failure {
  if (failure.category !== "reauthorize") return failure;
  return new Failure("needs_reauth", `the login that its token is got with is no longer valid (${failure.message})`, {
    cause: failure,
  });
}

async function derive(
  { services, platform, account }: Holder,
  askFor: NonNullable<DerivedMethod["derive"]>,
  login: Credential,
  externalId: string,
): Promise<RefreshAnswer> {
  const seen = { sentAt: services.clock.now(), clockSkew: login.clockSkew, status: 0, retryAfter: null };
  try {
    const token = await askFor(apiForCredential(services, platform, account, login), externalId);
    if (token === null) return { ...seen, kind: "no_right" };
    const { accessToken, expiresIn, scopes } = token;
    const reply = { accessToken, tokenType: "bearer", expiresIn, refreshToken: null, refreshExpiresIn: null, scopes };
    return { ...seen, kind: "tokens", reply };
  } catch (error) {
    const failure = asLoginFailure(toFailure(error));
    // Of a key or a disk here, not of the platform: told as it is.
    if (failure.category === "locked" || failure.category === "integrity" || failure.code === "unexpected") throw error;
    const { code, message, retryAfterSeconds: retryAfter = null } = failure;
    return { ...seen, retryAfter, kind: "not_derived", code, message };
  }
}
