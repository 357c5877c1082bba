import * as oauth from "oauth4webapi";
import type { Http } from "../domain/ports/http.ts";
import type { Clock } from "../domain/ports/machine.ts";
import type { ClientAuthentication, OAuth2Method } from "../platforms/platform.ts";
import { type DPoPKey, importDPoPKey } from "./dpop.ts";
import { endpointsInForce } from "./endpoints.ts";
import { isLoopbackUrl, type Transport, transportOver } from "./transport.ts";

/** Who talks to whom: everything a protocol step needs, gathered once per step. */
export interface Party {
  /** What is this platform's own in the protocol: PKCE, parameter names, separators. */
  readonly method: OAuth2Method;
  readonly server: oauth.AuthorizationServer;
  /** The issuer is the server's own word, not one we made up to please the protocol library. */
  readonly issuerKnown: boolean;
  readonly client: oauth.Client;
  readonly authentication: oauth.ClientAuth;
  readonly transport: Transport;
  readonly options: RequestOptions;
  readonly clock: Clock;
}

export interface RequestOptions {
  readonly [oauth.customFetch]: Transport["fetch"];
  readonly [oauth.allowInsecureRequests]: boolean;
  readonly DPoP?: oauth.DPoPHandle;
}

export interface PartyInput {
  readonly method: OAuth2Method;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly dpopKey: DPoPKey | null;
  /** Server clock minus ours, as last measured (milliseconds): for the times in proofs and id tokens. */
  readonly clockSkew: number;
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** `TokenRules.readReply` of the platform; the method's own rules win. */
  readonly readReply?: ((body: unknown) => unknown) | undefined;
}

/** @throws TypeError for metadata without a usable issuer or endpoint */
export async function createParty(input: PartyInput): Promise<Party> {
  const server = serverOf(input.method, input.metadata);
  const skewSeconds = Math.round(input.clockSkew / 1000);
  const client: oauth.Client = {
    client_id: input.clientId,
    [oauth.clockSkew]: skewSeconds,
    [oauth.clockTolerance]: 30,
  };
  const { tokens, clientIdParameter } = input.method;
  const read = tokens ? tokens.readReply : input.readReply;
  const transport = transportOver(input.http, () => input.clock.now(), {
    signal: input.signal,
    replies: read && {
      endpoints: [server.token_endpoint, server.device_authorization_endpoint, server.revocation_endpoint],
      read,
    },
    clientIdParameter,
  });
  const handle = input.dpopKey === null ? null : oauth.DPoP(client, await importDPoPKey(input.dpopKey));
  return {
    method: input.method,
    server,
    issuerKnown: endpointsInForce(input.method, input.metadata).issuer !== undefined,
    client,
    authentication: authenticationOf(input.method, server, input.clientSecret),
    transport,
    options: {
      [oauth.customFetch]: transport.fetch,
      [oauth.allowInsecureRequests]: isLoopbackUrl(server.token_endpoint ?? server.issuer),
      ...(handle ? { DPoP: handle } : {}),
    },
    clock: input.clock,
  };
}

/** RFC 8414 metadata: discovered or given where there is some, else made from the platform's page. */
function serverOf(method: OAuth2Method, metadata: Readonly<Record<string, unknown>> | null): oauth.AuthorizationServer {
  if (metadata) return metadata as unknown as oauth.AuthorizationServer;
  const endpoints = endpointsInForce(method, null);
  return {
    issuer: endpoints.issuer ?? new URL(endpoints.authorize).origin,
    authorization_endpoint: endpoints.authorize,
    token_endpoint: endpoints.token,
    ...(endpoints.revoke ? { revocation_endpoint: endpoints.revoke } : {}),
    ...(endpoints.deviceAuthorization ? { device_authorization_endpoint: endpoints.deviceAuthorization } : {}),
    ...(endpoints.userinfo ? { userinfo_endpoint: endpoints.userinfo } : {}),
  };
}

const byName: Record<ClientAuthentication, (secret: string) => oauth.ClientAuth> = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
  none: () => oauth.None(),
};

/** One authentication method per request (RFC 6749 section 2.3); what the server lists wins over the platform's habit. */
function authenticationOf(
  method: OAuth2Method,
  server: oauth.AuthorizationServer,
  clientSecret: string | null,
): oauth.ClientAuth {
  if (clientSecret === null) return method.publicClient === "basic" ? plainBasic("") : oauth.None();
  const offered = server.token_endpoint_auth_methods_supported as readonly string[] | undefined;
  const other: ClientAuthentication =
    method.clientAuthentication === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
  const isSwitched = method.clientAuthentication !== "none";
  const useOther = isSwitched && offered && !offered.includes(method.clientAuthentication) && offered.includes(other);
  const chosen = useOther ? other : method.clientAuthentication;
  const plain = chosen === "client_secret_basic" && method.basicCredentials === "plain";
  return plain ? plainBasic(clientSecret) : byName[chosen](clientSecret);
}

/** RFC 7617, for servers that decode nothing: ids may hold `-` and `_`, which form-encoding would change. */
function plainBasic(password: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    const pair = new TextEncoder().encode(`${client.client_id}:${password}`);
    headers.set("authorization", `Basic ${btoa(String.fromCharCode(...pair))}`);
  };
}
