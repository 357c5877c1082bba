import { Failure } from "./failure.ts";
import type { Instant } from "./time.ts";

/** One connected identity that can be posted as. */
export interface Account {
  readonly id: string;
  readonly brand: string;
  readonly platform: string;
  /** What users type: an X handle without `@`, an e-mail, a Page's name. Unique per brand and platform. */
  readonly handle: string;
  readonly name: string | null;
  /** The platform's own id of the identity; null until the platform has told us. */
  readonly externalId: string | null;
  /** The authorization server, for platforms that exist many times (`oidc`, `mastodon`). */
  readonly issuer: string | null;
  readonly url: string | null;
  /** What is known of its place and needed for posting there, by names of its platform: a server's limits, a channel's id. No secrets. */
  readonly facts: Readonly<Record<string, string>>;
  /** When they were asked for last; null: never. */
  readonly factsAt: Instant | null;
  readonly isDefault: boolean;
  readonly createdAt: Instant;
  readonly disconnectedAt: Instant | null;
}

export const defaultBrand = "default";

/** `x/acme`, or `globex:x/acme` outside the default brand. */
export function addressOf(account: Pick<Account, "brand" | "platform" | "handle">): string {
  const short = `${account.platform}/${account.handle}`;
  return account.brand === defaultBrand ? short : `${account.brand}:${short}`;
}

interface Address {
  readonly brand: string | null;
  readonly platform: string;
  readonly handle: string | null;
}

/** Parses `PLATFORM`, `PLATFORM/HANDLE`, `BRAND:PLATFORM/HANDLE`. A handle may hold `/` and `:`. */
export function parseAddress(text: string): Address {
  const match = /^(?:([^:/]+):)?([^:/]+)(?:\/(.+))?$/.exec(text.trim());
  if (!match?.[2]) {
    throw new Failure("usage", `"${text}" is not an account`, {
      hint: "write PLATFORM, PLATFORM/HANDLE or BRAND:PLATFORM/HANDLE; agencyiq accounts list shows them",
    });
  }
  return { brand: match[1] ?? null, platform: match[2], handle: match[3]?.replace(/^@/, "") ?? null };
}

/** A brand as a person typed it: one that can stand in an address. @throws Failure `usage` */
export function requireBrand(text: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(text)) return text;
  throw new Failure("usage", `"${text}" cannot be a brand`, { hint: "use letters, digits, dots, - and _" });
}

/** A name for an account as a person typed it, `@` or not. @throws Failure `usage` */
export function requireHandle(text: string): string {
  const handle = text.trim().replace(/^@/, "");
  if (handle !== "" && !/\p{Cc}/u.test(handle)) return handle;
  throw new Failure("usage", `${JSON.stringify(text)} cannot be an account's name`, { hint: "give at least a letter" });
}

/** Every account an address could mean. A default account wins over its siblings when no handle is given. */
export function matchAccounts<A extends Account>(accounts: readonly A[], text: string): A[] {
  const address = parseAddress(text);
  const candidates = accounts.filter(
    (account) =>
      account.platform === address.platform &&
      (address.brand === null || account.brand === address.brand) &&
      (address.handle === null || account.handle.toLowerCase() === address.handle.toLowerCase()),
  );
  if (candidates.length < 2) return candidates;
  if (address.handle !== null) {
    // What is printed for an account of the default brand must mean that account, whoever else has the handle.
    const exact = candidates.filter(({ brand }) => brand === defaultBrand);
    return exact.length === 1 ? exact : candidates;
  }
  const preferred = candidates.filter((account) => account.isDefault);
  return preferred.length === 1 ? preferred : candidates;
}

/**
 * The one account an address means.
 * @throws Failure `unknown_account` or `ambiguous_account`, the latter with the list of what it could mean.
 */
export function resolveAccount<A extends Account>(accounts: readonly A[], text: string): A {
  const found = matchAccounts(accounts, text);
  const [only] = found;
  if (only && found.length === 1) return only;
  if (found.length > 1) {
    throw new Failure("ambiguous_account", `"${text}" could mean ${found.map(addressOf).join(", ")}`, {
      hint: "name one of them in full, or choose one with: agencyiq accounts default ACCOUNT",
    });
  }
  const { platform } = parseAddress(text);
  throw new Failure("unknown_account", `no account "${text}" is connected`, {
    account: text,
    hint: `agencyiq connect ${platform}`,
  });
}

/** Which credential of the account is meant: the usual one of its platform needs no naming. */
interface MeantCredential {
  readonly id?: string;
  readonly method: string;
  readonly position: number;
  readonly derivedFrom?: string | null;
}

/** A login and what is got with it are connected in one go, by the login's name; the usual one needs none. */
function wayOf(meant: MeantCredential, all: readonly MeantCredential[]): string {
  const derived = all.find(({ derivedFrom }) => derivedFrom != null && derivedFrom === meant.id) ?? meant;
  if (derived.position === 0) return "";
  const login = all.find(({ id }) => id !== undefined && id === derived.derivedFrom) ?? meant;
  return ` --credential ${login.method}`;
}

/** How a command names the server, of a platform that exists many times; one that a file declares says itself where it is. */
const serverFlags: Readonly<Record<string, string>> = {
  oidc: "--issuer",
  bluesky: "--instance",
  mastodon: "--instance",
  wordpress: "--instance",
};

function serverOf({ platform, issuer }: Pick<Account, "platform" | "issuer">): string {
  const flag = serverFlags[platform];
  return issuer === null || flag === undefined ? "" : ` ${flag} ${issuer}`;
}

/** The exact line that authorizes this account again; `credential`: the first one, where the account knows its own. */
export function reconnectCommand(
  account: Pick<Account, "brand" | "platform" | "issuer"> & { readonly credentials?: readonly MeantCredential[] },
  credential: MeantCredential | undefined = account.credentials?.[0],
): string {
  const way = credential ? wayOf(credential, account.credentials ?? []) : "";
  const brand = account.brand === defaultBrand ? "" : ` --brand ${account.brand}`;
  return `agencyiq connect ${account.platform}${serverOf(account)}${brand}${way}`;
}
