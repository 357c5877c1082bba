import type { Clock, Random } from "../domain/ports/machine.ts";

/** A test identity: one that can sign in at every platform of the sandbox. */
export interface Person {
  /** Letters, digits and underscores, so that every platform takes it. */
  readonly handle: string;
  readonly name: string;
  /** Pays the platform, and may do more: longer videos on X. */
  readonly premium?: boolean;
  /** Has a Google account, and no channel at YouTube. */
  readonly withoutChannel?: boolean;
  /** Has a personal account at Instagram, which no app can post to. */
  readonly personal?: boolean;
  /** Only followers see the account. */
  readonly private?: boolean;
}

export interface SandboxOptions {
  readonly host?: "127.0.0.1";
  /** 0: any free one. */
  readonly port: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Seconds; absent: what the platform grants. */
  readonly accessTokenLifetime?: number;
  /** Seconds; absent: what the platform grants. */
  readonly refreshTokenLifetime?: number;
  /** Seconds in which a spent refresh token still gets the same pair again; absent: what the platform does. */
  readonly refreshGrace?: number;
  readonly people?: readonly Person[];
  /** Added to the redirect URIs of every seeded client. */
  readonly registerRedirectUris?: readonly string[];
}

/** A developer app at one platform. A secret in here protects nothing: the whole server is a rehearsal. */
export interface SandboxClient {
  readonly platform: string;
  readonly clientId: string;
  /** null: a public client. */
  readonly clientSecret: string | null;
  readonly redirectUris: readonly string[];
  /** The way in that takes this app, where it is not the usual one. */
  readonly credential?: string;
  /** The app's other pair of keys, for OAuth 1.0a. */
  readonly consumer?: { readonly key: string; readonly secret: string };
  /** May do what platforms keep from self-serve apps: quoting on X, say, or public posts on TikTok. */
  readonly enterprise?: boolean;
  /** Google's audience is in status Testing: what people allow ends after a week. */
  readonly testing?: boolean;
  /** Meta: "Require App Secret" is on, so every call carries a proof of the secret. */
  readonly requireProof?: boolean;
  /** Meta: not in development mode any more. Only people with a role on an app in development see its posts. */
  readonly live?: boolean;
  /** Beginnings of addresses that the app's owner has shown to be theirs. */
  readonly ownedUrls?: readonly string[];
}

export interface Sandbox {
  /** `http://127.0.0.1:8790`: the value of AGENCYIQ_ENDPOINT_URL. */
  readonly url: string;
  readonly port: number;
  readonly clients: readonly SandboxClient[];
  close(): Promise<void>;
}

export const defaultPeople: readonly Person[] = [
  { handle: "acme", name: "Acme Bakery" },
  { handle: "globex", name: "Globex Bikes" },
];
