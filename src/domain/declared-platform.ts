/** A platform that somebody declared in a file: data only (docs/platforms/your-own.md). */

/** Where it is asked; a URL each. */
export interface DeclaredEndpoints {
  readonly authorize: string;
  readonly token: string;
  readonly revoke?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly userinfo?: string | undefined;
}

/** JSON pointers (RFC 6901) into the answer of the check. */
export interface DeclaredCheck {
  /** Absent: the userinfo endpoint. */
  readonly url?: string | undefined;
  readonly method: "GET" | "POST";
  /** What stands before the token in the `Authorization` header. */
  readonly scheme: "Bearer" | "OAuth" | "token";
  readonly id: string;
  readonly handle?: string | undefined;
  readonly name?: string | undefined;
  readonly profile?: string | undefined;
}

export interface DeclaredPlatform {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly documentation: string;
  /** The only ones that are asked for its accounts: `host`, or `host:port`. */
  readonly hosts: readonly string[];
  readonly endpoints: DeclaredEndpoints | { readonly issuer: string };
  readonly scopes: readonly string[];
  readonly scopeSeparator: " " | ",";
  readonly clientAuthentication: "basic" | "post" | "none";
  readonly pkce: "S256" | "none";
  readonly redirect: {
    readonly host: "127.0.0.1" | "localhost";
    readonly port: "fixed" | "any";
    readonly https: boolean;
    readonly path?: string | undefined;
  };
  readonly refresh: {
    readonly reuse: "rotating" | "non-rotating" | "unknown";
    /** Seconds, where answers do not say it; null: as the server says. */
    readonly lifetime: number | null;
    /** Milliseconds. */
    readonly minimumAge?: number | undefined;
    /** Milliseconds. */
    readonly idleDeadline?: number | undefined;
    readonly deadGrantErrors: readonly string[];
  };
  readonly check: DeclaredCheck;
  readonly authorizeParameters: Readonly<Record<string, string>>;
  readonly tokenParameters: Readonly<Record<string, string>>;
  readonly removeAccess?: string | undefined;
  readonly setup: readonly { readonly title: string; readonly text: string; readonly open?: string | undefined }[];
}

/** Every place that something of its accounts goes to, by what it is: what must not change unseen. */
function destinationsOf({ hosts, endpoints, check }: DeclaredPlatform): ReadonlyMap<string, string> {
  const urls = { ...endpoints, ...(check.url === undefined ? {} : { check: check.url }) };
  return new Map([
    ["hosts", [...hosts].sort().join(", ")],
    ...Object.entries(urls).flatMap(([name, url]): [string, string][] =>
      typeof url === "string" ? [[name, new URL(url).host]] : [],
    ),
  ]);
}

/** What of it goes elsewhere by a new definition, in words. */
export function movedDestinations(before: DeclaredPlatform | null, after: DeclaredPlatform): string[] {
  const old = before ? destinationsOf(before) : new Map<string, string>();
  return [...destinationsOf(after)].flatMap(([name, place]) => {
    const was = old.get(name);
    return was === place ? [] : [`${name}: ${was === undefined ? place : `${place} in place of ${was}`}`];
  });
}
