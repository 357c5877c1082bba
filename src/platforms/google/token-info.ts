/** What Google knows of an access token. It costs no quota. https://cloud.google.com/docs/authentication/token-types#access */
import { seconds } from "../../domain/time.ts";
import type { Api, TokenCheck } from "../platform.ts";

interface TokenInfo {
  /** Seconds, as a text. */
  readonly expires_in?: string | number;
  readonly scope?: string;
}

/** The token goes in the header: in the URL it would be in logs. */
export async function tokenInfo(api: Api): Promise<Omit<TokenCheck, "say">> {
  const answer = await api.post("https://oauth2.googleapis.com/tokeninfo", { form: {}, repeatable: true });
  const { expires_in: left, scope } = (answer ?? {}) as TokenInfo;
  return {
    ...(left === undefined ? {} : { expiresAt: api.now() + seconds(Number(left)) }),
    ...(scope === undefined ? {} : { scopes: scope.split(" ").filter(Boolean) }),
  };
}
