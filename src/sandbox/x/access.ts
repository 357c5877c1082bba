/** Who may call an endpoint of X's API, and how often. https://docs.x.com/x-api/fundamentals/rate-limits */
import type { Context, HonoRequest, MiddlewareHandler } from "hono";
import { days, minutes } from "../../domain/time.ts";
import { authenticateUser } from "../oauth1/authentication.ts";
import type { Person } from "../options.ts";
import type { RateState } from "../rate-windows.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { xOAuth1Rules } from "./oauth1-rules.ts";
import { xErrors } from "./problems.ts";

export interface Endpoint {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Requests a user may make in 15 minutes. */
  readonly perUser: number;
  /** Requests an app may make in 24 hours. */
  readonly perApp?: number;
}

export interface XEnvironment {
  Bindings: TwinBindings;
  /** `client`: the id of the app that asks. */
  Variables: { person: Person; client: string };
}

/** In X's order: the token, then the limits, then what it allows. The limits are told on every answer. */
export function access(world: World, endpoint: Endpoint): MiddlewareHandler<XEnvironment> {
  return async (context, next) => {
    const caller = callerByToken(world, context.req) ?? (await callerBySignature(world, context.req));
    if (!caller) return xErrors.unauthorized();
    const rates = countRequest(world, endpoint, caller.clientId, caller.person);
    if (rates.user.exceeded || rates.app?.exceeded) return limited(xErrors["rate-limited"](), rates);
    const refusal = caller.refusalOf(endpoint);
    if (refusal) return limited(refusal, rates);
    context.set("person", caller.person);
    context.set("client", caller.clientId);
    await next();
    tellLimits(context, rates);
    return undefined;
  };
}

interface Caller {
  readonly person: Person;
  readonly clientId: string;
  readonly refusalOf: (endpoint: Endpoint) => Response | null;
}

/** OAuth 2: a bearer token with scopes. */
function callerByToken(world: World, request: HonoRequest): Caller | null {
  const bearer = /^Bearer (\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
  const token = bearer === undefined ? null : world.grants.access("x", bearer);
  const person = token && personOf(world, token.grant.person);
  if (!token || !person) return null;
  const lacks = ({ scopes }: Endpoint) => scopes.some((scope) => !token.scopes.includes(scope));
  return {
    person,
    clientId: token.grant.clientId,
    refusalOf: (endpoint) => (lacks(endpoint) ? xErrors["not-permitted"]() : null),
  };
}

/** OAuth 1.0a: whatever is wrong with it, API v2 says no more than Unauthorized. The permission is the app's. */
async function callerBySignature(world: World, request: HonoRequest): Promise<Caller | null> {
  if (!/^OAuth /i.test(request.header("authorization") ?? "")) return null;
  const told = await authenticateUser(world, xOAuth1Rules, request);
  if ("refusal" in told) return null;
  const { client, token } = told;
  const mayNot = ({ scopes }: Endpoint) => token.level === "read" && scopes.some((scope) => scope.endsWith(".write"));
  return {
    person: token.person,
    clientId: client.clientId,
    refusalOf: (endpoint) => (mayNot(endpoint) ? xErrors["oauth1-permissions"]() : null),
  };
}

interface Rates {
  readonly user: RateState;
  readonly app: RateState | null;
}

function countRequest(world: World, { name, perUser, perApp }: Endpoint, clientId: string, { handle }: Person): Rates {
  const now = world.clock.now();
  const count = (who: string, limit: number, window: number) =>
    world.rateWindows.count(`x ${name} ${who}`, { limit, window }, now);
  return {
    user: count(`${clientId} ${handle}`, perUser, minutes(15)),
    app: perApp === undefined ? null : count(clientId, perApp, days(1)),
  };
}

function headersOf({ user, app }: Rates): [string, string][] {
  const told = (prefix: string, { limit, remaining, reset }: RateState): [string, string][] => [
    [`${prefix}-limit`, String(limit)],
    [`${prefix}-remaining`, String(remaining)],
    [`${prefix}-reset`, String(reset)],
  ];
  return [...told("x-rate-limit", user), ...(app ? told("x-app-limit-24hour", app) : [])];
}

function limited(response: Response, rates: Rates): Response {
  for (const [name, value] of headersOf(rates)) response.headers.set(name, value);
  return response;
}

function tellLimits(context: Context, rates: Rates): void {
  for (const [name, value] of headersOf(rates)) context.header(name, value);
}
