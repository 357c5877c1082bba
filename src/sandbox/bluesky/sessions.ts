/** Sessions by an app password: two tokens that say of themselves until when they live. packages/pds/src/account-manager */
import { days, hours, type Instant, minutes, seconds } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";
import { didOf, pdsHost } from "./people.ts";

interface Refresh {
  readonly person: Person;
  readonly session: string;
  readonly expiresAt: Instant;
  /** Given in its place; while the grace lasts it is given again. */
  next: { readonly pair: Pair; readonly until: Instant } | null;
}

interface Access {
  readonly person: Person;
  readonly session: string;
  readonly expiresAt: Instant;
}

export interface Pair {
  readonly accessJwt: string;
  readonly refreshJwt: string;
}

const grace = hours(2);

const refreshesOf = (world: World) => world.shelves.of<Refresh>("bluesky refresh tokens");
const accessesOf = (world: World) => world.shelves.of<Access>("bluesky access tokens");

export function openSession(world: World, person: Person): Pair {
  return issue(world, person, world.random.uuid());
}

function issue(world: World, person: Person, session: string): Pair {
  const { accessTokenLifetime, refreshTokenLifetime } = world.wanted;
  const now = world.clock.now();
  const accessEnd = now + (accessTokenLifetime === undefined ? minutes(120) : seconds(accessTokenLifetime));
  const refreshEnd = now + (refreshTokenLifetime === undefined ? days(90) : seconds(refreshTokenLifetime));
  const accessJwt = jwt(world, person, "com.atproto.appPass", accessEnd);
  const refreshJwt = jwt(world, person, "com.atproto.refresh", refreshEnd);
  accessesOf(world).set(accessJwt, { person, session, expiresAt: accessEnd });
  refreshesOf(world).set(refreshJwt, { person, session, expiresAt: refreshEnd, next: null });
  return { accessJwt, refreshJwt };
}

function jwt(world: World, person: Person, scope: string, end: Instant): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const iat = Math.floor(world.clock.now() / 1000);
  const claims = { scope, sub: didOf(person), iat, exp: Math.floor(end / 1000), aud: `did:web:${pdsHost}` };
  const signature = Buffer.from(world.random.bytes(32)).toString("base64url");
  return `${part({ typ: "at+jwt", alg: "HS256" })}.${part({ ...claims, jti: world.random.uuid() })}.${signature}`;
}

/** `expired`, `invalid`: how it is refused. */
export function renewed(world: World, refreshJwt: string): { person: Person; pair: Pair } | "expired" | "invalid" {
  const known = refreshesOf(world).get(refreshJwt);
  if (!known) return "invalid";
  const now = world.clock.now();
  if (known.expiresAt <= now || (known.next && known.next.until <= now)) return "expired";
  const wantedGrace = world.wanted.refreshGrace;
  known.next ??= {
    pair: issue(world, known.person, known.session),
    until: now + (wantedGrace === undefined ? grace : seconds(wantedGrace)),
  };
  return { person: known.person, pair: known.next.pair };
}

export function ended(world: World, refreshJwt: string): boolean {
  const known = refreshesOf(world).get(refreshJwt);
  if (!known) return false;
  for (const tokens of [refreshesOf(world), accessesOf(world)]) {
    for (const [value, { session }] of tokens) if (session === known.session) tokens.delete(value);
  }
  return true;
}

export function holderOf(world: World, accessJwt: string): Person | "expired" | null {
  const known = accessesOf(world).get(accessJwt);
  if (!known) return null;
  return known.expiresAt <= world.clock.now() ? "expired" : known.person;
}
