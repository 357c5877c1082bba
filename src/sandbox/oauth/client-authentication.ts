/** Who calls the token endpoint (RFC 6749 section 2.3). */
import { timingSafeEqual } from "node:crypto";
import type { SandboxClient } from "../options.ts";
import type { World } from "../world.ts";
import type { OAuthRules } from "./rules.ts";

/** The client, or null when it did not authenticate the way this platform wants. */
export function authenticateClient(
  world: World,
  rules: OAuthRules,
  authorization: string | undefined,
  form: URLSearchParams,
): SandboxClient | null {
  const named = form.get(rules.clientIdParameter ?? "client_id");
  const basic = authorization === undefined ? null : basicCredentials(authorization, rules);
  if (authorization !== undefined && !basic) return null;
  const client = world.clients.find(rules.platform, basic?.clientId ?? named ?? "");
  if (!client || (named !== null && named !== client.clientId)) return null;
  if (client.clientSecret === null) {
    if (form.has("client_secret")) return null;
    const shown = rules.publicClients === "basic" ? basic?.secret === "" : basic === null;
    return shown ? client : null;
  }
  if (rules.secretOptional?.(form) && !form.has("client_secret") && !basic) return client;
  const shown = rules.confidentialClients === "basic" ? basic?.secret : form.get("client_secret");
  return typeof shown === "string" && showsSecret(client, shown) ? client : null;
}

export function showsSecret({ clientSecret }: SandboxClient, shown: string): boolean {
  return clientSecret !== null && sameText(shown, clientSecret);
}

/** RFC 6749 section 2.3.1: both halves are form-urlencoded before they are joined; some platforms take them as they are. */
function basicCredentials(
  authorization: string,
  { basicCredentials: how }: OAuthRules,
): { clientId: string; secret: string } | null {
  const match = /^Basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization);
  if (!match?.[1]) return null;
  const decoded = Buffer.from(match[1], "base64").toString("utf8");
  const colon = decoded.indexOf(":");
  if (colon < 0) return null;
  if (how === "plain") return { clientId: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
  try {
    return { clientId: formDecode(decoded.slice(0, colon)), secret: formDecode(decoded.slice(colon + 1)) };
  } catch {
    return null;
  }
}

const formDecode = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
