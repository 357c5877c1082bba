/** What connecting has in common, whatever the protocol: the vault it needs, whose token it is, and storing both. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount, NewCredential, Vault } from "../domain/ports/vault.ts";
import type { Api, ConnectMethod, Identity, Platform } from "../platforms/platform.ts";
import type { ConnectEvents } from "./authorize.ts";
import type { ConnectRequest } from "./connect.ts";
import type { Services } from "./services.ts";

/** One run of `connect`. */
export interface Connecting {
  readonly services: Services;
  readonly platform: Platform;
  readonly request: ConnectRequest;
  readonly events: ConnectEvents;
}

/** For what is only looked up: a vault is made once it is known that it will be used. */
export async function vaultIfAny(services: Services): Promise<Vault | null> {
  try {
    return await services.vault();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return null;
    throw error;
  }
}

/** A vault that cannot be opened or written must say so before a person consents, not after. */
export async function provenVault(services: Services): Promise<Vault> {
  const vault = await services.vaultOrNew();
  await vault.prove();
  return vault;
}

type Person = Omit<Identity, "externalId"> & { readonly externalId: string | null };

/**
 * Asks the platform who this is. X's users/me, for one, fails now and then right after a login: a valid token is
 * not thrown away for that. Then `told` counts, who it is by the answer that brought the token; without that the account
 * is kept under a name of our own until the platform answers.
 */
export async function whoIsIt(connecting: Connecting, api: Api, told: Identity | null = null): Promise<Person> {
  const { services, platform, request } = connecting;
  for (const pause of [300, 1500, null]) {
    try {
      const [identity] = await platform.identify(api);
      if (identity) return identity;
    } catch (error) {
      const failure = toFailure(error);
      const another = failure.category === "later" || failure.category === "unknown_outcome";
      if (!another && request.as === undefined) throw failure;
      if (pause === null || !another) break;
      await services.clock.sleep(pause, request.signal);
    }
  }
  if (told) return told;
  const handle = request.as ?? `unidentified-${services.random.uuid().slice(0, 8)}`;
  return { externalId: null, handle, name: null, url: null };
}

type Credential = Omit<NewCredential, "method" | "rank" | "timing">;

/** One transaction: the account and its credential, or neither. */
export function storeConnection(
  { services, platform, request }: Connecting,
  vault: Vault,
  method: ConnectMethod,
  person: Person,
  credential: Credential,
): Promise<ConnectedAccount> {
  const { issuer } = credential;
  return services.uninterrupted(() =>
    vault.connect(
      { ...person, brand: request.brand, platform: platform.id, handle: request.as ?? person.handle, issuer },
      {
        ...credential,
        method: request.method ?? method.id,
        rank: platform.methods.indexOf(method),
        timing: platform.tokens,
      },
    ),
  );
}
