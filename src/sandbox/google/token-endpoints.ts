/** Beside the token endpoint: what a token is, and its end. https://developers.google.com/identity/protocols/oauth2/native-app#tokenrevoke */
import type { Context } from "hono";
import type { World } from "../world.ts";
import { googleJson } from "./errors.ts";

const gone = (description: string) => googleJson({ error: "invalid_token", error_description: description }, 400);

async function presented(context: Context, names: readonly string[]): Promise<string | null> {
  const bearer = /^Bearer (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(context.req.header("content-type") ?? "");
  const form = new URLSearchParams(isForm ? await context.req.text() : "");
  const query = new URL(context.req.url).searchParams;
  const found = names.map((name) => form.get(name) ?? query.get(name)).find((value) => value !== null);
  return found ?? bearer ?? null;
}

/** GET or POST /tokeninfo, the token in the query, a form, or the header. */
export function tokenInfo(world: World, platform: string) {
  return async (context: Context): Promise<Response> => {
    const value = await presented(context, ["access_token"]);
    if (value === null) return gone("either access_token, id_token, or id_token required");
    const token = world.grants.access(platform, value);
    if (!token) return gone("Invalid Value");
    const left = Math.floor((token.expiresAt - world.clock.now()) / 1000);
    const { clientId } = token.grant;
    return googleJson({
      azp: clientId,
      aud: clientId,
      scope: token.scopes.join(" "),
      exp: String(Math.floor(token.expiresAt / 1000)),
      expires_in: String(left),
      access_type: "offline",
    });
  };
}

/** Whoever has a token may end it: all that this person gave the app, of every product. */
export function revoke(world: World, platform: string) {
  return async (context: Context): Promise<Response> => {
    const value = await presented(context, ["token"]);
    const grant = value === null ? null : world.grants.grantOf(value);
    if (grant?.platform !== platform || grant.revoked) return gone("Token expired or revoked");
    world.grants.revokeApp(grant);
    return googleJson({});
  };
}
