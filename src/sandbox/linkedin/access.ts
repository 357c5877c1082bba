/** Who calls an endpoint of LinkedIn's API, in which version, and how often. */
import type { Context, MiddlewareHandler } from "hono";
import { days } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { accessDenied, linkedinError, linkedinErrors, versionNotActive } from "./errors.ts";
import { type Author, authorsOf } from "./people.ts";
import { isActive } from "./versions.ts";

export interface Caller {
  readonly person: Person;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly authors: readonly Author[];
}

export interface LinkedInEnvironment {
  Bindings: TwinBindings;
  Variables: { caller: Caller };
}

export type LinkedInContext = Context<LinkedInEnvironment>;

/** Requests a day, as LinkedIn once published them for Share on LinkedIn; the present figures stand only in an app's portal. */
const perMember = 150;

/** The token before the version; the day's count before either is used. */
export function access(world: World): MiddlewareHandler<LinkedInEnvironment> {
  return async (context, next) => {
    const caller = callerOf(world, context);
    if (caller instanceof Response) return caller;
    const refusal = context.req.path.startsWith("/rest/") ? refusedVersion(world, context) : null;
    if (refusal) return refusal;
    const now = world.clock.now();
    // LinkedIn's days begin at 00:00 UTC, whenever the first request was.
    const day = Math.floor(now / days(1));
    const key = `linkedin ${caller.clientId} ${caller.person.handle} ${day}`;
    if (world.rateWindows.count(key, { limit: perMember, window: days(1) }, now).exceeded) {
      return linkedinErrors["throttled-member"]();
    }
    context.set("caller", caller);
    return next();
  };
}

function callerOf(world: World, context: LinkedInContext): Caller | Response {
  const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  if (bearer === undefined) return linkedinErrors["access-token-missing"]();
  const grant = world.grants.grantOf(bearer);
  if (grant?.platform !== "linkedin") return linkedinErrors["access-token-invalid"]();
  if (grant.revoked) return linkedinErrors["access-token-revoked"]();
  const token = world.grants.access("linkedin", bearer);
  if (!token) return linkedinErrors["access-token-expired"]();
  const person = personOf(world, grant.person);
  if (!person) return linkedinErrors["member-restricted"]();
  return { person, clientId: grant.clientId, scopes: token.scopes, authors: authorsOf(person, grant.clientId) };
}

function refusedVersion(world: World, context: LinkedInContext): Response | null {
  const version = context.req.header("linkedin-version");
  if (version === undefined) return linkedinErrors["version-missing"]();
  if (!isActive(version, world.clock.now())) return versionNotActive(version);
  if (context.req.header("x-restli-protocol-version") === "2.0.0") return null;
  return linkedinError(400, "ILLEGAL_ARGUMENT", "X-RestLi-Protocol-Version must be 2.0.0");
}

/** The author that a request names, where the caller may act as them; else the refusal. */
export function actingAs({ authors, scopes }: Caller, urn: unknown, resource: string): Author | Response {
  const author = authors.find((candidate) => candidate.urn === urn);
  if (!author) return accessDenied(resource);
  const scope = author.organization ? "w_organization_social" : "w_member_social";
  return scopes.includes(scope) ? author : accessDenied(resource);
}

export const hasScope = ({ scopes }: Caller, ...any: readonly string[]): boolean =>
  any.some((scope) => scopes.includes(scope));
