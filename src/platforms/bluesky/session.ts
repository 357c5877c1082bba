/** Sessions: opened with an app password, or by OAuth. https://docs.bsky.app/docs/api/com-atproto-server-create-session */
import { Failure } from "../../domain/failure.ts";
import { isLoopbackHost } from "../../domain/loopback.ts";
import type { Api, Facts, FoundServer, Identity } from "../platform.ts";
import { findPds, proveHome } from "./identity.ts";

/** A procedure or query of the account's own server. */
export function xrpc(api: Pick<Api, "instance">, name: string): string {
  return `${api.instance}/xrpc/${name}`;
}

export async function openSession(api: Api, password: string, { did, handle }: Facts): Promise<unknown> {
  const identifier = did ?? handle ?? "";
  const json = { identifier, password };
  return readReply(await api.post(xrpc(api, "com.atproto.server.createSession"), { json, repeatable: true }));
}

/** Into the names of RFC 6749. The lifetimes are those that the tokens themselves say. */
export function readReply(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  const { accessJwt, refreshJwt, error, message } = body as Readonly<Record<string, unknown>>;
  if (typeof accessJwt === "string" && typeof refreshJwt === "string") {
    return {
      access_token: accessJwt,
      token_type: "bearer",
      refresh_token: refreshJwt,
      expires_in: lifetimeOf(accessJwt),
      refresh_token_expires_in: lifetimeOf(refreshJwt),
    };
  }
  return typeof error === "string"
    ? { error, ...(typeof message === "string" ? { error_description: message } : {}) }
    : body;
}

/** Seconds; by the clock of the server that made it. */
function lifetimeOf(jwt: string): number | undefined {
  try {
    const payload = jwt.split(".")[1] ?? "";
    const { exp, iat } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))) as Record<string, unknown>;
    return typeof exp === "number" && typeof iat === "number" && exp > iat ? exp - iat : undefined;
  } catch {
    return undefined;
  }
}

interface Session {
  readonly did: string;
  readonly handle: string;
  readonly active: boolean;
  readonly status: string | null;
}

export async function sessionOf(api: Api): Promise<Session> {
  const told = (await api.get(xrpc(api, "com.atproto.server.getSession"))) as
    | Readonly<Record<string, unknown>>
    | undefined;
  const { did, handle, active, status } = told ?? {};
  if (typeof did !== "string" || typeof handle !== "string") {
    throw new Failure("platform_fault", "Bluesky did not say whose token this is", { hint: "try again" });
  }
  return { did, handle, active: active !== false, status: typeof status === "string" ? status : null };
}

/** @throws Failure where somebody else signed in than was meant, or at another server than the account's */
export async function identify(api: Api): Promise<readonly Identity[]> {
  const { did, handle } = await sessionOf(api);
  const meant = api.facts["did"];
  if (meant !== undefined && meant !== did) {
    throw new Failure("authorization_failed", `${handle} (${did}) signed in, not ${meant}`, {
      hint: "sign out at https://bsky.app, and connect again",
    });
  }
  await proveHome(api, did);
  // A handle that does not lead back to its account.
  const named = handle === "handle.invalid" ? did : handle;
  return [{ externalId: did, handle: named, name: null, url: `https://bsky.app/profile/${named}`, facts: { did } }];
}

export async function check(api: Api): Promise<string> {
  const { handle, active, status } = await sessionOf(api);
  return active ? `answers as @${handle}` : `answers as @${handle}, which is ${status ?? "not active"}`;
}

/** What does not look like an app password is the key to the whole account. */
export function doubtsOf(pasted: string): string | null {
  if (/^[a-z0-9]{4}(-[a-z0-9]{4}){3}$/.test(pasted)) return null;
  return "this looks like the account's main password, which opens everything; an app password looks like abcd-efgh-ijkl-mnop and is made at https://bsky.app/settings/app-passwords";
}

/**
 * The authorization server of the account's PDS.
 * https://atproto.com/specs/oauth#authorization-servers
 */
export async function findAuthorizationServer(api: Api, typed: string): Promise<FoundServer> {
  const found = await findPds(api, typed);
  const resource = await published(api, found.instance, "oauth-protected-resource");
  const [issuer] = (resource["authorization_servers"] ?? []) as readonly unknown[];
  const isOrigin = typeof issuer === "string" && URL.canParse(issuer) && new URL(issuer).origin === issuer;
  if (!isOrigin || !isSafe(issuer)) throw notAtproto(found.instance, "names no authorization server");
  const metadata = await published(api, issuer, "oauth-authorization-server");
  if (metadata["issuer"] !== issuer) throw notAtproto(issuer, `says that it is ${String(metadata["issuer"])}`);
  if (typeof metadata["pushed_authorization_request_endpoint"] !== "string")
    throw notAtproto(issuer, "takes no pushed requests");
  if (metadata["authorization_response_iss_parameter_supported"] !== true) {
    throw notAtproto(issuer, "does not name itself in its answers");
  }
  const scopes = metadata["scopes_supported"];
  if (!Array.isArray(scopes) || !scopes.includes("atproto"))
    throw notAtproto(issuer, "does not know the scope atproto");
  return { ...found, metadata };
}

function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || isLoopbackHost(hostname);
}

async function published(api: Api, origin: string, what: string): Promise<Readonly<Record<string, unknown>>> {
  const told = await api.get(`${origin}/.well-known/${what}`, { authorization: "nobody", repeatable: true });
  return typeof told === "object" && told !== null ? (told as Readonly<Record<string, unknown>>) : {};
}

function notAtproto(server: string, why: string): Failure {
  return new Failure("protocol", `${server} ${why}, as OAuth for Bluesky has it`, {
    hint: "connect with an app password: agencyiq connect bluesky",
  });
}

/**
 * The client that needs no registration: a name for a program on this machine, with what it may do in it. The port of the
 * redirect URI may be any, and is left out. https://atproto.com/specs/oauth#localhost-client-development
 */
export function loopbackClientId(redirectUri: string, scopes: readonly string[]): string {
  const uri = new URL(redirectUri);
  uri.port = "";
  return `http://localhost?${new URLSearchParams({ redirect_uri: uri.href, scope: scopes.join(" ") })}`;
}
