/**
 * One access token for another: `GET …?grant_type=…&<parameter>=<access token>`, as Meta's platforms have it
 * (https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived).
 */
import { seconds } from "../../domain/time.ts";
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import { showsSecret } from "./client-authentication.ts";
import type { AccessToken } from "./grants.ts";
import type { IssuedTokens, OAuthRules } from "./rules.ts";
import { OAuthRefusal, required } from "./token-call.ts";
import { expiresIn } from "./token-endpoint.ts";

export interface ExchangeRules {
  readonly grantType: string;
  readonly tokenParameter: string;
  /** What goes along of the app. */
  readonly with: "client" | "secret" | "nothing";
  /** `short`: what a code brought; `long`: what an exchange brought. */
  readonly takes: "short" | "long" | "any";
  /** Of what it brings, in seconds. */
  readonly lifetime: number;
  /** A younger token is refused (seconds). */
  readonly minimumAge?: number;
  /** A long-lived token younger than this is given back as it is (seconds). */
  readonly extendsAfter?: number;
  /** The token must have it. */
  readonly scope?: string;
}

/** @throws OAuthRefusal */
export function answerExchange(world: World, rules: OAuthRules, query: URLSearchParams): IssuedTokens {
  const grantType = required(query, "grant_type");
  const exchange = rules.exchanges?.find((known) => known.grantType === grantType);
  if (!exchange) throw new OAuthRefusal("unsupported_grant_type");
  const presented = world.grants.access(rules.platform, required(query, exchange.tokenParameter));
  authenticate(world, rules, exchange, query, presented);
  if (!presented) throw new OAuthRefusal("invalid_access_token");
  const age = world.clock.now() - presented.issuedAt;
  const kind = presented.longLived ? "long" : "short";
  if (exchange.takes !== "any" && exchange.takes !== kind) throw new OAuthRefusal("not_exchangeable");
  if (exchange.scope !== undefined && !presented.scopes.includes(exchange.scope)) {
    throw new OAuthRefusal("not_exchangeable", exchange.scope);
  }
  if (age < seconds(exchange.minimumAge ?? 0)) throw new OAuthRefusal("token_too_young");
  const same = presented.longLived && age < seconds(exchange.extendsAfter ?? 0);
  const token = same ? presented : world.grants.issueAccess(presented.grant, presented.scopes, exchange.lifetime, true);
  return {
    grantType: "exchange",
    grant: token.grant,
    token_type: rules.tokenType,
    expires_in: expiresIn(world, token),
    access_token: token.value,
    scope: token.scopes.join(rules.replyScopeSeparator ?? " "),
  };
}

/** The app is told from what it says, or from the token that it presents. */
function authenticate(
  world: World,
  rules: OAuthRules,
  exchange: ExchangeRules,
  query: URLSearchParams,
  presented: AccessToken | null,
): void {
  if (exchange.with === "nothing") return;
  const named = exchange.with === "client" ? required(query, rules.clientIdParameter ?? "client_id") : null;
  const secret = required(query, "client_secret");
  const clientId = named ?? presented?.grant.clientId;
  if (clientId === undefined) throw new OAuthRefusal("invalid_access_token");
  const client: SandboxClient | null = world.clients.find(rules.platform, clientId);
  if (!client || !showsSecret(client, secret)) throw new OAuthRefusal("client_authentication");
  if (presented && presented.grant.clientId !== client.clientId) throw new OAuthRefusal("foreign_token");
}
