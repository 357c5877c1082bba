/** `GET /debug_token`: what Meta knows of a token. https://developers.facebook.com/docs/graph-api/reference/debug_token */
import type { Context } from "hono";
import { days } from "../../domain/time.ts";
import type { AccessToken } from "../oauth/grants.ts";
import type { World } from "../world.ts";
import { refusedToken } from "./access.ts";
import { graphError, graphErrors, invalidParameter } from "./errors.ts";

/** How long reading a person's data goes on after the login. */
const dataAccess = days(90);

/** Asked with the app's own token, `app id|app secret`, or with one of a developer of the app, whom the sandbox has not. */
export function debugToken(world: World, platform: string) {
  return async (context: Context): Promise<Response> => {
    const query = new URL(context.req.url).searchParams;
    const presented = /^(?:Bearer|OAuth) (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1];
    const [appId = "", secret = ""] = (presented ?? query.get("access_token") ?? "").split("|");
    const client = world.clients.find(platform, appId);
    if (!client) return graphErrors["app-unknown"]();
    if (client.clientSecret !== secret) {
      return graphError({ code: 190, message: "Invalid OAuth access token signature. Error validating application." });
    }
    const input = query.get("input_token");
    if (!input) return invalidParameter("The parameter input_token is required");
    const token = world.grants.accessToken(input);
    if (token?.grant.platform !== platform) {
      const error = { code: 190, message: "Invalid OAuth access token - Cannot parse access token" };
      return context.json({ data: { error, is_valid: false, scopes: [] } });
    }
    if (token.grant.clientId !== appId) {
      const message = "(#100) The App_id in the input_token did not match the Viewing App";
      return context.json({ data: { error: { code: 100, message }, is_valid: false, scopes: [] } });
    }
    return answer(world, platform, token);
  };
}

async function answer(world: World, platform: string, token: AccessToken): Promise<Response> {
  const { grant, subject, scopes, expiresAt } = token;
  const refusal = refusedToken(world, platform, token);
  const error = refusal ? ((await refusal.json()) as { error: Record<string, unknown> }).error : null;
  const data = {
    app_id: grant.clientId,
    type: subject === null ? "USER" : "PAGE",
    application: "agencyiq sandbox",
    data_access_expires_at: Math.floor((grant.grantedAt + dataAccess) / 1000),
    ...(error ? { error: { code: error["code"], subcode: error["error_subcode"], message: error["message"] } } : {}),
    expires_at: Number.isFinite(expiresAt) ? Math.floor(expiresAt / 1000) : 0,
    is_valid: error === null,
    ...(subject === null ? {} : { profile_id: subject }),
    scopes,
    granular_scopes: scopes.map((scope) => ({ scope })),
    user_id: grant.person,
  };
  return Response.json({ data });
}
