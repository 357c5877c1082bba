import type { Person } from "../options.ts";
import type { AccessLevel } from "./tokens.ts";

/** Every way the endpoints of OAuth 1.0a refuse. */
export type OAuth1Refusal =
  /** No such consumer key, a wrong signature, a parameter missing, a nonce seen before. */
  | "not_authenticated"
  | "timestamp"
  | "callback_unknown"
  /** The app's type takes `oob` only. */
  | "callback_impossible"
  | "request_token"
  | "verifier"
  | "user_token";

/** How one platform's OAuth 1.0a differs from the others'. Everything else is RFC 5849. */
export interface OAuth1Rules {
  readonly platform: string;
  /** What the consent page calls the platform. */
  readonly name: string;
  /** How far a timestamp may be from the server's clock (milliseconds). */
  readonly window: number;
  readonly userId: (person: Person) => string;
  /** What the app may do then, in the platform's words. */
  readonly abilities: Readonly<Record<AccessLevel, readonly string[]>>;
  readonly refusals: Readonly<Record<OAuth1Refusal, () => Response>>;
}
