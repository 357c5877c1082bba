import type { Api } from "../platform.ts";

/** A path at the account's server. */
export function at({ instance }: Pick<Api, "instance">, path: string): string {
  if (instance === null) throw new TypeError("an account at Mastodon is at a server");
  return `${instance}${path}`;
}
