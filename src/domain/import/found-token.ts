/** What a file of another program holds, in agencyiq's words; nothing is asked and nothing is kept by reading it. */
import type { Instant } from "../time.ts";

/** A login, or a key, as it was found. */
export interface FoundToken {
  /** Where it stands, for people: a variable's name, or keys. */
  readonly place: string;
  readonly platform: string;
  readonly kind: "oauth2" | "oauth1" | "key";
  /** The platform's ways in that it may be of, by id; absent: the first of its kind. */
  readonly methods?: readonly string[];
  readonly token: string;
  /** OAuth 1.0a. */
  readonly tokenSecret?: string | null;
  readonly refreshToken?: string | null;
  readonly obtainedAt?: Instant | null;
  /** null: not told. */
  readonly expiresAt?: Instant | null;
  readonly scopes?: readonly string[] | null;
  /** The developer app that it was given to. */
  readonly app?: { readonly clientId: string; readonly clientSecret: string | null } | null;
  /** Of a platform that exists many times: which one. */
  readonly instance?: string | null;
  /** To what the way in asks. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Whose it is by the file. */
  readonly handle?: string | null;
}

/** What was seen and cannot be taken. */
export interface PassedOver {
  readonly place: string;
  readonly platform: string | null;
  readonly why: string;
}

export interface Findings {
  readonly tokens: readonly FoundToken[];
  readonly passedOver: readonly PassedOver[];
}

/** What others call our platforms. */
const aliases: Readonly<Record<string, string>> = {
  twitter: "x",
  fb: "facebook",
  ig: "instagram",
  google: "youtube",
  yt: "youtube",
  bsky: "bluesky",
  dev: "devto",
  "dev.to": "devto",
  "dev-to": "devto",
  gh: "github",
  wp: "wordpress",
};

/** `TWITTER`, `dev.to`: our id of it. */
export function platformNamed(name: string): string {
  const plain = name.trim().toLowerCase().replaceAll("_", "-");
  return aliases[plain] ?? plain;
}

/** Seconds or milliseconds since the epoch, or a date in words; null: none of them. */
export function instantIn(value: unknown): Instant | null {
  const number = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isFinite(number) && number > 0) {
    // Seconds reach this number in the year 5138.
    return Math.round(number < 1e11 ? number * 1000 : number);
  }
  const parsed = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(parsed) ? null : parsed;
}

export function textIn(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

export function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** RFC 6749 has spaces, some platforms commas, some files lists. */
export function scopesIn(value: unknown): readonly string[] | null {
  if (Array.isArray(value)) return value.filter((each) => typeof each === "string");
  const text = textIn(value);
  return text === null ? null : text.split(/[\s,]+/);
}
