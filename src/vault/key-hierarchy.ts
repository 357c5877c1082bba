/** slot key → root key → subkeys and numbered data keys (docs/security.md, "Keys"). */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

const keyLength = 32;
const nonceLength = 12;
const tagLength = 16;

type Purpose = "wrap" | "check" | "fingerprint" | "ledger" | "commit";

/** HKDF-SHA-256 (RFC 5869): one key, one purpose. */
export function subkey(key: Uint8Array, purpose: Purpose): Buffer {
  return Buffer.from(hkdfSync("sha256", key, Buffer.alloc(0), `agencyiq/${purpose}`, keyLength));
}

/** A key under a key; `name` binds it to what it is for. */
export function wrapKey(outer: Uint8Array, inner: Uint8Array, name: string, nonce: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", outer, nonce, { authTagLength: tagLength });
  cipher.setAAD(Buffer.from(`agencyiq/key ${name}`));
  return Buffer.concat([nonce, cipher.update(inner), cipher.final(), cipher.getAuthTag()]);
}

/** null: the outer key is another one, or the bytes were changed. */
export function unwrapKey(outer: Uint8Array, wrapped: Uint8Array, name: string): Buffer | null {
  const bytes = Buffer.from(wrapped);
  if (bytes.length !== nonceLength + keyLength + tagLength) return null;
  const decipher = createDecipheriv("aes-256-gcm", outer, bytes.subarray(0, nonceLength), { authTagLength: tagLength });
  decipher.setAAD(Buffer.from(`agencyiq/key ${name}`));
  decipher.setAuthTag(bytes.subarray(-tagLength));
  const key = decipher.update(bytes.subarray(nonceLength, -tagLength));
  try {
    decipher.final();
    return key;
  } catch {
    key.fill(0);
    return null;
  }
}

/** Tells a wrong key from a damaged record: GCM alone cannot. */
export function keyCheckValue(rootKey: Uint8Array, vaultId: string): Buffer {
  return createHmac("sha256", subkey(rootKey, "check")).update(vaultId).digest().subarray(0, 16);
}

/** Binds a slot to the one key that opens it. */
export function slotCommitment(slotKey: Uint8Array, slotId: string): Buffer {
  return createHmac("sha256", subkey(slotKey, "commit")).update(slotId).digest().subarray(0, 16);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Recognises a token without being one, or the beginning of one. */
export function fingerprintOf(fingerprintKey: Uint8Array, token: string): Buffer {
  return createHmac("sha256", fingerprintKey).update(token).digest().subarray(0, 16);
}
