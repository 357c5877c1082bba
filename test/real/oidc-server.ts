/**
 * oidc-provider on a free loopback port: an OAuth 2 and OpenID Connect server that this project did not write. Strict
 * as it comes: PKCE always, refresh tokens that work once (a second use revokes the whole grant), `iss` in every answer.
 * What a bad network or a bad server does can be ordered.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import Provider, { type ClientMetadata, type Configuration, type KoaContextWithOIDC } from "oidc-provider";

export interface OidcServerOptions {
  /** Seconds (default 3600). */
  readonly accessTokenLifetime?: number;
  /** Seconds (default 14 days). */
  readonly refreshTokenLifetime?: number;
  /** A new refresh token with every refresh (default true). */
  readonly rotate?: boolean;
  /** Every DPoP proof must carry a nonce of the server (RFC 9449 section 8; default false). */
  readonly requireDPoPNonce?: boolean;
  /** Refuses what was not pushed first (RFC 9126; default false). */
  readonly requirePushedAuthorization?: boolean;
  /** Anybody may register a client (RFC 7591; default true). */
  readonly registration?: boolean;
  /** Seconds between two polls of the device flow (default 1). */
  readonly deviceInterval?: number;
  /** Seconds until a device code is void (default 600). */
  readonly deviceCodeLifetime?: number;
  /** Seconds until an authorization code is void (default 60). */
  readonly codeLifetime?: number;
}

/** Both may redirect to any port of 127.0.0.1, [::1] and localhost, at this path. */
export const callbackPath = "/callback/oidc";
/** A native client without a secret. */
export const publicClient = { client_id: "native-client" } as const;
/** The same with a secret, sent by HTTP Basic. */
export const confidentialClient = {
  client_id: "confidential-client",
  client_secret: "a-secret-of-the-confidential-client-0123456789",
} as const;

const routes = {
  "/auth": "authorization",
  "/token": "token",
  "/me": "userinfo",
  "/token/revocation": "revocation",
  "/token/introspection": "introspection",
  "/reg": "registration",
  "/request": "pushed-authorization",
  "/device/auth": "device-authorization",
  "/jwks": "jwks",
  "/.well-known/openid-configuration": "discovery",
} as const;

/** `page`: what a person sees, the login, consent and device forms. */
export type Route = (typeof routes)[keyof typeof routes] | "page";

export interface ServedRequest {
  readonly route: Route;
  readonly method: string;
  readonly path: string;
  /** Query and form parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `grant_type`, at the token endpoint. */
  readonly grant: string | null;
  readonly headers: IncomingMessage["headers"];
  /** What was answered; null when the connection was cut. */
  readonly status: number | null;
}

export interface Where {
  readonly route: Route;
  /** A `grant_type`, for the token endpoint. */
  readonly grant?: string;
}

export type Fault =
  /** The connection is cut before the server has done anything. */
  | { readonly kind: "drop-before" }
  /** The server does its work (rotates, revokes, …) and the answer is lost. */
  | { readonly kind: "drop-after" }
  /** The server does its work; the answer comes late. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** Something in front of the server answers; the server does nothing. An object becomes JSON. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body?: string | Readonly<Record<string, unknown>>;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface OidcServer {
  readonly issuer: string;
  /** What was asked so far, oldest first. */
  requests(where?: Where): readonly ServedRequest[];
  /** The next request there (or the next `times`) meets the fault. */
  order(where: Where, fault: Fault, times?: number): void;
  /** Every `Date` header is this many seconds off. */
  skewClock(seconds: number): void;
  /** Puts another `iss` into authorization answers, or none at all: the mix-up attack of RFC 9207. */
  answerAs(issuer: string | null): void;
  /** Access tokens given from now on live this many seconds. */
  setAccessTokenLifetime(seconds: number): void;
  /** Somebody else was faster with this authorization code. */
  spendCode(code: string): Promise<void>;
  /** Ends every grant, as a person does in the settings of a service: the next refresh gets `invalid_grant`. */
  revokeGrants(): Promise<void>;
  close(): Promise<void>;
}

type Context = Parameters<Parameters<Provider["use"]>[0]>[0];

interface Behaviour {
  readonly issuer: string;
  readonly options: OidcServerOptions;
  readonly served: ServedRequest[];
  readonly orders: { readonly where: Where; readonly fault: Fault; left: number }[];
  accessTokenLifetime: number;
  skew: number;
  /** undefined: the server's own. */
  claimed: string | null | undefined;
}

export async function startOidcServer(options: OidcServerOptions = {}): Promise<OidcServer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const behaviour: Behaviour = {
    issuer,
    options,
    served: [],
    orders: [],
    accessTokenLifetime: options.accessTokenLifetime ?? 3600,
    skew: 0,
    claimed: undefined,
  };
  const provider = new Provider(issuer, configuration(behaviour));
  const grants = new Set<string>();
  provider.on("grant.success", ({ oidc }: KoaContextWithOIDC) => {
    const grantId = oidc.entities.Grant?.jti;
    if (grantId) grants.add(grantId);
  });
  provider.use((ctx, next) => serve(ctx, next, behaviour));
  server.on("request", provider.callback());
  return {
    issuer,
    requests: (where) => behaviour.served.filter((request) => !where || matches(request, where)),
    order: (where, fault, times = 1) => {
      behaviour.orders.push({ where, fault, left: times });
    },
    skewClock: (seconds) => {
      behaviour.skew = seconds;
    },
    answerAs: (other) => {
      behaviour.claimed = other;
    },
    setAccessTokenLifetime: (seconds) => {
      behaviour.accessTokenLifetime = seconds;
    },
    spendCode: async (code) => {
      const found = await provider.AuthorizationCode.find(code);
      if (!found) throw new Error("the server never gave this code");
      await found.consume();
    },
    revokeGrants: async () => {
      for (const grantId of grants) {
        await provider.AccessToken.revokeByGrantId(grantId);
        await provider.RefreshToken.revokeByGrantId(grantId);
        await provider.Grant.adapter.destroy(grantId);
      }
      grants.clear();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function configuration(behaviour: Behaviour): Configuration {
  const { options } = behaviour;
  return {
    clients: [
      client(publicClient.client_id, { token_endpoint_auth_method: "none" }),
      client(confidentialClient.client_id, {
        client_secret: confidentialClient.client_secret,
        token_endpoint_auth_method: "client_secret_basic",
      }),
    ],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "preferred_username"] },
    scopes: ["openid", "offline_access", "email", "profile"],
    // Lifetimes are in whole seconds and meant.
    clockTolerance: 0,
    cookies: { keys: ["of a test"] },
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      dPoP: {
        enabled: true,
        nonceSecret: Buffer.alloc(32, "n"),
        requireNonce: () => options.requireDPoPNonce ?? false,
      },
      introspection: { enabled: true },
      pushedAuthorizationRequests: {
        enabled: true,
        requirePushedAuthorizationRequests: options.requirePushedAuthorization ?? false,
      },
      registration: { enabled: options.registration ?? true },
      registrationManagement: { enabled: options.registration ?? true },
      resourceIndicators: { enabled: false },
      revocation: { enabled: true },
      userinfo: { enabled: true },
    },
    findAccount: (_ctx, login) => ({ accountId: login, claims: async () => claimsOf(login) }),
    pkce: { required: () => true },
    rotateRefreshToken: options.rotate ?? true,
    ttl: {
      AccessToken: () => behaviour.accessTokenLifetime,
      AuthorizationCode: options.codeLifetime ?? 60,
      DeviceCode: options.deviceCodeLifetime ?? 600,
      Grant: 30 * 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: options.refreshTokenLifetime ?? 14 * 86_400,
      Session: 86_400,
    },
  };
}

function client(id: string, more: Partial<ClientMetadata>): ClientMetadata {
  return {
    client_id: id,
    application_type: "native",
    redirect_uris: ["127.0.0.1", "[::1]", "localhost"].map((host) => `http://${host}${callbackPath}`),
    grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
    response_types: ["code"],
    ...more,
  };
}

/** Whoever logs in exists: `alice` is Alice. */
function claimsOf(login: string) {
  return {
    sub: login,
    name: login.charAt(0).toUpperCase() + login.slice(1),
    preferred_username: login,
    email: `${login}@example.com`,
    email_verified: true,
  };
}

async function serve(ctx: Context, next: () => Promise<void>, behaviour: Behaviour): Promise<void> {
  const body = await text(ctx.req);
  // oidc-provider takes a body that was read before it from here.
  (ctx.req as IncomingMessage & { body?: string }).body = body;
  const request = describe(ctx, body);
  const fault = takeOrder(behaviour, request);
  if (fault?.kind === "answer") {
    ctx.status = fault.status;
    ctx.set(fault.headers ?? {});
    ctx.body = fault.body ?? "";
  } else if (fault?.kind !== "drop-before") {
    await next();
    if (fault?.kind === "late") await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
    adjust(ctx, request.route, behaviour);
  }
  const dropped = fault?.kind === "drop-before" || fault?.kind === "drop-after";
  behaviour.served.push({ ...request, status: dropped ? null : ctx.status });
  if (!dropped) return;
  ctx.respond = false;
  ctx.req.socket.destroy();
}

function describe(ctx: Context, body: string): Omit<ServedRequest, "status"> {
  const form = ctx.is("application/x-www-form-urlencoded") ? new URLSearchParams(body) : [];
  const parameters = Object.fromEntries([...new URLSearchParams(ctx.querystring), ...form]);
  const known = Object.entries(routes).find(([path]) => path === ctx.path);
  return {
    route: known?.[1] ?? "page",
    method: ctx.method,
    path: ctx.path,
    parameters,
    grant: parameters["grant_type"] ?? null,
    headers: ctx.headers,
  };
}

function matches({ route, grant }: Pick<ServedRequest, "route" | "grant">, where: Where): boolean {
  return route === where.route && (where.grant === undefined || where.grant === grant);
}

function takeOrder({ orders }: Behaviour, request: Pick<ServedRequest, "route" | "grant">): Fault | null {
  const order = orders.find(({ where, left }) => left > 0 && matches(request, where));
  if (!order) return null;
  order.left -= 1;
  return order.fault;
}

function adjust(ctx: Context, route: Route, { skew, claimed, issuer, options }: Behaviour): void {
  if (skew !== 0) ctx.set("date", new Date(Date.now() + skew * 1000).toUTCString());
  const { body } = ctx as { body: unknown };
  if (route === "device-authorization" && ctx.status === 200 && typeof body === "object" && body !== null) {
    ctx.body = { ...body, interval: options.deviceInterval ?? 1 };
  }
  const location = ctx.response.get("location");
  if (claimed === undefined || !URL.canParse(location) || new URL(location).origin === issuer) return;
  const answer = new URL(location);
  answer.searchParams.delete("iss");
  if (claimed !== null) answer.searchParams.set("iss", claimed);
  ctx.set("location", answer.href);
}
