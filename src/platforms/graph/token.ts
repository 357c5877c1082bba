/** What Meta knows of a token, and taking it away. https://developers.facebook.com/docs/graph-api/reference/debug_token */
import { seconds } from "../../domain/time.ts";
import type { Api, TokenCheck } from "../platform.ts";
import { graphUrl } from "./api.ts";

interface Debugged {
  readonly data?: {
    readonly type?: string;
    /** Unix seconds; 0: never. */
    readonly expires_at?: number;
    readonly data_access_expires_at?: number;
    readonly scopes?: readonly string[];
  };
}

/**
 * Asked with the app's own token, which needs its secret; without one there is nothing to tell. `debugUrl`: Threads and
 * Instagram have hosts of their own for it.
 */
export async function debugToken(api: Api, debugUrl = graphUrl(api, "/debug_token")): Promise<Omit<TokenCheck, "say">> {
  const { clientId, clientSecret } = await api.app();
  if (clientSecret === null) return {};
  const query = { input_token: await api.token(), access_token: `${clientId}|${clientSecret}` };
  const { data } = (await api.get(debugUrl, { query, authorization: "none" })) as Debugged;
  const { expires_at: end, data_access_expires_at: dataEnd, scopes } = data ?? {};
  return {
    ...(end === undefined ? {} : { expiresAt: end === 0 ? null : seconds(end) }),
    ...(dataEnd ? { dataAccessExpiresAt: seconds(dataEnd) } : {}),
    ...(scopes ? { scopes } : {}),
  };
}

/** Ends everything that the person gave the app, the tokens of Pages among it. */
export async function removePermissions(api: Api): Promise<void> {
  await api.delete(graphUrl(api, "/me/permissions"));
}
