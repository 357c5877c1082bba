/** The authorization server of Bluesky's servers: pushed requests, proofs, and no registration. https://atproto.com/specs/oauth */
import { createHash } from "node:crypto";
import { Hono } from "hono";
import { days, type Instant, minutes, seconds } from "../../domain/time.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { lifetimes, type OAuthRules, standardRefusals } from "../oauth/rules.ts";
import type { Person } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import { consentPage } from "../pages/consent-page.ts";
import { problemPage } from "../pages/problem-page.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { oauthError } from "./errors.ts";
import { didOf, personNamed } from "./people.ts";
import { nonceOf, type Proven, proofOf } from "./proof.ts";

export const issuer = "https://bsky.social";
const server = "bsky.social";

const scopes: Readonly<Record<string, string>> = {
  atproto: "Know who you are",
  "transition:generic": "Do what an app password can: post, upload, follow",
  "transition:email": "Read your e-mail address",
  "transition:chat.bsky": "Read and write your chats",
};

interface Pushed {
  readonly parameters: Readonly<Record<string, string>>;
  readonly thumbprint: string;
  readonly expiresAt: Instant;
}

interface Bound {
  readonly person: Person;
  readonly clientId: string;
  readonly thumbprint: string;
  readonly scope: string;
  /** The session ends then, whatever is refreshed. */
  readonly sessionEnd: Instant;
  readonly session: string;
  readonly expiresAt: Instant;
}

interface BoundRefresh extends Bound {
  spent: boolean;
}

const pushedOf = (world: World) => world.shelves.of<Pushed>("bluesky pushed requests");
export const boundOf = (world: World) => world.shelves.of<Bound>("bluesky bound tokens");
const refreshOf = (world: World) => world.shelves.of<BoundRefresh>("bluesky bound refresh tokens");
const keysOf = (world: World) => world.shelves.of<string>("bluesky keys of requests");

function rulesFor(world: World): OAuthRules {
  return {
    platform: "bluesky",
    name: "Bluesky",
    scopes,
    refreshScope: null,
    pkceMethods: ["S256"],
    stateMaximum: 500,
    confidentialClients: "post",
    codeLifetime: 60,
    ...lifetimes(world, { accessTokenLifetime: 3600, refreshTokenLifetime: days(14) / 1000, refreshGrace: 0 }),
    tokenType: "DPoP",
    refusals: standardRefusals,
    revoked: {},
    redirectParameters: () => ({ iss: issuer }),
    redirectErrors: {
      denied: { error: "access_denied", error_description: "The user rejected the request", iss: issuer },
    },
  };
}

const metadata = {
  issuer,
  scopes_supported: Object.keys(scopes),
  response_types_supported: ["code"],
  response_modes_supported: ["query", "fragment", "form_post"],
  grant_types_supported: ["authorization_code", "refresh_token"],
  code_challenge_methods_supported: ["S256"],
  authorization_response_iss_parameter_supported: true,
  authorization_endpoint: `${issuer}/oauth/authorize`,
  token_endpoint: `${issuer}/oauth/token`,
  token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  revocation_endpoint: `${issuer}/oauth/revoke`,
  pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
  require_pushed_authorization_requests: true,
  dpop_signing_alg_values_supported: ["ES256"],
  client_id_metadata_document_supported: true,
};

/** What a client without a place of its own says in its id; null: it is none. */
function loopbackClient(clientId: string): { redirectUris: readonly string[]; scope: string } | null {
  const url = URL.canParse(clientId) ? new URL(clientId) : null;
  if (url?.origin !== "http://localhost" || url.pathname !== "/" || url.port !== "") return null;
  const given = url.searchParams.getAll("redirect_uri");
  const redirectUris = given.length > 0 ? given : ["http://127.0.0.1/", "http://[::1]/"];
  return { redirectUris, scope: url.searchParams.get("scope") ?? "atproto" };
}

/** The port may be any; `localhost` is refused. */
function isRegistered(redirectUris: readonly string[], wanted: string): boolean {
  const bare = (text: string) => {
    const url = new URL(text);
    url.port = "";
    return url.href;
  };
  if (!URL.canParse(wanted) || !["127.0.0.1", "[::1]"].includes(new URL(wanted).hostname)) return false;
  return redirectUris.some((uri) => URL.canParse(uri) && bare(uri) === bare(wanted));
}

function refusalOf(world: World, parameters: Readonly<Record<string, string>>): Response | null {
  const { client_id: id = "", redirect_uri: uri = "", scope = "", login_hint: hint } = parameters;
  const client = loopbackClient(id);
  if (!client) return oauthError(400, "invalid_client_metadata", "Unable to obtain client metadata");
  if (!isRegistered(client.redirectUris, uri)) return oauthError(400, "invalid_request", `Invalid redirect_uri ${uri}`);
  if (parameters["response_type"] !== "code") return oauthError(400, "unsupported_response_type", "Only code");
  if (parameters["code_challenge_method"] !== "S256" || !/^[\w-]{43}$/.test(parameters["code_challenge"] ?? "")) {
    return oauthError(400, "invalid_request", "code_challenge is required");
  }
  const asked = scope.split(" ");
  if (!asked.includes("atproto")) return oauthError(400, "invalid_scope", 'The "atproto" scope is required');
  const allowed = client.scope.split(" ");
  const foreign = asked.find((one) => !allowed.includes(one) || !Object.hasOwn(scopes, one));
  if (foreign !== undefined)
    return oauthError(400, "invalid_scope", `Scope "${foreign}" is not declared in the client metadata`);
  if (hint !== undefined && !personNamed(world, hint))
    return oauthError(400, "invalid_request", `Invalid login_hint "${hint}"`);
  return null;
}

export function authorizationServer(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const rules = rulesFor(world);
  site.get("/.well-known/oauth-authorization-server", (context) => context.json(metadata));
  site.post("/oauth/par", (context) => withProof(world, context.req.raw, (proven, form) => par(world, proven, form)));
  site.post("/oauth/token", (context) =>
    withProof(world, context.req.raw, (proven, form) => token(world, proven, form)),
  );
  site.post("/oauth/revoke", async (context) => {
    const form = Object.fromEntries(new URLSearchParams(await context.req.text()));
    endSession(world, (refreshOf(world).get(form["token"] ?? "") ?? boundOf(world).get(form["token"] ?? ""))?.session);
    return context.json({});
  });
  site.use("/oauth/authorize", pageHeaders);
  site.get("/oauth/authorize", (context) => {
    const { client_id: clientId = "", request_uri: uri = "" } = context.req.query();
    const pushed = pushedOf(world).get(uri);
    if (!pushed || pushed.expiresAt <= world.clock.now() || pushed.parameters["client_id"] !== clientId) {
      const text = "This request has expired, was used, or was never pushed.";
      return context.html(problemPage({ title: "Unknown request_uri", text }), 400);
    }
    pushedOf(world).delete(uri);
    const { parameters } = pushed;
    const asked = (parameters["scope"] ?? "").split(" ");
    const requestId = world.grants.pend({
      platform: "bluesky",
      clientId,
      redirectUri: parameters["redirect_uri"] ?? "",
      scopes: asked,
      state: parameters["state"] ?? "",
      challenge: { method: "S256", value: parameters["code_challenge"] ?? "" },
      parameters,
    });
    keysOf(world).set(parameters["code_challenge"] ?? "", pushed.thumbprint);
    return context.html(
      consentPage({
        platformName: "Bluesky",
        app: "an app on this machine",
        abilities: asked.map((code) => ({ text: scopes[code] ?? code, code })),
        people: world.people,
        requestId,
        afterwards: `Then you go back to ${parameters["redirect_uri"]}`,
      }),
    );
  });
  site.post("/oauth/authorize", consentHandlers(world, rules).decide);
  site.notFound((context) =>
    context.html(problemPage({ title: "Not found", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

type Form = Readonly<Record<string, string>>;

async function withProof(
  world: World,
  request: Request,
  answer: (proven: Proven, form: Form) => Response,
): Promise<Response> {
  const nonce = { "dpop-nonce": nonceOf(world, server) };
  const proven = await proofOf(world, server, request, null);
  if (proven === "use_dpop_nonce") {
    return oauthError(400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof", nonce);
  }
  if (typeof proven === "string") return oauthError(400, "invalid_dpop_proof", proven, nonce);
  const form = Object.fromEntries(new URLSearchParams(await request.text()));
  const response = answer(proven, form);
  response.headers.set("dpop-nonce", nonce["dpop-nonce"]);
  return response;
}

function par(world: World, { thumbprint }: Proven, parameters: Form): Response {
  const refusal = refusalOf(world, parameters);
  if (refusal) return refusal;
  const uri = `urn:ietf:params:oauth:request_uri:req-${world.random.uuid()}`;
  pushedOf(world).set(uri, { parameters, thumbprint, expiresAt: world.clock.now() + minutes(5) });
  return Response.json({ request_uri: uri, expires_in: 299 }, { status: 201 });
}

function token(world: World, proven: Proven, form: Form): Response {
  if (form["grant_type"] === "authorization_code") return byCode(world, proven, form);
  if (form["grant_type"] === "refresh_token") return byRefreshToken(world, proven, form);
  return oauthError(400, "unsupported_grant_type", `Grant type "${form["grant_type"]}" is not supported`);
}

function byCode(world: World, { thumbprint }: Proven, form: Form): Response {
  const code = world.grants.code(form["code"] ?? "");
  const refused = (why: string) => oauthError(400, "invalid_grant", why);
  if (code?.request.platform !== "bluesky" || world.grants.isExpired(code)) return refused("Invalid code");
  if (code.grant) {
    endSession(world, code.grant.id);
    return refused("Code replayed");
  }
  const grant = world.grants.redeem(code);
  const { request } = code;
  const challenge = createHash("sha256")
    .update(form["code_verifier"] ?? "")
    .digest("base64url");
  if (request.clientId !== form["client_id"]) return refused("The code was issued to another client");
  if (request.redirectUri !== form["redirect_uri"]) return refused("The redirect_uri does not match");
  if (request.challenge?.value !== challenge) return refused("Invalid code_verifier");
  if (keysOf(world).get(challenge) !== thumbprint) return refused("DPoP proof does not match the expected JKT");
  const person = personOf(world, code.person);
  if (!person) return refused("Invalid code");
  const sessionEnd = world.clock.now() + days(14);
  const common = { person, clientId: request.clientId, thumbprint, scope: request.scopes.join(" ") };
  return issued(world, { ...common, sessionEnd, session: grant.id });
}

function byRefreshToken(world: World, { thumbprint }: Proven, form: Form): Response {
  const known = refreshOf(world).get(form["refresh_token"] ?? "");
  const refused = (why: string) => oauthError(400, "invalid_grant", why);
  if (!known) return refused("Invalid refresh token");
  if (known.spent) {
    endSession(world, known.session);
    return refused("Refresh token replayed");
  }
  if (known.clientId !== form["client_id"]) return refused("Client mismatch");
  if (known.thumbprint !== thumbprint) return refused("DPoP proof does not match the expected JKT");
  if (known.expiresAt <= world.clock.now()) return refused("Session expired");
  known.spent = true;
  return issued(world, known);
}

function issued(world: World, bound: Omit<Bound, "expiresAt">): Response {
  const { accessTokenLifetime, refreshTokenLifetime } = rulesFor(world);
  const now = world.clock.now();
  const secret = () => Buffer.from(world.random.bytes(32)).toString("base64url");
  const [access, refresh] = [`tok-${secret()}`, `ref-${secret()}`];
  const { person, clientId, thumbprint, scope, sessionEnd, session } = bound;
  const common = { person, clientId, thumbprint, scope, sessionEnd, session };
  boundOf(world).set(access, { ...common, expiresAt: now + seconds(accessTokenLifetime) });
  const expiresAt = Math.min(now + seconds(refreshTokenLifetime), sessionEnd);
  refreshOf(world).set(refresh, { ...common, expiresAt, spent: false });
  return Response.json({
    access_token: access,
    token_type: "DPoP",
    refresh_token: refresh,
    scope,
    expires_in: accessTokenLifetime,
    sub: didOf(person),
  });
}

function endSession(world: World, session: string | undefined): void {
  if (session === undefined) return;
  for (const tokens of [boundOf(world), refreshOf(world)]) {
    for (const [value, bound] of tokens) if (bound.session === session) tokens.delete(value);
  }
}
