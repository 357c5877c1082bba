/** Where Meta's Graph API is, in the version that is spoken. https://developers.facebook.com/docs/graph-api/changelog */
import type { Api, ApiVersion } from "../platform.ts";

/** Since 2026-07-29; Meta names the end of a version about two years ahead, and serves a dead one as the oldest living. */
export const graphVersion: ApiVersion = {
  name: "v26.0",
  endsOn: null,
  documentation: "https://developers.facebook.com/docs/graph-api/changelog/versions",
};

/** In the version in force. `path` begins with a slash. */
export function graphUrl({ version }: Pick<Api, "version">, path: string, host = "graph.facebook.com"): string {
  return `https://${host}/${version}${path}`;
}
