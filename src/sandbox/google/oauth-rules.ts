// https://developers.google.com/identity/protocols/oauth2/native-app, and oauth2#expiration
import type { Grant } from "../oauth/grants.ts";
import { anyLoopback } from "../oauth/redirect-uris.ts";
import { lifetimes, type OAuthRules, type Refusals, standardRefusals } from "../oauth/rules.ts";
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import { googleAccount } from "./accounts.ts";

const week = 604_799;

const grant = (description: string) => ({ status: 400, error: "invalid_grant", description: () => description });

const refusals: Refusals = {
  ...standardRefusals,
  missing_parameter: {
    status: 400,
    error: "invalid_request",
    description: (name) => `Missing required parameter: ${name}`,
  },
  client_authentication: { status: 401, error: "invalid_client", description: () => "The OAuth client was not found." },
  unsupported_grant_type: {
    status: 400,
    error: "unsupported_grant_type",
    description: (type) => `Invalid grant_type: ${type}`,
  },
  invalid_code: grant("Malformed auth code."),
  redirect_uri_mismatch: { status: 400, error: "redirect_uri_mismatch", description: () => "Bad Request" },
  code_verifier_mismatch: grant("Invalid code verifier."),
  invalid_refresh_token: grant("Token has been expired or revoked."),
  foreign_token: { status: 401, error: "unauthorized_client", description: () => "Unauthorized" },
};

/** The same for every product of Google's but for its scopes. */
export function googleOAuthRules(world: World, product: Pick<OAuthRules, "platform" | "scopes">): OAuthRules {
  // Six months for one that is not used.
  const usual = lifetimes(world, { accessTokenLifetime: 3599, refreshTokenLifetime: 15_552_000, refreshGrace: 0 });
  const isTesting = ({ testing = false }: Pick<SandboxClient, "testing">) => testing;
  return {
    ...product,
    ...usual,
    name: "Google",
    refreshScope: null,
    pkceMethods: ["S256", "plain"],
    stateMaximum: 2000,
    confidentialClients: "post",
    // Of a Desktop client nothing is registered.
    redirectUris: anyLoopback,
    codeLifetime: 300,
    // To those who ask for offline access; who allowed the app before is asked again only where `prompt` says so.
    refreshable: ({ parameters }, before) =>
      parameters["access_type"] === "offline" && (!before || parameters["prompt"] === "consent"),
    refreshLifetimeOf: (client) => (isTesting(client) ? week : usual.refreshTokenLifetime),
    refreshRotation: "kept",
    tokenReply: ({ grantType, grant, refreshExpiresIn, refresh_token, ...reply }) => {
      const { access_token, expires_in, scope, token_type } = reply;
      const client = world.clients.find(product.platform, grant.clientId);
      // A refresh brings none: the one presented goes on.
      const first = grantType === "authorization_code" && refresh_token !== undefined;
      const told = client && isTesting(client) ? { refresh_token_expires_in: refreshExpiresIn } : {};
      const id = grant.scopes.includes("openid") ? { id_token: idToken(world, grant) } : {};
      return { access_token, expires_in, ...(first ? { refresh_token, ...told } : {}), scope, token_type, ...id };
    },
    tokenType: "Bearer",
    refusals,
    revoked: {},
  };
}

/** Nothing checks its signature here, so it has none. */
function idToken(world: World, { clientId, person, scopes }: Grant): string {
  const now = Math.floor(world.clock.now() / 1000);
  const { sub, email } = googleAccount({ handle: person });
  const claims = {
    iss: "https://accounts.google.com",
    azp: clientId,
    aud: clientId,
    sub,
    ...(scopes.includes("email") ? { email, email_verified: true } : {}),
    iat: now,
    exp: now + 3600,
  };
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256", typ: "JWT", kid: "sandbox" })}.${part(claims)}.c2FuZGJveA`;
}

/** Google wants https, but for this machine. */
export function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname, hash } = new URL(uri);
  if (hash !== "") return "a fragment is not allowed";
  const local = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return protocol === "https:" || (protocol === "http:" && local) ? null : "it must use https";
}
