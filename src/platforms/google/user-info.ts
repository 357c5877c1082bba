/** Who signed in, for the products that do not tell. https://developers.google.com/identity/openid-connect/openid-connect#obtainuserinfo */
import { Failure } from "../../domain/failure.ts";
import type { Api } from "../platform.ts";

export interface GoogleUser {
  /** Never given to anybody else, unlike an e-mail address. */
  readonly sub: string;
  readonly email: string;
  readonly name: string | null;
}

/** @throws Failure `scope_missing` without the e-mail address */
export async function userInfo(api: Api, id: string): Promise<GoogleUser> {
  const answer = await api.get("https://openidconnect.googleapis.com/v1/userinfo", { repeatable: true });
  const { sub, email, name = null } = (answer ?? {}) as { sub?: string; email?: string; name?: string };
  if (sub && email) return { sub, email, name };
  throw new Failure("scope_missing", "Google did not tell the account's e-mail address", {
    hint: `tick every box on Google's page: agencyiq connect ${id}`,
  });
}
