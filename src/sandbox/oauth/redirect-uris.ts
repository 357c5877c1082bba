/** Which redirect URIs platforms accept, of those that an app registered or beside them. */

export type RedirectUriRule = (registered: readonly string[], uri: string) => boolean;

/** Compared as text: another port, a trailing slash or another spelling of the host is another URI. */
export const exactly: RedirectUriRule = (registered, uri) => registered.includes(uri);

/** Exactly, and never http, though it were registered. */
export const httpsOnly: RedirectUriRule = (registered, uri) => uri.startsWith("https://") && exactly(registered, uri);

/** Exactly; and unlisted, http on `localhost` by that name (an app in development). */
export const httpsOrLocalhost: RedirectUriRule = (registered, uri) =>
  httpsOnly(registered, uri) || (URL.canParse(uri) && new URL(uri).protocol === "http:" && hostOf(uri) === "localhost");

/** Exactly, but for the port where `*` was registered in its place: `http://127.0.0.1:*\/callback/`. */
export const portWildcard: RedirectUriRule = (registered, uri) =>
  exactly(registered, uri) ||
  registered.some((known) => known.includes(":*/") && uri.replace(/:\d+\//, ":*/") === known && /:\d+\//.test(uri));

/** Registered ones exactly; and unlisted, http on this machine at any port and path (RFC 8252 section 7.3). */
export const anyLoopback: RedirectUriRule = (registered, uri) =>
  exactly(registered, uri) ||
  (URL.canParse(uri) &&
    new URL(uri).protocol === "http:" &&
    ["127.0.0.1", "[::1]", "localhost"].includes(hostOf(uri) ?? ""));

/** Exactly; a registered one of this machine, by number, without a port stands for every port. */
export const anyPortWhereNone: RedirectUriRule = (registered, uri) =>
  exactly(registered, uri) ||
  registered.some(
    (known) =>
      /^http:\/\/(127\.0\.0\.1|\[::1\])\//.test(known) && uri.replace(/^(http:\/\/[^/]+):\d+\//, "$1/") === known,
  );

const hostOf = (uri: string): string | null => (URL.canParse(uri) ? new URL(uri).hostname : null);
