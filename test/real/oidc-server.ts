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
import { type Grace, RefreshFamilies } from "./refresh-families.ts";

export interface OidcServerOptions {
  /** Seconds (default 3600). */
  readonly accessTokenLifetime?: number;
  /** Seconds (default 14 days). */
  readonly refreshTokenLifetime?: number;
  /** Seconds (default 3600). */
  readonly idTokenLifetime?: number;
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
  /** A refresh token may be used again for a while (default: a second use revokes the whole grant at once). */
  readonly grace?: Grace;
  /** Keep what was asked, for `requests` (default true). */
  readonly record?: boolean;
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
  readonly which?: (request: Asked) => boolean;
}

export type Asked = Omit<ServedRequest, "status">;

export type Fault =
  /** The connection is cut before the server has done anything. */
  | { readonly kind: "drop-before" }
  /** The server does its work (rotates, revokes, …) and the answer is lost. */
  | { readonly kind: "drop-after" }
  /** The server does its work; the answer comes late. */
  | { readonly kind: "late"; readonly milliseconds: number }
  /** The server waits until `release` is done: before it does its work, or before it answers. */
  | { readonly kind: "hold-before" | "hold-after"; readonly release: (request: Asked) => Promise<void> }
  /** Something in front of the server answers; the server does nothing. An object becomes JSON. */
  | {
      /** `answer-after`: the server did its work, though. */
      readonly kind: "answer" | "answer-after";
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
  /** What became of every refresh token. */
  readonly families: RefreshFamilies;
  /** A grant to the public client, as if `login` had just consented. */
  grantTo(login: string, family: { label: string; grace: Grace | null }): Promise<Granted>;
  /** Ends every grant, as a person does in the settings of a service: the next refresh gets `invalid_grant`. */
  revokeGrants(): Promise<void>;
  close(): Promise<void>;
}

export interface Granted {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly scope: string;
  /** Seconds. */
  readonly expiresIn: number;
}

type Context = Parameters<Parameters<Provider["use"]>[0]>[0];

interface Behaviour {
  readonly issuer: string;
  readonly options: OidcServerOptions;
  readonly served: ServedRequest[];
  readonly orders: { readonly where: Where; readonly fault: Fault; left: number }[];
  readonly families: RefreshFamilies;
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
    families: new RefreshFamilies(options.grace ?? null),
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
    families: behaviour.families,
    grantTo: (login, family) => grantTo(provider, login, { ...behaviour, ...family }),
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

const scope = "openid profile email offline_access";

async function grantTo(
  provider: Provider,
  login: string,
  { families, accessTokenLifetime, label, grace }: Behaviour & { label: string; grace: Grace | null },
): Promise<Granted> {
  const client = await provider.Client.find(publicClient.client_id);
  if (!client) throw new Error("the public client is gone");
  const grant = new provider.Grant({ accountId: login, clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  families.found(grantId, { login, label, grace });
  const given = { accountId: login, client, grantId, scope, gty: "authorization_code", expiresWithSession: false };
  const refresh = { ...given, authTime: Math.floor(Date.now() / 1000), claims: {}, rotations: 0 };
  return {
    accessToken: await new provider.AccessToken(given).save(),
    refreshToken: await new provider.RefreshToken(refresh).save(),
    scope,
    expiresIn: accessTokenLifetime,
  };
}

function configuration(behaviour: Behaviour): Configuration {
  const { options } = behaviour;
  return {
    adapter: behaviour.families.store.adapter,
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
      IdToken: options.idTokenLifetime ?? 3600,
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
  if (fault?.kind === "hold-before") await fault.release(request);
  if (fault?.kind !== "answer" && fault?.kind !== "drop-before") await work(ctx, next, request, behaviour);
  if (fault?.kind === "hold-after") await fault.release(request);
  if (fault?.kind === "late") await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
  if (fault?.kind === "answer" || fault?.kind === "answer-after") {
    ctx.status = fault.status;
    ctx.set(fault.headers ?? {});
    ctx.body = fault.body ?? "";
  }
  const dropped = fault?.kind === "drop-before" || fault?.kind === "drop-after";
  if (behaviour.options.record ?? true) behaviour.served.push({ ...request, status: dropped ? null : ctx.status });
  if (!dropped) return;
  ctx.respond = false;
  ctx.req.socket.destroy();
}

/** What the server itself does with a request. */
async function work(ctx: Context, next: () => Promise<void>, request: Asked, behaviour: Behaviour): Promise<void> {
  const token = request.grant === "refresh_token" ? request.parameters["refresh_token"] : undefined;
  if (token === undefined) {
    await next();
    return adjust(ctx, request.route, behaviour);
  }
  const { families } = behaviour;
  const { socket } = ctx.req;
  ctx.res.once("close", () => families.ended(token, socket));
  const again = await families.present(token, socket);
  if (again === null) await next();
  else ctx.body = again;
  families.answered(token, ctx.status, ctx.body);
  adjust(ctx, request.route, behaviour);
}

function describe(ctx: Context, body: string): Asked {
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

function matches(request: Asked, where: Where): boolean {
  if (request.route !== where.route || (where.grant !== undefined && where.grant !== request.grant)) return false;
  return where.which?.(request) ?? true;
}

function takeOrder({ orders }: Behaviour, request: Asked): Fault | null {
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
