import { Failure } from "../../domain/failure.ts";
import type { Api } from "../platform.ts";

/** Of Instagram Login; an account by Facebook Login is at graph.facebook.com, under the same paths. */
export const ownGraph = "https://graph.instagram.com";

/** Where the account's way in has the API: both say so by where they tell whose token it is. */
export function graphOf({ endpoints, version }: Pick<Api, "endpoints" | "version">): string {
  const { origin } = new URL(endpoints.userinfo ?? ownGraph);
  return `${origin}/${version}`;
}

/** The account's own node. @throws Failure `not_connected` where it was never told whose token this is */
export function accountNode(api: Api): string {
  if (api.externalId !== null) return `${graphOf(api)}/${api.externalId}`;
  throw new Failure("not_connected", "it is not known which Instagram account this is", {
    hint: "agencyiq tokens status --live",
  });
}
