/** POST /api/v1/apps: anybody may make an app. https://docs.joinmastodon.org/methods/apps */
import type { Context } from "hono";
import type { World } from "../world.ts";
import { invalid } from "./errors.ts";
import { scopesOf } from "./scopes.ts";
import type { Server } from "./servers.ts";

export const outOfBand = "urn:ietf:wg:oauth:2.0:oob";

/** What it calls its apps and tokens: each server has its own. */
export const placeOf = ({ host }: Server): string => `mastodon@${host}`;

/** The scopes that an app was made for, by its client id. */
export const appScopes = (world: World): Map<string, readonly string[]> => world.shelves.of("mastodon app scopes");

export function createApp(world: World, server: Server) {
  return async (context: Context): Promise<Response> => {
    const given = await fieldsOf(context);
    const { client_name: name, scopes: asked = "read", website = null } = given;
    const redirectUris = redirectUrisOf(server, given["redirect_uris"]);
    if (typeof name !== "string" || name === "") return invalid("Application name can't be blank");
    if (redirectUris === null || redirectUris.length === 0) return invalid("Redirect URI can't be blank");
    const wrong = redirectUris.find((uri) => refusesRedirectUri(uri) !== null);
    if (wrong !== undefined) return invalid("Redirect URI must be an absolute URI.");
    const scopes = typeof asked === "string" ? asked.split(" ").filter(Boolean) : [];
    if (scopes.some((scope) => !Object.hasOwn(scopesOf(server), scope))) {
      return invalid("Scopes doesn't match configured on the server.");
    }
    const letters = (count: number) => Buffer.from(world.random.bytes(count)).toString("base64url");
    const [clientId, clientSecret] = [letters(32), letters(32)];
    world.clients.register({ platform: placeOf(server), clientId, clientSecret, redirectUris });
    appScopes(world).set(clientId, scopes);
    return context.json({
      id: String(appScopes(world).size),
      name,
      website,
      ...(server.apiVersion === null ? {} : { scopes, redirect_uris: redirectUris }),
      redirect_uri: redirectUris.join("\n"),
      client_id: clientId,
      client_secret: clientSecret,
      ...(server.apiVersion === null ? {} : { client_secret_expires_at: 0 }),
    });
  };
}

async function fieldsOf(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const text = await context.req.text();
  if (!/^application\/json\b/.test(context.req.header("content-type") ?? "")) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Before 4.3 a list is nothing that the server can read. */
function redirectUrisOf({ apiVersion }: Server, given: unknown): readonly string[] | null {
  if (typeof given === "string") return given.split(/\s+/).filter(Boolean);
  if (apiVersion === null || !Array.isArray(given)) return null;
  return given.every((uri) => typeof uri === "string") ? given : null;
}

/** Absolute, and of no scheme that a browser would run. */
export function refusesRedirectUri(uri: string): string | null {
  if (uri === outOfBand) return null;
  if (!URL.canParse(uri)) return "it is no absolute URI";
  const { protocol, hash } = new URL(uri);
  if (hash !== "") return "it has a fragment";
  return ["data:", "vbscript:", "javascript:"].includes(protocol) ? "its scheme is forbidden" : null;
}

const loopback = /^(https?):\/\/(127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?(\/.*)?$/;

/** Doorkeeper's: as text; between addresses of this machine (not its name) whatever the port. */
export function acceptsRedirectUri(registered: readonly string[], uri: string): boolean {
  const withoutPort = (text: string) => loopback.exec(text)?.slice(1).join(" ") ?? null;
  const given = withoutPort(uri);
  return registered.some((known) => known === uri || (given !== null && withoutPort(known) === given));
}
