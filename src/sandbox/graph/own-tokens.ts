/**
 * The tokens of Instagram Login and of Threads, which work alike: a code brings one for an hour, which is exchanged for one of 60
 * days, which renews itself from its second day on. https://developers.facebook.com/docs/threads/get-started/long-lived-tokens and
 * https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
import type { Context } from "hono";
import { hours } from "../../domain/time.ts";
import type { AccessToken } from "../oauth/grants.ts";
import { lifetimes, type OAuthRules } from "../oauth/rules.ts";
import { exchangeCode, OAuthRefusal } from "../oauth/token-endpoint.ts";
import type { SandboxClient } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { refusedToken } from "./access.ts";
import { graphErrors, invalidParameter } from "./errors.ts";
import { readParameters } from "./parameters.ts";

type TokenContext = Context<{ Bindings: TwinBindings }>;

export interface OwnTokens {
  /** `th` or `ig`: as the grant types begin. */
  readonly prefix: string;
  /** Without which a token cannot be renewed. */
  readonly basicScope: string;
  /** The answer to a code. */
  readonly reply: (token: AccessToken) => string;
}

/** As both documents show it. */
const loginError = (message: string): Response =>
  Response.json({ error_type: "OAuthException", code: 400, error_message: message }, { status: 400 });

const longLife = 60 * 86_400;

export function ownTokens(world: World, rules: OAuthRules, { prefix, basicScope, reply }: OwnTokens) {
  /** Tokens of an hour, which cannot be renewed. */
  const short = new WeakSet<AccessToken>();

  const byCode = async (context: TokenContext): Promise<Response> => {
    const parameters = await readParameters(context.req.raw, { body: true });
    const form = new URLSearchParams(
      parameters.names().map((name): [string, string] => [name, parameters.text(name) ?? ""]),
    );
    const client = clientOf(world, rules.platform, form);
    if (!client) return loginError("Invalid platform app: client_id or client_secret");
    if (form.get("grant_type") !== "authorization_code") return loginError("Invalid grant_type");
    try {
      const hour = { ...rules, accessTokenLifetime: Math.min(3600, rules.accessTokenLifetime) };
      const { access } = exchangeCode({ world, rules: hour, client, form, withoutRefreshToken: true });
      short.add(access);
      return new Response(reply(access), { headers: { "content-type": "application/json; charset=utf-8" } });
    } catch (error) {
      if (!(error instanceof OAuthRefusal)) throw error;
      return loginError(refusalWords[error.reason] ?? "Matching code was not found or was already used");
    }
  };

  const exchange = (context: TokenContext): Response => {
    const query = new URL(context.req.url).searchParams;
    if (query.get("grant_type") !== `${prefix}_exchange_token`) return invalidParameter("Unsupported grant_type");
    const token = presented(query);
    if (token instanceof Response) return token;
    const client = world.clients.find(rules.platform, token.grant.clientId);
    if (client?.clientSecret !== query.get("client_secret")) return graphErrors["app-secret"]();
    if (!short.has(token)) return invalidParameter("Session key invalid: the token is long-lived already");
    return longLived(token);
  };

  const refresh = (context: TokenContext): Response => {
    const query = new URL(context.req.url).searchParams;
    if (query.get("grant_type") !== `${prefix}_refresh_token`) return invalidParameter("Unsupported grant_type");
    const token = presented(query);
    if (token instanceof Response) return token;
    const tooYoung = world.clock.now() < token.issuedAt + hours(24);
    if (short.has(token) || tooYoung) return invalidParameter("The token must be long-lived and at least 24 hours old");
    if (!token.scopes.includes(basicScope)) return graphErrors["permission-denied"]();
    return longLived(token);
  };

  const presented = (query: URLSearchParams): AccessToken | Response => {
    const value = query.get("access_token");
    if (!value) return graphErrors["no-token"]();
    const token = world.grants.accessToken(value);
    return refusedToken(world, rules.platform, token) ?? (token as AccessToken);
  };

  const longLived = ({ grant, scopes }: AccessToken): Response => {
    const { accessTokenLifetime } = lifetimes(world, { ...rules, accessTokenLifetime: longLife });
    const { access } = world.grants.issue(grant, scopes, { ...rules, accessTokenLifetime }, false);
    const expires_in = Math.round((access.expiresAt - world.clock.now()) / 1000);
    return Response.json({ access_token: access.value, token_type: "bearer", expires_in });
  };

  return { byCode, exchange, refresh };
}

const refusalWords: Readonly<Partial<Record<OAuthRefusal["reason"], string>>> = {
  missing_parameter: "Missing required field",
  redirect_uri_mismatch:
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
};

function clientOf(world: World, platform: string, form: URLSearchParams): SandboxClient | null {
  const client = world.clients.find(platform, form.get("client_id") ?? "");
  return client && client.clientSecret === form.get("client_secret") ? client : null;
}

/** `GET /debug_token`, asked with a token of the same app, or with the app's own. */
export function debugOwnToken(world: World, platform: string, userId: (handle: string) => string, appPrefix: string) {
  return (context: TokenContext): Response => {
    const query = new URL(context.req.url).searchParams;
    const header = /^(?:Bearer|OAuth) (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const asker = header ?? query.get("access_token") ?? "";
    const clientId = appOf(world, platform, asker, appPrefix);
    if (clientId === null)
      return refusedToken(world, platform, world.grants.accessToken(asker)) ?? graphErrors["no-token"]();
    const input = query.get("input_token");
    if (!input) return invalidParameter("The parameter input_token is required");
    const token = world.grants.accessToken(input);
    if (token?.grant.platform !== platform || token.grant.clientId !== clientId) {
      return Response.json({ data: { is_valid: false, error: { code: 190, message: "Invalid OAuth access token" } } });
    }
    const unix = (instant: number) => Math.floor(instant / 1000);
    const data = {
      type: "USER",
      application: "agencyiq sandbox",
      data_access_expires_at: unix(token.grant.grantedAt + hours(24 * 90)),
      expires_at: unix(token.expiresAt),
      is_valid: refusedToken(world, platform, token) === null,
      issued_at: unix(token.issuedAt),
      scopes: token.scopes,
      user_id: userId(token.grant.person),
    };
    return Response.json({ data });
  };
}

/** The app whose token asks; null: none that lives. */
function appOf(world: World, platform: string, asker: string, appPrefix: string): string | null {
  const [name = "", id = "", secret = ""] = asker.split("|");
  if (name === appPrefix) return world.clients.find(platform, id)?.clientSecret === secret ? id : null;
  return world.grants.access(platform, asker)?.grant.clientId ?? null;
}

/** What Meta's https-only dialogs refuse to be sent back to. */
export function refusesPlainRedirect(uri: string): string | null {
  if (!uri.startsWith("https://")) return "redirect URIs must be https";
  return new URL(uri).hash === "" ? null : "redirect URIs have no fragment";
}

/** Meta puts `#_` behind the address that it sends a person back to. */
export async function withFragment(answer: Response | Promise<Response>): Promise<Response> {
  const response = await answer;
  const to = response.headers.get("location");
  if (to !== null && URL.canParse(to) && !to.includes("#")) response.headers.set("location", `${to}#_`);
  return response;
}
