/**
 * What people have allowed, and every code and token that came of it. A grant is a family: a spent refresh token or
 * code that is presented again ends the grant with all its tokens (RFC 9700 section 4.14.2, RFC 6749 section 4.1.2).
 */
import type { Random } from "../../domain/ports/machine.ts";
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { SandboxClock } from "../sandbox-clock.ts";

/** A valid authorization request, from the authorize page until the person decides. */
export interface AuthorizationRequest {
  readonly platform: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly state: string;
  /** null: none was sent. */
  readonly challenge: { readonly method: "S256" | "plain"; readonly value: string } | null;
  /** Everything that was asked, for what only one platform knows. */
  readonly parameters: Readonly<Record<string, string>>;
}

export interface Grant {
  readonly id: string;
  readonly platform: string;
  readonly clientId: string;
  /** Handle of the one who allowed it. */
  readonly person: string;
  readonly scopes: readonly string[];
  readonly grantedAt: Instant;
  revoked: boolean;
}

export interface AccessToken {
  readonly value: string;
  readonly grant: Grant;
  /** Of what it is a token, where not of the person: the id of a Page. */
  readonly subject: string | null;
  readonly scopes: readonly string[];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** What an exchange brought. */
  readonly longLived: boolean;
}

interface RefreshToken {
  readonly value: string;
  readonly grant: Grant;
  readonly expiresAt: Instant;
  spent: { readonly at: Instant; readonly successor: TokenPair } | null;
}

export interface TokenPair {
  readonly access: AccessToken;
  readonly refresh: RefreshToken | null;
}

export interface AuthorizationCode {
  readonly request: AuthorizationRequest;
  readonly person: string;
  readonly expiresAt: Instant;
  /** What it was exchanged for. */
  grant: Grant | null;
}

export interface TokenLifetimes {
  readonly accessTokenLifetime: number;
  readonly refreshTokenLifetime: number;
}

export class Grants {
  readonly #clock: SandboxClock;
  readonly #random: Random;
  readonly #pending = new Map<string, { request: AuthorizationRequest; expiresAt: Instant }>();
  readonly #codes = new Map<string, AuthorizationCode>();
  readonly #access = new Map<string, AccessToken>();
  readonly #refresh = new Map<string, RefreshToken>();
  readonly #grants = new Set<Grant>();

  constructor(clock: SandboxClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Keeps a request while the person reads the consent page; the id is what the page's form sends back. */
  pend(request: AuthorizationRequest): string {
    const id = this.#secret(24);
    this.#pending.set(id, { request, expiresAt: this.#clock.now() + minutes(10) });
    return id;
  }

  /** Whether answered or too late is not looked at. */
  pending(id: string): AuthorizationRequest | null {
    return this.#pending.get(id)?.request ?? null;
  }

  /** The request of a consent form, once. */
  decide(id: string): AuthorizationRequest | null {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    return pending && pending.expiresAt > this.#clock.now() ? pending.request : null;
  }

  issueCode(request: AuthorizationRequest, person: string, lifetime: number): string {
    const value = this.#secret(48);
    this.#codes.set(value, { request, person, expiresAt: this.#clock.now() + seconds(lifetime), grant: null });
    return value;
  }

  code(value: string): AuthorizationCode | null {
    return this.#codes.get(value) ?? null;
  }

  isExpired(thing: { readonly expiresAt: Instant }): boolean {
    return thing.expiresAt <= this.#clock.now();
  }

  /** Spends a code: from here on presenting it again ends the grant. */
  redeem(code: AuthorizationCode): Grant {
    const { platform, clientId, scopes } = code.request;
    const grantedAt = this.#clock.now();
    const { person } = code;
    const grant = { id: this.#random.uuid(), platform, clientId, person, scopes, grantedAt, revoked: false };
    code.grant = grant;
    this.#grants.add(grant);
    return grant;
  }

  issue(grant: Grant, scopes: readonly string[], lifetimes: TokenLifetimes, refreshable: boolean): TokenPair {
    const now = this.#clock.now();
    const access = this.issueAccess(grant, scopes, lifetimes.accessTokenLifetime);
    if (!refreshable) return { access, refresh: null };
    const refresh = {
      value: this.#secret(64),
      grant,
      expiresAt: now + seconds(lifetimes.refreshTokenLifetime),
      spent: null,
    };
    this.#refresh.set(refresh.value, refresh);
    return { access, refresh };
  }

  /** A token of what the person administers, as good as the grant; another one each time it is asked for. */
  issueFor(grant: Grant, subject: string, expiresAt: Instant = Number.POSITIVE_INFINITY): AccessToken {
    const { scopes } = grant;
    const issuedAt = this.#clock.now();
    const token = { value: this.#secret(64), grant, subject, scopes, issuedAt, expiresAt, longLived: true };
    this.#access.set(token.value, token);
    return token;
  }

  /** `lifetime` in seconds. */
  issueAccess(grant: Grant, scopes: readonly string[], lifetime: number, longLived = false): AccessToken {
    const issuedAt = this.#clock.now();
    const expiresAt = issuedAt + seconds(lifetime);
    const token = { value: this.#secret(64), grant, subject: null, scopes, issuedAt, expiresAt, longLived };
    this.#access.set(token.value, token);
    return token;
  }

  /** Whether this person allowed this app before, and did not take it back. */
  hasGrant({ platform, clientId, person, id }: Grant): boolean {
    return [...this.#grants].some(
      (other) =>
        other.id !== id &&
        !other.revoked &&
        other.platform === platform &&
        other.clientId === clientId &&
        other.person === person,
    );
  }

  refreshToken(value: string): RefreshToken | null {
    return this.#refresh.get(value) ?? null;
  }

  spend(token: RefreshToken, successor: TokenPair): void {
    token.spent = { at: this.#clock.now(), successor };
  }

  /** A live access token of this platform. */
  access(platform: string, value: string): AccessToken | null {
    const token = this.#access.get(value);
    if (!token || token.grant.platform !== platform || token.grant.revoked || this.isExpired(token)) return null;
    return token;
  }

  /** Any access token that was given, live or not. */
  accessToken(value: string): AccessToken | null {
    return this.#access.get(value) ?? null;
  }

  /** The grant behind any token, live or not. */
  grantOf(value: string): Grant | null {
    return (this.#access.get(value) ?? this.#refresh.get(value))?.grant ?? null;
  }

  revoke(grant: Grant): void {
    grant.revoked = true;
  }

  /** Revocation of one access token leaves the rest of the grant (RFC 7009 section 2.1). */
  revokeToken(value: string): void {
    const refresh = this.#refresh.get(value);
    if (refresh) this.revoke(refresh.grant);
    this.#access.delete(value);
  }

  /** As if people had taken the app's access away in their settings; the number of grants that ended. */
  revokeAll(platform: string, person: string | null): number {
    const ending = [...this.#grants].filter(
      (grant) => grant.platform === platform && !grant.revoked && (person === null || grant.person === person),
    );
    for (const grant of ending) this.revoke(grant);
    return ending.length;
  }

  clear(): void {
    for (const kept of [this.#pending, this.#codes, this.#access, this.#refresh, this.#grants]) kept.clear();
  }

  #secret(bytes: number): string {
    return Buffer.from(this.#random.bytes(bytes)).toString("base64url");
  }
}
