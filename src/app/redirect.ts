import { Failure } from "../domain/failure.ts";
import type { RedirectRules } from "../platforms/platform.ts";

export const defaultCallbackPort = 8791;

/** In place of a redirect URI: the server shows the code itself (a draft of RFC 6749, kept by Mastodon and others). */
export const outOfBand = "urn:ietf:wg:oauth:2.0:oob";

/** Where the browser comes back to, and what to listen on for it. */
export interface Redirect {
  readonly uri: string;
  /** null: not ours to listen on; the person pastes the URL back. */
  readonly listen: { readonly host: string; readonly port: number; readonly path: string } | null;
  /** The port may be replaced by a free one: the platform ignores it and the user did not choose it. */
  readonly portIsFree: boolean;
}

export interface RedirectWish {
  readonly platform: string;
  readonly rules: RedirectRules;
  /** `--redirect-uri`, or the developer app's own. */
  readonly uri: string | null;
  /** `--port`. */
  readonly port: number | undefined;
  /** `--https`: the loopback server answers by TLS. */
  readonly https?: boolean | undefined;
  /** `--manual`. */
  readonly manual?: boolean | undefined;
}

/** One path per platform, so that an answer from one server is never taken for another's (RFC 9700 section 4.4.2.2). */
export function redirectFor(wish: RedirectWish): Redirect {
  if (wish.uri !== null) return redirectFromUri(wish.uri, wish);
  const { host, loopbackPort, https, path = `/callback/${wish.platform}` } = wish.rules;
  if (wish.manual && wish.rules.outOfBand && !wish.https) return { uri: outOfBand, listen: null, portIsFree: false };
  const port = wish.port ?? defaultCallbackPort;
  const secure = wish.https || https === "required";
  return {
    uri: `${secure ? "https" : "http"}://${host}:${port}${path}`,
    // Without `--https` there is no certificate: the page does not load, and its address is pasted.
    listen: secure && !wish.https ? null : { host, port, path },
    portIsFree: loopbackPort === "any" && wish.port === undefined,
  };
}

export function isSecure({ uri }: Redirect): boolean {
  return uri.startsWith("https:");
}

function redirectFromUri(text: string, { port, https = false, rules }: RedirectWish): Redirect {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== "http:" && url.protocol !== "https:") || url.hash !== "") {
    throw new Failure("usage", `"${text}" is not a redirect URI`, { hint: "write a whole URL without a fragment" });
  }
  const secure = url.protocol === "https:";
  if (!secure && (https || rules.https === "required")) {
    throw new Failure("usage", `${text} is not https${https ? "" : ", and no other is accepted there"}`, {
      hint: "register an https URI in the developer app, and give it with --redirect-uri or apps set",
    });
  }
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const loopback = host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
  if (https && !loopback) {
    throw new Failure("usage", `${text} is not on this machine, so nothing can answer there`, {
      hint: "use --manual in place of --https",
    });
  }
  if (!loopback || (secure && !https)) return { uri: text, listen: null, portIsFree: false };
  // Registered URIs are compared as text by many platforms: keep the user's spelling unless a port is asked for.
  const listenPort = port ?? Number(url.port || (secure ? 443 : 80));
  const uri = port === undefined ? text : withPort(url, port);
  return { uri, listen: { host, port: listenPort, path: url.pathname }, portIsFree: false };
}

/** The URI with the port that was really bound. */
export function atPort(redirect: Redirect, port: number): string {
  if (redirect.listen?.port === port) return redirect.uri;
  return withPort(new URL(redirect.uri), port);
}

function withPort(url: URL, port: number): string {
  const copy = new URL(url);
  copy.port = String(port);
  return copy.href;
}
