/** Who may call Meta's Graph: the token, the proof of the app's secret, the limits that every answer tells. */
import { createHmac } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { hours } from "../../domain/time.ts";
import type { AccessToken } from "../oauth/grants.ts";
import type { Person } from "../options.ts";
import type { RateState } from "../rate-windows.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { graphErrors } from "./errors.ts";
import { type Parameters, readParameters } from "./parameters.ts";

export interface GraphEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; token: AccessToken; parameters: Parameters };
}

export type GraphContext = Context<GraphEnvironment>;

export interface GraphAccess {
  readonly platform: string;
  /** A path whose body is a file: only the query is read. */
  readonly isUpload?: (path: string) => boolean;
  /** False: a host that looks at the token alone, whatever the app requires. */
  readonly proof?: boolean;
}

/** Calls an hour for each person that uses the app, and for each Page. */
const perPerson = 200;
const perPage = 4800;

export function graphAccess(
  world: World,
  { platform, isUpload, proof = true }: GraphAccess,
): MiddlewareHandler<GraphEnvironment> {
  return async (context, next) => {
    // Both the path with a version and the one without lead through here.
    if (context.get("token")) return next();
    const upload = isUpload?.(context.req.path) ?? false;
    const parameters = await readParameters(context.req.raw, { body: !upload });
    const value = presentedToken(context, parameters, upload);
    if (value === null) return graphErrors["no-token"]();
    const token = world.grants.accessToken(value);
    const refusal =
      refusedToken(world, platform, token) ?? (proof ? refusedProof(world, platform, value, token, parameters) : null);
    const person = token && personOf(world, token.grant.person);
    if (refusal || !token || !person) return refusal ?? graphErrors["token-malformed"]();
    const usage = countCall(world, platform, token);
    if (usage.state.exceeded) return told(graphErrors[usage.refusal](), usage);
    context.set("person", person);
    context.set("token", token);
    context.set("parameters", parameters);
    await next();
    for (const [name, text] of headersOf(usage)) context.header(name, text);
    return undefined;
  };
}

/** A file's own requests take the token in the header alone. */
function presentedToken(context: Context, parameters: Parameters, upload: boolean): string | null {
  const header = /^(?:Bearer|OAuth) (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  return header ?? (upload ? null : parameters.text("access_token"));
}

export function refusedToken(world: World, platform: string, token: AccessToken | null): Response | null {
  if (token?.grant.platform !== platform) return graphErrors["token-malformed"]();
  if (token.grant.revoked) return graphErrors["app-not-installed"]();
  return world.grants.isExpired(token) ? graphErrors["token-expired"]() : null;
}

function refusedProof(
  world: World,
  platform: string,
  value: string,
  token: AccessToken | null,
  parameters: Parameters,
): Response | null {
  const client = world.clients.find(platform, token?.grant.clientId ?? "");
  const shown = parameters.text("appsecret_proof");
  if (shown === null) return client?.requireProof ? graphErrors["proof-missing"]() : null;
  const right = createHmac("sha256", client?.clientSecret ?? "")
    .update(value)
    .digest("hex");
  return shown === right ? null : graphErrors["proof-invalid"]();
}

interface Usage {
  readonly state: RateState;
  readonly page: string | null;
  readonly refusal: "app-limit" | "business-limit";
}

/** A Page's calls are counted for the Page, a person's for the app. */
function countCall(world: World, platform: string, { grant, subject }: AccessToken): Usage {
  const people = world.people.length;
  const limit = subject === null ? perPerson * people : perPage;
  const key = `${platform} ${grant.clientId} ${subject ?? "app"}`;
  const state = world.rateWindows.count(key, { limit, window: hours(subject === null ? 1 : 24) }, world.clock.now());
  return { state, page: subject, refusal: subject === null ? "app-limit" : "business-limit" };
}

function headersOf({ state: { limit, remaining }, page }: Usage): [string, string][] {
  const call_count = Math.floor((100 * (limit - remaining)) / limit);
  const shares = { call_count, total_cputime: 0, total_time: 0 };
  if (page === null) return [["x-app-usage", JSON.stringify(shares)]];
  const usage = { type: "pages", ...shares, estimated_time_to_regain_access: 0 };
  return [["x-business-use-case-usage", JSON.stringify({ [page]: [usage] })]];
}

function told(response: Response, usage: Usage): Response {
  for (const [name, text] of headersOf(usage)) if (!response.headers.has(name)) response.headers.set(name, text);
  return response;
}
