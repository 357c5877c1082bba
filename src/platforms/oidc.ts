// Any OpenID Connect or OAuth 2 server: https://openid.net/specs/openid-connect-discovery-1_0.html, RFC 8414
import { Failure } from "../domain/failure.ts";
import { type Api, definePlatform, type Identity } from "./platform.ts";

/** The claims of OpenID Connect Core section 5.1 that name a person, in the order people would choose. */
const handleClaims = ["preferred_username", "nickname", "email", "sub"] as const;

async function userinfo(api: Api): Promise<Record<string, unknown>> {
  const { userinfo: endpoint, issuer } = api.endpoints;
  if (!endpoint) {
    throw new Failure("platform_cannot", `${issuer ?? "the server"} has no userinfo endpoint to ask who this is`, {
      hint: "give the account a name with --as NAME",
    });
  }
  const claims = await api.get(endpoint);
  return typeof claims === "object" && claims !== null ? (claims as Record<string, unknown>) : {};
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

export function identityOf(claims: Record<string, unknown>): Identity {
  const externalId = text(claims["sub"]);
  if (externalId === null) throw new Failure("protocol", "the userinfo answer has no sub");
  const handle = handleClaims.map((claim) => text(claims[claim])).find((value) => value !== null) ?? externalId;
  return { externalId, handle, name: text(claims["name"]), url: text(claims["profile"]) };
}

export const oidc = definePlatform({
  id: "oidc",
  name: "OpenID Connect / OAuth 2",
  site: "https://openid.net",
  documentation: "https://openid.net/specs/openid-connect-core-1_0.html",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: "discovery",
      pkce: "S256",
      clientAuthentication: "client_secret_basic",
      scopes: ["openid", "profile", "email", "offline_access"],
      // Core section 11: offline access is granted only when consent is asked for.
      authorizeParameters: { prompt: "consent" },
      redirect: { loopbackPort: "any", host: "127.0.0.1" },
    },
  ],
  tokens: { defaultLifetime: null, reuse: { kind: "unknown" } },
  limits: {},
  failures: [
    { status: 401, is: "reauth" },
    { status: 403, code: "insufficient_scope", is: "scope" },
    { status: 403, is: "permission" },
    { status: 429, is: "rate_limited" },
  ],
  setup: [
    {
      title: "Register a client",
      text: "At the server, register a native (public) client with the redirect URI below, or let agencyiq register itself where the server offers dynamic registration (RFC 7591).",
    },
  ],
  identify: async (api) => [identityOf(await userinfo(api))],
  check: async (api) => {
    const identity = identityOf(await userinfo(api));
    return `userinfo answers for ${identity.handle}`;
  },
});
