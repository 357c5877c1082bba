/** How LinkedIn's versioned API is spoken to. https://learn.microsoft.com/linkedin/marketing/versioning */
import { Failure } from "../../domain/failure.ts";
import type { Api, ApiAnswer, ApiRequest, ApiVersion } from "../platform.ts";

export const host = "https://api.linkedin.com";

/** A month; LinkedIn ends each about a year after it began, and answers 426 from then on. */
export const version: ApiVersion = {
  name: "202607",
  endsOn: "2027-07-15",
  documentation: "https://learn.microsoft.com/linkedin/marketing/versioning",
};

/** A request below /rest, where both headers are wanted. */
export function rest(
  api: Api,
  method: Parameters<Api["call"]>[0],
  path: string,
  request: ApiRequest = {},
): Promise<ApiAnswer> {
  const headers = { "linkedin-version": api.version, "x-restli-protocol-version": "2.0.0" };
  return api.call(method, `${host}/rest/${path}`, { ...request, headers: { ...headers, ...request.headers } });
}

/** Of Rest.li's entities: the URN is one segment of a path. */
export function inPath(urn: string): string {
  return encodeURIComponent(urn);
}

/** What the account's id is here: `urn:li:person:…` or `urn:li:organization:…`. */
export function authorOf({ externalId }: Api): string {
  if (externalId !== null) return externalId;
  throw new Failure("platform_fault", "LinkedIn has not said yet whose account this is", {
    hint: "agencyiq tokens status --live asks again",
  });
}

export function isOrganization(urn: string): boolean {
  return urn.startsWith("urn:li:organization:");
}
