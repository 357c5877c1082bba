/** A post's name in its repository, chosen before it is sent: sent twice, it is there once. https://atproto.com/specs/tid */
import type { Instant } from "../../domain/time.ts";

const digits = "234567abcdefghijklmnopqrstuvwxyz";

/** A timestamp identifier: microseconds, and 10 bits that tell two of the same moment apart, here by what is sent. */
export function recordKey(at: Instant, what: string): string {
  const hash = fingerprint(what);
  const microseconds = BigInt(at) * 1000n + BigInt((hash >>> 10) % 1000);
  let number = (microseconds << 10n) | BigInt(hash & 1023);
  let key = "";
  for (let digit = 0; digit < 13; digit += 1) {
    key = `${digits[Number(number & 31n)]}${key}`;
    number >>= 5n;
  }
  return key;
}

/** FNV-1a, 32 bits. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}
