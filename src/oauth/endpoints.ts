import type { OAuth2Endpoints, OAuth2Method } from "../platforms/platform.ts";

/** The endpoints in force: a server's own metadata (RFC 8414 names) where there is some, else the platform's page. */
export function endpointsInForce(
  method: OAuth2Method,
  metadata: Readonly<Record<string, unknown>> | null,
): OAuth2Endpoints {
  if (metadata === null) {
    if (method.endpoints === "discovery") throw new TypeError("a server that is discovered needs metadata");
    return method.endpoints;
  }
  const text = (name: string) => (typeof metadata[name] === "string" ? metadata[name] : undefined);
  const optional = {
    revoke: text("revocation_endpoint"),
    userinfo: text("userinfo_endpoint"),
    deviceAuthorization: text("device_authorization_endpoint"),
    issuer: text("issuer"),
  };
  return {
    authorize: text("authorization_endpoint") ?? "",
    token: text("token_endpoint") ?? "",
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}
