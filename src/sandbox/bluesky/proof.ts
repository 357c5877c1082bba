/** DPoP proofs as a server judges them (RFC 9449 section 4.3), with nonces that it wants (section 8). */
import { createHash, createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { minutes } from "../../domain/time.ts";
import type { World } from "../world.ts";

export interface Proven {
  /** RFC 7638 thumbprint of the key. */
  readonly thumbprint: string;
}

/** A nonce lives for three to five minutes, and each server has its own. */
export function nonceOf(world: World, server: string, age = 0): string {
  const period = Math.floor(world.clock.now() / minutes(3)) - age;
  return createHash("sha256").update(`${server} ${period}`).digest("base64url");
}

/** `use_dpop_nonce`, or what is wrong with the proof. */
export async function proofOf(
  world: World,
  server: string,
  request: Request,
  accessToken: string | null,
): Promise<Proven | "use_dpop_nonce" | string> {
  const proof = request.headers.get("dpop");
  if (proof === null) return "DPoP proof required";
  const [head = "", body = "", signature = ""] = proof.split(".");
  const header = partOf(head) as { typ?: string; alg?: string; jwk?: Record<string, string> } | null;
  const claims = partOf(body) as Record<string, unknown> | null;
  if (!header || !claims) return "Invalid DPoP proof";
  const { typ, alg, jwk } = header;
  if (typ !== "dpop+jwt" || alg !== "ES256" || !jwk || jwk["kty"] !== "EC" || "d" in jwk)
    return "Invalid DPoP proof header";
  const key = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
  const signed = Buffer.from(`${head}.${body}`);
  const right = verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
  if (!right) return "Invalid DPoP proof signature";
  const { htm, htu, iat, jti, nonce, ath } = claims;
  const url = new URL(request.url);
  if (htm !== request.method) return "DPoP htm mismatch";
  if (htu !== `${url.origin}${url.pathname}`) return "DPoP htu mismatch";
  if (typeof iat !== "number" || Math.abs(iat * 1000 - world.clock.now()) > minutes(5)) return "DPoP iat out of range";
  if (nonce !== nonceOf(world, server) && nonce !== nonceOf(world, server, 1)) return "use_dpop_nonce";
  const seen = world.shelves.of<true>("bluesky proofs");
  if (typeof jti !== "string" || seen.has(jti)) return "DPoP proof replayed";
  seen.set(jti, true);
  const hash = accessToken === null ? undefined : createHash("sha256").update(accessToken).digest("base64url");
  if (ath !== hash) return "DPoP ath mismatch";
  const { crv, kty, x, y } = jwk;
  return { thumbprint: createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url") };
}

function partOf(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    return null;
  }
}
