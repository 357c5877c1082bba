/** What every use case is given. main.ts builds the real ones; tests may swap any. */
import type { AppKind, SecretText } from "../domain/app.ts";
import type { Credential } from "../domain/credential.ts";
import type { DeclaredPlatform } from "../domain/declared-platform.ts";
import { Failure } from "../domain/failure.ts";
import { nearest } from "../domain/nearest.ts";
import type { SendThrough } from "../domain/ports/channel-sender.ts";
import type { Converse } from "../domain/ports/conversation.ts";
import type { Http } from "../domain/ports/http.ts";
import type { Browser, Clock, MakeCertificate, Random, StartCallbackServer } from "../domain/ports/machine.ts";
import type { MediaFiles } from "../domain/ports/media.ts";
import type { Vault } from "../domain/ports/vault.ts";
import type { RefreshVerdict } from "../domain/refresh-outcome.ts";
import type { Platform, SessionRenewal } from "../platforms/platform.ts";
import type { Holder } from "./refresh-obstacles.ts";
import type { Renewal } from "./renewal.ts";

export interface Services {
  readonly clock: Clock;
  readonly random: Random;
  readonly http: Http;
  readonly media: MediaFiles;
  readonly browser: Browser;
  /** A conversation over a WebSocket. @throws Failure `network` */
  readonly talk: Converse;
  readonly startCallbackServer: StartCallbackServer;
  readonly makeCertificate: MakeCertificate;
  readonly platformIds: readonly string[];
  readonly loadPlatform: (id: string) => Promise<Platform | null>;
  /** The vault there is. @throws Failure `vault_missing` */
  readonly vault: () => Promise<Vault>;
  /** The vault there is, or a new one by the rules of first use (docs/security.md). */
  readonly vaultOrNew: () => Promise<Vault>;
  /** A developer app named by `AGENCYIQ_<PLATFORM>_CLIENT_ID` and `…_SECRET`; for OAuth 1.0a `…_CONSUMER_KEY` and `…_SECRET`; others by `appVariables`. */
  readonly appFromEnvironment: (
    platform: string,
    kind?: AppKind,
  ) => { clientId: string; clientSecret: string | null } | null;
  /** `AGENCYIQ_<PLATFORM>_API_VERSION`: spoken in place of the definition's version. Absent, or null: that one. */
  readonly apiVersion?: (platform: string) => string | null;
  /** Runs to its end even when the process is asked to stop: a refresh that was sent must be stored. */
  readonly uninterrupted: <T>(work: () => Promise<T>) => Promise<T>;
  /** How a token that is got with a login's is got anew: what refreshing serves, it needs itself, so it is joined in wiring.ts. */
  readonly prepareDerivation: (holder: Holder, credential: Credential) => Promise<Renewal>;
  /** The same of a session that was opened with a key. */
  readonly prepareSession: (holder: Holder, credential: Credential, renewal: SessionRenewal) => Promise<Renewal>;
  /** Makes sure that this text is never printed, whatever else goes wrong. */
  readonly keepSecret: (secret: SecretText) => void;
  /** The real edges of the channels that the owner is told through. */
  readonly sendThrough: SendThrough;
  /** Aborted when the process is asked to end: what waits stops waiting, what was sent is stored. */
  readonly stopping?: AbortSignal;
  /** Told of what happens, for metrics. */
  readonly observe?: (event: Observation) => void;
}

export type Observation =
  | { readonly kind: "refresh"; readonly platform: string; readonly outcome: RefreshVerdict["kind"] }
  /** How far a file is on its way to an account, in bytes. */
  | {
      readonly kind: "upload";
      /** Its address; null: not connected yet. */
      readonly account: string | null;
      readonly platform: string;
      readonly file: string;
      readonly done: number;
      readonly total: number;
    }
  /** How long an account's lock was waited for (milliseconds). */
  | { readonly kind: "lock"; readonly platform: string; readonly waited: number }
  /** Posts were written or changed: what is due next may be due sooner. */
  | { readonly kind: "posts" };

/** @throws Failure `unknown_platform`, with the nearest name */
export async function requirePlatform(services: Services, id: string): Promise<Platform> {
  const platform = await services.loadPlatform(id);
  if (platform) return platform;
  const suggestion = nearest(id, await knownPlatforms(services));
  throw new Failure("unknown_platform", `there is no platform "${id}"`, {
    hint: suggestion ? `did you mean ${suggestion}? agencyiq platforms list shows them all` : "agencyiq platforms list",
  });
}

/** The built-in ones, and those that were declared in files. */
export async function knownPlatforms(services: Services): Promise<readonly string[]> {
  const declared = (await declaredPlatforms(services)).map(({ id }) => id);
  return [...services.platformIds, ...declared.filter((id) => !services.platformIds.includes(id))];
}

/** Without a vault there are none. */
export async function declaredPlatforms(services: Services): Promise<readonly DeclaredPlatform[]> {
  try {
    return await (await services.vault()).declaredPlatforms();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return [];
    throw error;
  }
}
