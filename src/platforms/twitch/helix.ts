/** Twitch's API: every call names the app that its token was given to. https://dev.twitch.tv/docs/api/guide */
import { seconds } from "../../domain/time.ts";
import type { Api, ApiRequest, Identity, TokenCheck } from "../platform.ts";

/** @throws Failure by the platform's table */
export async function helix(
  api: Api,
  method: "GET" | "POST" | "PATCH",
  path: string,
  request: ApiRequest = {},
): Promise<unknown> {
  const { clientId } = await api.app();
  const headers = { ...request.headers, "client-id": clientId };
  return (await api.call(method, `https://api.twitch.tv/helix${path}`, { ...request, headers })).body;
}

export function channelUrl(login: string): string {
  return `https://www.twitch.tv/${login}`;
}

export async function identify(api: Api): Promise<readonly Identity[]> {
  const answer = await helix(api, "GET", "/users", { repeatable: true });
  const { data = [] } = (answer ?? {}) as { data?: readonly { id: string; login: string; display_name?: string }[] };
  return data.map(({ id, login, display_name: name = null }) => ({
    externalId: id,
    handle: login,
    name,
    url: channelUrl(login),
    facts: { login },
  }));
}

interface Validated {
  readonly login?: string;
  readonly expires_in?: number;
  readonly scopes?: readonly string[] | null;
}

/** https://dev.twitch.tv/docs/authentication/validate-tokens */
export async function validate(api: Api): Promise<TokenCheck> {
  const answer = await api.get("https://id.twitch.tv/oauth2/validate", { authorization: "OAuth", repeatable: true });
  const { login = "", expires_in: left, scopes } = (answer ?? {}) as Validated;
  return {
    say: `channel ${login}`,
    // 0: of very old apps, whose tokens do not end.
    ...(left ? { expiresAt: api.now() + seconds(left) } : {}),
    ...(scopes ? { scopes } : {}),
  };
}
