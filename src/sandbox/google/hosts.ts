/** What all of Google's products have in common: the page where people allow, the tokens, and who they are. */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import type { Twin, TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { googleAccount } from "./accounts.ts";
import { googleErrors, googleJson } from "./errors.ts";
import { googleOAuthRules } from "./oauth-rules.ts";
import { revoke, tokenInfo } from "./token-endpoints.ts";

/** In the words of Google's consent page. */
const common = {
  openid: "Associate you with your personal info on Google",
  email: "See your primary Google Account email address",
  profile: "See your personal info, including any personal info you've made publicly available",
};

export function googleHosts(world: World, platform: string, scopes: OAuthRules["scopes"]): Twin["hosts"] {
  const rules = googleOAuthRules(world, { platform, scopes: { ...scopes, ...common } });
  const { token } = oauthEndpoints(world, rules);
  const tokens = new Hono<{ Bindings: TwinBindings }>();
  tokens.post("/token", token);
  tokens.post("/revoke", revoke(world, platform));
  tokens.on(["GET", "POST"], "/tokeninfo", tokenInfo(world, platform));
  tokens.notFound(() => googleErrors["not-found"]());
  const accounts = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  accounts.use(pageHeaders);
  accounts.get("/o/oauth2/v2/auth", consent.show);
  accounts.post("/o/oauth2/v2/auth", consent.decide);
  return {
    "accounts.google.com": accounts,
    "oauth2.googleapis.com": tokens,
    "openidconnect.googleapis.com": identityOf(world, platform),
  };
}

/** https://developers.google.com/identity/openid-connect/openid-connect#obtainuserinfo */
function identityOf(world: World, platform: string): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.on(["GET", "POST"], "/v1/userinfo", (context) => {
    const value = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const token = value === undefined ? null : world.grants.access(platform, value);
    const person = token && personOf(world, token.grant.person);
    if (!token?.scopes.includes("openid") || !person) return googleErrors["unauthenticated-newer"]();
    const { sub, email } = googleAccount(person);
    return googleJson({
      sub,
      ...(token.scopes.includes("email") ? { email, email_verified: true } : {}),
      ...(token.scopes.includes("profile") ? { name: person.name } : {}),
    });
  });
  host.notFound(() => googleErrors["not-found"]());
  return host;
}
