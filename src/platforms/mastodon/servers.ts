/** Which server is meant, and how it lets apps in. https://docs.joinmastodon.org/methods/oauth */
import { Failure } from "../../domain/failure.ts";
import { isLoopbackHost } from "../../domain/loopback.ts";
import type { Api, FoundServer, RegisteredApp, ServerRules, WantedApp } from "../platform.ts";
import { instanceAt } from "./instance.ts";

const example = "mastodon.social";

/** Since 4.3 `profile` says who it is and no more. */
const publishing = ["read:statuses", "write:statuses", "write:media"];
export const scopes = ["profile", ...publishing];
const olderScopes = ["read:accounts", ...publishing];

export const servers: ServerRules = {
  question: "Which server is the account at?",
  example,
  find: findServer,
  register: registerApp,
  knows: knowsApp,
};

async function findServer(api: Api, typed: string): Promise<FoundServer> {
  const origin = originOf(typed);
  await instanceAt(api, origin);
  const metadata = await metadataOf(api, origin);
  const known = metadata["scopes_supported"];
  const old = !Array.isArray(known) || !known.includes("profile");
  return { instance: origin, metadata, scopes: old ? olderScopes : scopes };
}

/** `mastodon.social`, `@me@mastodon.social`, `https://mastodon.social/@me`. @throws Failure `usage` */
export function originOf(typed: string): string {
  const text = typed.trim();
  const [, address] = /^@?[^@/\s:]+@([^@/\s]+)$/.exec(text) ?? [];
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${address ?? text}`;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (url === null || url.username !== "" || !/^https?:$/.test(url.protocol)) {
    throw new Failure("usage", `"${typed}" names no server`, { hint: `write --instance ${example}` });
  }
  if (url.protocol === "http:" && !isLoopbackHost(url.hostname)) {
    throw new Failure("usage", `${url.host} is not asked without TLS`, { hint: `write --instance ${url.host}` });
  }
  requirePublic(url);
  return url.origin;
}

/** Addresses inside somebody's network are nobody's Mastodon; this very machine is for rehearsals. @throws Failure `usage` */
function requirePublic({ hostname }: URL): void {
  if (isLoopbackHost(hostname)) return;
  const isAddress = hostname.startsWith("[") || /^\d+(\.\d+){3}$/.test(hostname);
  const isInner = !hostname.includes(".") || /\.(local|localhost|internal|lan|home\.arpa)\.?$/.test(hostname);
  if (!isAddress && !isInner) return;
  throw new Failure("usage", `${hostname} is no public server`, {
    hint: `name it as people do: --instance ${example}`,
  });
}

type Metadata = Readonly<Record<string, unknown>>;

/** RFC 8414, which Mastodon publishes since 4.3; before that the endpoints are where they always are. */
async function metadataOf(api: Api, origin: string): Promise<Metadata> {
  const answer = await api.call("GET", `${origin}/.well-known/oauth-authorization-server`, {
    repeatable: true,
    accepts: [400, 401, 403, 404, 405, 406, 410],
  });
  const told = answer.status === 200 && typeof answer.body === "object" ? (answer.body as Metadata | null) : null;
  if (typeof told?.["token_endpoint"] !== "string") return usualPlaces(origin);
  for (const name of ["issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint"]) {
    requireOwn(origin, name, told[name]);
  }
  return told;
}

function usualPlaces(origin: string): Metadata {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
  };
}

/** RFC 8414 section 3.3: nobody speaks for another server, and no secret is sent to one. @throws Failure `protocol` */
function requireOwn(origin: string, name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value === "string" && URL.canParse(value) && new URL(value).origin === origin) return;
  throw new Failure("protocol", `${origin} names another place as its ${name.replaceAll("_", " ")}`, {
    hint: "name the server that the address in a browser has after signing in",
  });
}

/** https://docs.joinmastodon.org/methods/apps */
async function registerApp(
  api: Api,
  { instance, metadata }: FoundServer,
  { name, redirectUris, scopes: wanted }: WantedApp,
): Promise<RegisteredApp> {
  // A list since 4.3, which is when discovery came.
  const lists = Array.isArray(metadata?.["scopes_supported"]);
  const answer = await api.post(`${instance}/api/v1/apps`, {
    json: {
      client_name: name,
      redirect_uris: lists ? redirectUris : redirectUris.join("\n"),
      scopes: wanted.join(" "),
    },
    repeatable: true,
  });
  const { client_id: clientId, client_secret: clientSecret } = (answer ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof clientId !== "string" || typeof clientSecret !== "string") {
    throw new Failure("protocol", `${instance} registered an app and did not name it`, {
      hint: `make one there, then: agencyiq apps set mastodon --instance ${instance}`,
    });
  }
  api.keepSecret(clientSecret);
  const app = { clientId, clientSecret };
  // Servers before 4.3 delete apps that were never used.
  if (!lists) await appToken(api, instance, app).catch(() => {});
  return app;
}

/** An app that was deleted cannot get a token of its own; what else is refused is refused to an app that is there. */
async function knowsApp(api: Api, { instance }: FoundServer, app: RegisteredApp): Promise<boolean> {
  return (await appToken(api, instance, app)) !== 401;
}

/** @returns the status */
async function appToken(api: Api, instance: string, { clientId, clientSecret }: RegisteredApp): Promise<number> {
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret ?? "",
    scope: "read:statuses",
  };
  const accepts = [400, 401, 403];
  const { status, body } = await api.call("POST", `${instance}/oauth/token`, { form, accepts, repeatable: true });
  const token = (body as { access_token?: unknown } | null)?.access_token;
  if (typeof token === "string") api.keepSecret(token);
  return status;
}
