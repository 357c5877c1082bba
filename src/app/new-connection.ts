/** What connecting has in common, whatever the protocol: the vault it needs, whose token it is, and storing both. */
import { addressOf } from "../domain/account.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount, NewConnection, NewCredential, Vault } from "../domain/ports/vault.ts";
import { mergeTokenReply } from "../domain/token.ts";
import type {
  Api,
  ConnectMethod,
  DerivedMethod,
  Facts,
  Identity,
  IdentityToken,
  Platform,
} from "../platforms/platform.ts";
import type { Asking, ConnectEvents } from "./authorize.ts";
import type { ConnectRequest } from "./connect.ts";
import { choiceMissing, refuseOneNameForSeveral, selected, subjectOf, usableOf } from "./identities.ts";
import { credentialName, rulesOf } from "./methods.ts";
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

/** What came of a login, before it is known whose it is. */
export interface Login {
  readonly connecting: Connecting;
  readonly vault: Vault;
  readonly method: ConnectMethod;
  /** With the token that it brought. */
  readonly api: Api;
  readonly granted: GrantedCredential;
  readonly asking: Asking;
  /** What is known of its place before anybody says more. */
  readonly facts?: Facts;
  /** Who it is by the answer that brought the token: nobody else is asked. */
  readonly answered?: Identity | null;
  /** The same where it counts only if the platform does not say who it is. */
  readonly told?: Identity | null;
}

type GrantedCredential = Omit<NewCredential, "method" | "rank" | "timing" | "subject" | "derivedFrom">;

type Person = Omit<Identity, "externalId"> & { readonly externalId: string | null };

/** One transaction: an account with its credentials for each identity that was chosen, or nothing. */
export async function storeConnections(login: Login): Promise<ConnectedAccount[]> {
  const { connecting, vault, method } = login;
  const { services, platform, request } = connecting;
  const identities = login.answered ? [login.answered] : await identitiesOf(login);
  if (identities === null) {
    const connection = await connectionOf(login, unidentified(connecting), null);
    return services.uninterrupted(() => vault.connectAll([connection]));
  }
  const chosen = request.imported ? await notConnectedYet(login, identities) : await chosenOf(login, identities);
  refuseOneNameForSeveral(request.as, chosen.length, platform.id);
  const subject = subjectOf(platform, identities);
  if (chosen.length > 1 && !isShareable(platform, method, login.granted)) throw oneByOne(platform, chosen);
  const connections: NewConnection[] = [];
  for (const identity of chosen) connections.push(await connectionOf(login, identity, subject));
  return services.uninterrupted(() => vault.connectAll(connections));
}

/**
 * Asks the platform who this is. X's users/me, for one, fails now and then right after a login: a valid token is
 * not thrown away for that. Then `told` counts; without that (null) the account is kept under a name of our own until the
 * platform answers.
 */
async function identitiesOf({ connecting, method, api, told }: Login): Promise<readonly Identity[] | null> {
  const { services, platform, request } = connecting;
  const identify = (method.kind === "oauth1" ? undefined : method.identify) ?? platform.identify;
  // Nothing but this answer tells whether a pasted key, or what a file held, is good.
  const mustTell = method.kind === "key" || request.imported === true;
  for (const pause of [300, 1500, null]) {
    try {
      return await identify(api);
    } catch (error) {
      const failure = toFailure(error);
      const another = failure.category === "later" || failure.category === "unknown_outcome";
      const isLast = pause === null || !another;
      if (isLast && (mustTell || (!another && request.as === undefined))) throw failure;
      if (isLast) break;
      await services.clock.sleep(pause, request.signal);
    }
  }
  return told ? [told] : null;
}

/** What is imported may be older than what is here. @throws Failure `already_connected` where nobody is left */
async function notConnectedYet(login: Login, identities: readonly Identity[]): Promise<readonly Identity[]> {
  const { platform, request } = login.connecting;
  const usable = usableOf(platform, identities);
  const wanted = request.select ? selected(usable, request.select) : usable;
  const { issuer } = login.granted;
  const present = (await login.vault.accounts({ platform: platform.id, brand: request.brand })).filter(
    (each) => each.issuer === issuer,
  );
  const name = credentialName(login.method.id, request.method);
  const accountOf = ({ externalId }: Identity) =>
    present.find((each) => each.externalId === externalId && each.credentials.some(({ method }) => method === name));
  const left = wanted.filter((identity) => !accountOf(identity));
  const [known] = wanted.flatMap((identity) => accountOf(identity) ?? []);
  if (left.length > 0 || !known) return left;
  throw alreadyConnected(known);
}

export function alreadyConnected(account: ConnectedAccount): Failure {
  const address = addressOf(account);
  return new Failure("already_connected", `${address} is connected already, and stays as it is`, {
    hint: `to take this one in its place: agencyiq disconnect ${address} --no-revoke`,
  });
}

function unidentified({ services, request }: Connecting): Person {
  const handle = request.as ?? `unidentified-${services.random.uuid().slice(0, 8)}`;
  return { externalId: null, handle, name: null, url: null };
}

/** One is taken; of several a person chooses, at the terminal or by `--select`. */
async function chosenOf(login: Login, identities: readonly Identity[]): Promise<readonly Identity[]> {
  const { request, platform, events } = login.connecting;
  const usable = usableOf(platform, identities);
  if (request.select) {
    return selected(identities, request.select);
  }
  for (const identity of identities) if (identity.unusable !== undefined) events.unusable(identity);
  if (usable.length === 1) return usable;
  const most = isShareable(platform, login.method, login.granted) ? "several" : "one";
  if (events.choose === null) throw choiceMissing(platform, usable, most);
  const { brand } = request;
  const { issuer } = login.granted;
  const known = (await login.vault.accounts({ platform: platform.id, brand })).filter((each) => each.issuer === issuer);
  const isKnown = ({ externalId }: Identity) => known.some((account) => account.externalId === externalId);
  await login.asking();
  return events.choose(
    usable.map((identity) => ({ identity, connected: isKnown(identity) })),
    most,
  );
}

/**
 * Several accounts may keep copies of one login's tokens only where a refresh leaves the others' copies as good as they
 * were, as LinkedIn's does. Where it rotates, the first refresh would end all the other accounts.
 */
function isShareable(platform: Platform, method: ConnectMethod, { tokens }: GrantedCredential): boolean {
  if (method.kind === "oauth2" && method.derived) return true;
  const { renewal, reuse } = rulesOf(platform, method.id);
  return tokens.refreshToken === null || renewal !== undefined || reuse.kind === "non_rotating";
}

function oneByOne({ id, name }: Platform, [first]: readonly Identity[]): Failure {
  return new Failure(
    "usage",
    `${name}'s tokens change with every refresh: one login's cannot be shared by several accounts`,
    { hint: `connect them one after the other: agencyiq connect ${id} --select ${first?.externalId ?? "ID"}` },
  );
}

/** The account of an identity, with the login's credential; before it, where there is one, the identity's own. */
async function connectionOf(login: Login, person: Person, subject: string | null): Promise<NewConnection> {
  const { connecting, method, granted } = login;
  const { platform, request } = connecting;
  const name = credentialName(method.id, request.method);
  const common = { rank: platform.methods.indexOf(method), subject };
  const own = { ...granted, ...common, method: name, timing: rulesOf(platform, method.id) };
  const { externalId, handle, name: fullName, url } = person;
  const account = {
    brand: request.brand,
    platform: platform.id,
    handle: request.as ?? handle,
    name: fullName,
    externalId,
    issuer: granted.issuer,
    url,
    facts: person.facts ?? login.facts ?? {},
  };
  const derived = method.kind === "oauth2" ? method.derived : undefined;
  if (!derived || externalId === null) return { account, credentials: [own] };
  const token = person.token ?? (await derived.derive?.(login.api, externalId)) ?? null;
  if (token === null) throw new Failure("not_permitted", `${platform.name} gave no token for ${fullName ?? handle}`);
  return { account, credentials: [derivedCredential(login, derived, token, own), own] };
}

function derivedCredential(
  { connecting: { services, request, platform } }: Login,
  derived: DerivedMethod,
  { accessToken, expiresIn, scopes }: IdentityToken,
  login: NewCredential,
): NewCredential {
  services.keepSecret(accessToken);
  const reply = { accessToken, tokenType: "bearer", expiresIn, refreshToken: null, refreshExpiresIn: null, scopes };
  return {
    ...login,
    method: credentialName(derived.id, request.method),
    derivedFrom: login.method,
    key: null,
    dpop: false,
    dpopKey: null,
    // As long as the login has a right to it.
    refreshable: derived.derive !== undefined,
    timing: rulesOf(platform, derived.id),
    tokens: mergeTokenReply({
      previous: null,
      reply,
      sentAt: services.clock.now(),
      defaultLifetime: derived.tokens.defaultLifetime,
      requestedScopes: login.tokens.scopes,
    }),
  };
}
