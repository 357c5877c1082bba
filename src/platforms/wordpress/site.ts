/**
 * Where a site's REST API is. https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/ . Redirects are followed
 * here, before there is a password: clients leave it out, or give it away, where a site sends them elsewhere.
 */
import { Failure } from "../../domain/failure.ts";
import { isLoopbackHost } from "../../domain/loopback.ts";
import type { HttpMethod } from "../../domain/ports/http.ts";
import type { Api, ApiAnswer, FoundServer } from "../platform.ts";

const redirects = [301, 302, 303, 307, 308];
const mostRedirects = 5;

interface Root {
  readonly name?: string;
  readonly namespaces?: readonly string[];
  readonly authentication?: { readonly "application-passwords"?: unknown } | readonly unknown[];
}

/** `instance` is the address of the REST API: `https://example.com/wp-json`, or `https://example.com/?rest_route=`. */
export async function findSite(api: Api, typed: string): Promise<FoundServer> {
  const site = requireSafe(addressOf(typed));
  const home = await follow(api, "HEAD", site);
  const linked = rootIn(home.answer.headers["link"] ?? "", home.url);
  const other = new URL(home.url);
  other.search = "?rest_route=/";
  for (const candidate of [...(linked === null ? [] : [linked]), other.href]) {
    const { url, answer } = await follow(api, "GET", requireSafe(candidate));
    const root = (typeof answer.body === "object" ? answer.body : null) as Root | null;
    if (!root?.namespaces?.includes("wp/v2")) continue;
    requirePasswords(root, url);
    return { instance: url.replace(/\/+$/, ""), metadata: null };
  }
  throw new Failure("usage", `${home.url} has no REST API of WordPress`, {
    hint: "name the address of the site's front page; a security plugin may have switched the REST API off",
  });
}

function addressOf(typed: string): string {
  const address = /^https?:\/\//i.test(typed) ? typed : `https://${typed}`;
  if (URL.canParse(address)) return address;
  throw new Failure("usage", `"${typed}" is no web address`, { hint: "--instance https://blog.example.com" });
}

/** With the password whoever reads along may write on the site; and nobody is to be sent into a network of this machine's. */
export function requireSafe(address: string): string {
  const { protocol, hostname, username, password, href } = new URL(address);
  const loopback = isLoopbackHost(hostname);
  if (username !== "" || password !== "") {
    throw new Failure("usage", "the address holds a name or password", { hint: "give the address alone" });
  }
  if (protocol !== "https:" && !loopback) {
    throw new Failure("usage", `${href} is not https: the password could be read on its way`, {
      hint: "WordPress takes application passwords by https only",
    });
  }
  if (!loopback && isPrivate(hostname)) {
    throw new Failure("usage", `${hostname} is an address of a private network`, {
      hint: "name the site by its public name",
    });
  }
  return href;
}

/** Numbers, as the URL standard writes them: RFC 1918, 6598, 3927, 1122, 4193, 4291. Names are not looked up. */
function isPrivate(hostname: string): boolean {
  if (hostname.startsWith("[")) return /^\[(f[cd]|fe[89ab]|::)/i.test(hostname);
  const numbers = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(hostname);
  if (!numbers) return false;
  const [first = 0, second = 0] = numbers.slice(1).map(Number);
  if (first === 0 || first === 10 || first >= 224) return true;
  if (first === 172) return second >= 16 && second < 32;
  if (first === 100) return second >= 64 && second < 128;
  return (first === 192 && second === 168) || (first === 169 && second === 254);
}

async function follow(api: Api, method: HttpMethod, from: string): Promise<{ url: string; answer: ApiAnswer }> {
  // Also an error page may have the Link header, and an error without one is told by what is looked for.
  const accepts = [...redirects, 400, 401, 403, 404, 405, 500, 503];
  let url = from;
  for (let count = 0; count <= mostRedirects; count += 1) {
    const answer = await api.call(method, url, { accepts, resumable: true });
    const { location } = answer.headers;
    if (!redirects.includes(answer.status) || location === undefined) return { url, answer };
    url = requireSafe(new URL(location, url).href);
  }
  throw new Failure("usage", `${from} leads in circles`, { hint: "name the address that a browser ends at" });
}

/** `<https://example.com/wp-json/>; rel="https://api.w.org/"` (RFC 8288). */
function rootIn(link: string, base: string): string | null {
  const [, target] = /<([^>]*)>\s*;[^,]*\brel="?https:\/\/api\.w\.org\/"?/i.exec(link) ?? [];
  return target !== undefined && URL.canParse(target, base) ? new URL(target, base).href : null;
}

/** @throws Failure `not_permitted` where the site takes none */
function requirePasswords({ authentication = {} }: Root, url: string): void {
  if (!Array.isArray(authentication) && Object.hasOwn(authentication, "application-passwords")) return;
  throw new Failure("not_permitted", `${url} takes no application passwords`, {
    hint: "they need https, and WordPress 5.6 or newer; a security plugin may have switched them off",
  });
}
