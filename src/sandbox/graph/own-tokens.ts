/**
 * The tokens of Instagram Login and of Threads, which work alike: a code brings one for an hour, which is exchanged for one of 60
 * days, which renews itself from its second day on. https://developers.facebook.com/docs/threads/get-started/long-lived-tokens and
 * https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
 */
import type { Context } from "hono";
import { hours } from "../../domain/time.ts";
import { lifetimes, type OAuthRules, type RefusalReason, standardRefusals } from "../oauth/rules.ts";
import type { World } from "../world.ts";
import { refusedToken } from "./access.ts";
import { graphErrors, invalidParameter } from "./errors.ts";

const hour = 3600;
const sixtyDays = 5_183_944;

export interface OwnTokens {
  /** `th` or `ig`: as the grant types begin. */
  readonly prefix: string;
  /** Without which a token cannot be renewed. */
  readonly basicScope: string;
  /** What the answer to a code is, beside or around the token. */
  readonly reply: (token: {
    readonly access_token: string;
    readonly scopes: string;
    readonly person: string;
  }) => unknown;
}

type Common = Omit<OAuthRules, "platform" | "name" | "scopes">;

export function ownTokenRules(world: World, { prefix, basicScope, reply }: OwnTokens): Common {
  const lifetime = world.wanted.accessTokenLifetime ?? sixtyDays;
  return {
    refreshScope: null,
    refreshable: () => false,
    pkce: "ignored",
    pkceMethods: ["S256"],
    scopeSeparator: ",",
    replyScopeSeparator: ",",
    redirectFragment: "#_",
    redirectErrors: {
      denied: {
        error: "access_denied",
        error_reason: "user_denied",
        error_description: "The user denied your request.",
      },
    },
    stateMaximum: 1000,
    confidentialClients: "post",
    codeLifetime: hour,
    codeTokenLifetime: Math.min(hour, lifetime),
    ...lifetimes(world, { accessTokenLifetime: sixtyDays, refreshTokenLifetime: 0, refreshGrace: 0 }),
    exchanges: [
      {
        grantType: `${prefix}_exchange_token`,
        tokenParameter: "access_token",
        with: "secret",
        takes: "short",
        lifetime,
      },
      {
        grantType: `${prefix}_refresh_token`,
        tokenParameter: "access_token",
        with: "nothing",
        takes: "long",
        minimumAge: 86_400,
        scope: basicScope,
        lifetime,
      },
    ],
    tokenReply: ({ grantType, grant, access_token, scope, expires_in }) =>
      grantType === "authorization_code"
        ? reply({ access_token, scopes: scope, person: grant.person })
        : { access_token, token_type: "bearer", expires_in },
    refusalBody: ({ reason, description }) =>
      exchangeRefusals.includes(reason) ? graphBody(reason, description) : loginBody(description),
    tokenType: "bearer",
    refusals: { ...standardRefusals, ...words },
    revoked: {},
  };
}

const refusal = (description: string) => ({ status: 400, error: "invalid", description: () => description });

const words = {
  client_authentication: refusal("Invalid platform app: client_id or client_secret"),
  invalid_code: refusal("Matching code was not found or was already used"),
  redirect_uri_mismatch: refusal(
    "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request",
  ),
  invalid_access_token: refusal("Error validating access token: Session has expired"),
  token_too_young: refusal("The access token must be at least 24 hours old"),
  not_exchangeable: refusal("Session key invalid: this token cannot be exchanged"),
};

/** Those of the Graph; the others are of the login, which has a shape of its own. */
const exchangeRefusals: readonly RefusalReason[] = ["invalid_access_token", "token_too_young", "not_exchangeable"];

function graphBody(reason: RefusalReason, message: string): unknown {
  const dead = reason === "invalid_access_token" ? { code: 190, error_subcode: 463 } : { code: 100 };
  return { error: { message, type: "OAuthException", ...dead, fbtrace_id: "AsandboxTrace0000000000" } };
}

/** As both documents show it. */
const loginBody = (error_message: string): unknown => ({ error_type: "OAuthException", code: 400, error_message });

type TokenContext = Context;

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
