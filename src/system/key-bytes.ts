export const keyLength = 32;

/**
 * A key as a file or a program gives it: 32 bytes as they are, or base64 or hexadecimal with at most one newline after
 * it. Null for anything else. A text of 32 characters is refused although it has the length: it is a passphrase, or one
 * of 31 characters and a newline, with a fraction of the strength; 32 random bytes are all printable once in 10^13.
 */
export function keyFrom(content: Buffer): Uint8Array | null {
  if (content.length === keyLength) return content.every(isPrintable) ? null : Buffer.from(content);
  const text = content.toString("latin1").replace(/\r?\n$/, "");
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  const key = Buffer.from(text, "base64");
  return key.length === keyLength && key.toString("base64") === text ? key : null;
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
