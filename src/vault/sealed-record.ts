/**
 * A sealed record, format 1 (docs/vault-format.md):
 *
 *   0x01 version | 0x01 AES-256-GCM | uint32 term | 12-byte nonce | ciphertext | 16-byte tag
 *
 * The associated data binds a record to its place: a record moved to another row, another kind or an older generation
 * does not open. Nonces are random (NIST SP 800-38D section 8.2.2), never counted, since a restored backup would count again.
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { Failure } from "../domain/failure.ts";

export interface Place {
  readonly vaultId: string;
  readonly table: string;
  readonly rowId: string;
  readonly kind: string;
  readonly generation: number;
}

const version = 1;
const aes256Gcm = 1;
const headerLength = 6;
const nonceLength = 12;
const tagLength = 16;
/** Lengths of tokens tell platforms and kinds apart; padding hides them. */
const block = 64;

export function seal(key: Uint8Array, term: number, place: Place, plaintext: string, nonce: Uint8Array): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(version, 0);
  header.writeUInt8(aes256Gcm, 1);
  header.writeUInt32BE(term, 2);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength });
  cipher.setAAD(associatedData(header, place));
  const padded = pad(plaintext);
  const ciphertext = Buffer.concat([cipher.update(padded), cipher.final()]);
  padded.fill(0);
  return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
}

/** The data key's number a record was sealed with; null for bytes that are no record. */
export function termOf(record: Uint8Array): number | null {
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const long = bytes.length >= headerLength + nonceLength + block + tagLength;
  if (!long || bytes.readUInt8(0) !== version || bytes.readUInt8(1) !== aes256Gcm) return null;
  return bytes.readUInt32BE(2);
}

/** @throws Failure `record_damaged` for a record that was changed, moved, or cut */
export function open(key: Uint8Array, place: Place, record: Uint8Array): string {
  if (termOf(record) === null) throw damaged();
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.byteLength);
  const header = bytes.subarray(0, headerLength);
  const nonce = bytes.subarray(headerLength, headerLength + nonceLength);
  const ciphertext = bytes.subarray(headerLength + nonceLength, bytes.length - tagLength);
  // authTagLength is given, since Node else accepts a tag cut to 4 bytes.
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagLength });
  decipher.setAAD(associatedData(header, place));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagLength));
  // Nothing is let out before final() has checked the tag.
  const padded = decipher.update(ciphertext);
  try {
    decipher.final();
    return unpad(padded);
  } catch {
    throw damaged();
  } finally {
    padded.fill(0);
  }
}

function damaged(): Failure {
  return new Failure("record_damaged", "a sealed record was changed, moved or cut");
}

/** Each field with its length before it: ("ab","c") and ("a","bc") must not be the same. */
function associatedData(header: Buffer, place: Place): Buffer {
  const texts = ["agencyiq/secret", place.vaultId, place.table, place.rowId, place.kind];
  const lengths = texts.map((text) => Buffer.byteLength(text));
  const data = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + 4 + length, 4 + header.length + 4 + 8));
  let at = 0;
  const field = (length: number) => {
    at = data.writeUInt32BE(length, at);
  };
  for (const [index, text] of texts.entries()) {
    field(lengths[index] ?? 0);
    at += data.write(text, at);
    if (index > 0) continue;
    field(header.length);
    at += header.copy(data, at);
  }
  field(8);
  data.writeBigUInt64BE(BigInt(place.generation), at);
  return data;
}

/** uint32 length, the text, zeros to a whole number of blocks. */
function pad(text: string): Buffer {
  const content = Buffer.from(text);
  const padded = Buffer.alloc(Math.ceil((content.length + 4) / block) * block);
  padded.writeUInt32BE(content.length, 0);
  content.copy(padded, 4);
  content.fill(0);
  return padded;
}

function unpad(padded: Buffer): string {
  const length = padded.readUInt32BE(0);
  if (length > padded.length - 4) throw damaged();
  return padded.toString("utf8", 4, 4 + length);
}
