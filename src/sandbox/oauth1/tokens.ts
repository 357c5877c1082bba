/** Request tokens, access tokens and the nonces that were seen: RFC 5849 section 2 and 3.3. */
import type { Random } from "../../domain/ports/machine.ts";
import { type Instant, minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { SandboxClock } from "../sandbox-clock.ts";

export type AccessLevel = "read" | "write";

export interface RequestToken {
  readonly token: string;
  readonly secret: string;
  readonly platform: string;
  readonly consumerKey: string;
  /** A URL, or `oob` for a PIN. */
  readonly callback: string;
  readonly level: AccessLevel;
  readonly expiresAt: Instant;
  /** What proves the consent, once somebody gave it. */
  approval: { readonly person: Person; readonly verifier: string } | null;
}

export interface UserToken {
  readonly token: string;
  readonly secret: string;
  readonly platform: string;
  readonly consumerKey: string;
  readonly person: Person;
  readonly level: AccessLevel;
}

type Asked = Pick<RequestToken, "platform" | "consumerKey" | "callback" | "level">;

export class OAuth1Tokens {
  readonly #clock: SandboxClock;
  readonly #random: Random;
  readonly #requests = new Map<string, RequestToken>();
  /** Consent pages that were shown, and which request each is about. */
  readonly #pages = new Map<string, string>();
  readonly #users = new Map<string, UserToken>();
  readonly #nonces = new Set<string>();

  constructor(clock: SandboxClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** False for one that was seen before with this timestamp and key. */
  takeNonce(...parts: readonly string[]): boolean {
    const nonce = JSON.stringify(parts);
    if (this.#nonces.has(nonce)) return false;
    this.#nonces.add(nonce);
    return true;
  }

  request(asked: Asked): RequestToken {
    const expiresAt = this.#clock.now() + minutes(10);
    const made = { ...asked, token: this.#secret(20), secret: this.#secret(24), expiresAt, approval: null };
    this.#requests.set(made.token, made);
    return made;
  }

  /** A request token that was not exchanged yet. */
  pending(platform: string, token: string): RequestToken | null {
    const found = this.#requests.get(token);
    return found?.platform === platform && found.expiresAt > this.#clock.now() ? found : null;
  }

  /** Keeps a request while the person reads the consent page; the id is what the page's form sends back. */
  show(request: RequestToken): string {
    const id = this.#secret(24);
    this.#pages.set(id, request.token);
    return id;
  }

  /** The request of a consent form, once. */
  decide(platform: string, id: string): RequestToken | null {
    const token = this.#pages.get(id);
    this.#pages.delete(id);
    return token === undefined ? null : this.pending(platform, token);
  }

  /** The verifier: a PIN where the person has to type it. */
  approve(request: RequestToken, person: Person): string {
    const verifier = request.callback === "oob" ? this.#pin() : this.#secret(24);
    request.approval = { person, verifier };
    return verifier;
  }

  /** From here on the request token is spent. An app that has a person's token already gets the same one again. */
  exchange(request: RequestToken, person: Person, prefix: string): UserToken {
    this.#requests.delete(request.token);
    const { platform, consumerKey, level } = request;
    const known = [...this.#users.values()].find(
      (user) =>
        user.platform === platform &&
        user.consumerKey === consumerKey &&
        user.person.handle === person.handle &&
        user.level === level,
    );
    if (known) return known;
    const made = {
      platform,
      consumerKey,
      level,
      person,
      token: `${prefix}-${this.#secret(30)}`,
      secret: this.#secret(34),
    };
    this.#users.set(made.token, made);
    return made;
  }

  deny(request: RequestToken): void {
    this.#requests.delete(request.token);
  }

  user(platform: string, token: string): UserToken | null {
    const found = this.#users.get(token);
    return found?.platform === platform ? found : null;
  }

  end(token: string): void {
    this.#users.delete(token);
  }

  /** As if people had taken the app's access away in their settings; the number of tokens that ended. */
  endAll(platform: string, person: string | null): number {
    const ending = [...this.#users.values()].filter(
      (user) => user.platform === platform && (person === null || user.person.handle === person),
    );
    for (const { token } of ending) this.end(token);
    return ending.length;
  }

  clear(): void {
    for (const kept of [this.#requests, this.#pages, this.#users, this.#nonces]) kept.clear();
  }

  #secret(bytes: number): string {
    return Buffer.from(this.#random.bytes(bytes)).toString("base64url").replace(/[-_]/g, "x");
  }

  #pin(): string {
    const [a = 0, b = 0, c = 0, d = 0] = this.#random.bytes(4);
    return String(1_000_000 + ((((a << 24) | (b << 16) | (c << 8) | d) >>> 0) % 9_000_000));
  }
}
