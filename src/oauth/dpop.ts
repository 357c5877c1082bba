import * as oauth from "oauth4webapi";

/** The private key of a credential's proofs (RFC 9449), as JWK JSON: what the vault seals. */
export type DPoPKey = string;

const algorithm = { name: "ECDSA", namedCurve: "P-256" } as const;

/** A new P-256 key (ES256, which every DPoP server knows). */
export async function generateDPoPKey(): Promise<DPoPKey> {
  const pair = await oauth.generateKeyPair("ES256", { extractable: true });
  return JSON.stringify(await crypto.subtle.exportKey("jwk", pair.privateKey));
}

type KeyPair = Awaited<ReturnType<typeof oauth.generateKeyPair>>;

export async function importDPoPKey(key: DPoPKey): Promise<KeyPair> {
  const jwk = JSON.parse(key) as Record<"kty" | "crv" | "x" | "y" | "d", string>;
  const { kty, crv, x, y } = jwk;
  const [privateKey, publicKey] = await Promise.all([
    crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]),
    crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, true, ["verify"]),
  ]);
  return { privateKey, publicKey };
}

/** Runs a request again once when the server answers `use_dpop_nonce` (RFC 9449 section 8): it did nothing yet. */
export async function withNonceRetry<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (oauth.isDPoPNonceError(error)) return request();
    throw error;
  }
}
