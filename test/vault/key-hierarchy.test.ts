import { createDecipheriv, createHash, createHmac, hkdfSync, scryptSync } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { systemRandom } from "../../src/system/random.ts";
import {
  fingerprintOf,
  keyCheckValue,
  sameBytes,
  slotCommitment,
  subkey,
  unwrapKey,
  wrapKey,
} from "../../src/vault/key-hierarchy.ts";
import { chainCode, dataKeyName, wrappingKey } from "../../src/vault/keyring.ts";
import { passphraseSource } from "../../src/vault/passphrase.ts";
import { keyFromRecoveryCode } from "../../src/vault/recovery-code.ts";
import { connect, credentialIn, memorySource, newHome, newVault, raw } from "./home.ts";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8"));
const hex = (text: string) => Buffer.from(text, "hex");

/** docs/vault-format.md, followed by somebody who has only that page: nothing of src/ is used here. */
const stranger = {
  hkdf: (key: Uint8Array, purpose: string) => Buffer.from(hkdfSync("sha256", key, "", `agencyiq/${purpose}`, 32)),
  mac: (key: Uint8Array, ...parts: (string | Uint8Array)[]) => {
    const hmac = createHmac("sha256", key);
    for (const part of parts) hmac.update(part);
    return hmac.digest();
  },
  decrypt(key: Uint8Array, nonce: Buffer, ciphertextAndTag: Buffer, associated: Buffer): Buffer {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
    decipher.setAAD(associated);
    decipher.setAuthTag(ciphertextAndTag.subarray(-16));
    return Buffer.concat([decipher.update(ciphertextAndTag.subarray(0, -16)), decipher.final()]);
  },
  unwrap: (key: Uint8Array, wrapped: Buffer, name: string) =>
    stranger.decrypt(key, wrapped.subarray(0, 12), wrapped.subarray(12), Buffer.from(`agencyiq/key ${name}`)),
  open(dataKey: Uint8Array, record: Buffer, vaultId: string, table: string, rowId: string, kind: string, at: number) {
    const generation = Buffer.alloc(8);
    generation.writeBigUInt64BE(BigInt(at));
    const fields = ["agencyiq/secret", record.subarray(0, 6), vaultId, table, rowId, kind, generation];
    const associated = fields.flatMap((field) => {
      const bytes = Buffer.from(field as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    });
    const plaintext = stranger.decrypt(dataKey, record.subarray(6, 18), record.subarray(18), Buffer.concat(associated));
    return plaintext.toString("utf8", 4, 4 + plaintext.readUInt32BE(0));
  },
  recovery(code: string): Buffer {
    const letters = code.toUpperCase().replace(/[- ]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
    const digest = createHash("sha256")
      .update(`agencyiq/recovery ${letters.slice(0, 32)}`)
      .digest();
    const checksum = [...digest.subarray(0, 4)].map((byte) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[byte & 31]).join("");
    expect(letters.slice(32)).toBe(checksum);
    return stranger.hkdf(Buffer.from(letters.slice(0, 32), "ascii"), "recovery");
  },
};

describe("a stranger with docs/vault-format.md and a slot's key", () => {
  it("opens a record of a real vault", async () => {
    const home = await newVault();
    await connect(home.vault, "alice", "secret-one");
    const credential = await credentialIn(home.vault, "alice");
    raw(home.path, (database) => {
      const meta = (key: string) => database.prepare("select value from meta where key = ?").pluck().get(key) as string;
      const slot = database.prepare("select * from key_slots").get() as Record<string, Buffer> & { id: string };
      const slotKey = home.source.keys.get(slot.id) ?? Buffer.alloc(0);
      const row = (table: string, where: string, value: string | number) =>
        database.prepare(`select * from ${table} where ${where} = ?`).get(value) as Record<string, Buffer>;
      const { blob = Buffer.alloc(0) } = row("secrets", "kind", "access_token");
      const { wrapped_key = Buffer.alloc(0) } = row("data_keys", "term", blob.readUInt32BE(2));

      expect(stranger.mac(stranger.hkdf(slotKey, "commit"), slot.id).subarray(0, 16)).toEqual(slot["commitment"]);
      const rootKey = stranger.unwrap(slotKey, slot["wrapped_root_key"] ?? Buffer.alloc(0), slot.id);
      const check = stranger.mac(stranger.hkdf(rootKey, "check"), meta("vault_id")).subarray(0, 16);
      expect(check.toString("base64")).toBe(meta("key_check"));
      const name = `${meta("vault_id")}/data/${blob.readUInt32BE(2)}`;
      const dataKey = stranger.unwrap(stranger.hkdf(rootKey, "wrap"), wrapped_key, name);
      const place = [meta("vault_id"), "credentials", credential.id, "access_token", credential.generation] as const;
      expect(stranger.open(dataKey, blob, ...place)).toBe("access-secret-one");
    });
  });

  it("gets the slot key out of a recovery code and a passphrase", async () => {
    const { recovery, passphrase } = vectors;
    expect(stranger.recovery(recovery.code).toString("hex")).toBe(recovery.slotKey);
    const { N, r, p, salt } = passphrase.parameters;
    const derived = scryptSync(passphrase.passphrase.normalize("NFC"), Buffer.from(salt, "base64"), 32, { N, r, p });
    expect(derived.toString("hex")).toBe(passphrase.slotKey);
  });

  it("follows the vectors from the slot's key to the text", () => {
    const { keys, records, ledger } = vectors;
    const rootKey = stranger.unwrap(hex(keys.slotKey), hex(keys.wrappedRootKey), keys.slotId);
    expect(rootKey.toString("hex")).toBe(keys.rootKey);
    const dataKey = stranger.unwrap(
      stranger.hkdf(rootKey, "wrap"),
      hex(keys.wrappedDataKey),
      `${keys.vaultId}/data/${keys.term}`,
    );
    for (const { place, record, plaintext } of records) {
      const { vaultId, table, rowId, kind, generation } = place;
      expect(stranger.open(dataKey, hex(record), vaultId, table, rowId, kind, generation)).toBe(plaintext);
    }
    let previous = Buffer.alloc(32);
    for (const { fields, mac } of ledger) {
      previous = stranger.mac(stranger.hkdf(rootKey, "ledger"), previous, JSON.stringify(fields));
      expect(previous.toString("hex")).toBe(mac);
    }
  });
});

describe("the test vectors", () => {
  const { keys, recovery, passphrase, ledger } = vectors;

  it("of keys hold", () => {
    const [slotKey, rootKey] = [hex(keys.slotKey), hex(keys.rootKey)];
    expect(slotCommitment(slotKey, keys.slotId).toString("hex")).toBe(keys.commitment);
    expect(unwrapKey(slotKey, hex(keys.wrappedRootKey), keys.slotId)?.toString("hex")).toBe(keys.rootKey);
    expect(keyCheckValue(rootKey, keys.vaultId).toString("base64")).toBe(keys.keyCheck);
    expect(wrappingKey(rootKey).toString("hex")).toBe(keys.wrappingKey);
    const name = dataKeyName(keys.vaultId, keys.term);
    expect(unwrapKey(hex(keys.wrappingKey), hex(keys.wrappedDataKey), name)?.toString("hex")).toBe(keys.dataKey);
    const fingerprint = fingerprintOf(subkey(rootKey, "fingerprint"), keys.fingerprint.token);
    expect(fingerprint.toString("hex")).toBe(keys.fingerprint.value);
  });

  it("of recovery codes, passphrases and the ledger hold", async () => {
    expect(Buffer.from(keyFromRecoveryCode(recovery.code)).toString("hex")).toBe(recovery.slotKey);
    const source = passphraseSource(async () => passphrase.passphrase, systemRandom);
    const key = await source.read({ id: keys.slotId, parameters: passphrase.parameters }, keys.vaultId);
    expect(Buffer.from(key).toString("hex")).toBe(passphrase.slotKey);
    const ledgerKey = subkey(hex(keys.rootKey), "ledger");
    const [first, second] = ledger;
    expect(chainCode(ledgerKey, null, first.fields).toString("hex")).toBe(first.mac);
    expect(chainCode(ledgerKey, hex(first.mac), second.fields).toString("hex")).toBe(second.mac);
  });
});

describe("a wrapped key", () => {
  const outer = Buffer.alloc(32, 1);
  const inner = Buffer.alloc(32, 2);
  const wrapped = wrapKey(outer, inner, "name", Buffer.alloc(12, 3));

  it("is bound to its key and its name", () => {
    expect(unwrapKey(outer, wrapped, "name")).toEqual(inner);
    expect(unwrapKey(Buffer.alloc(32, 9), wrapped, "name")).toBeNull();
    expect(unwrapKey(outer, wrapped, "other")).toBeNull();
  });

  it("opens neither changed nor cut, nor with a short tag", () => {
    fc.assert(
      fc.property(fc.nat({ max: wrapped.length - 1 }), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = Buffer.from(wrapped);
        changed.writeUInt8(changed.readUInt8(index) ^ change, index);
        expect(unwrapKey(outer, changed, "name")).toBeNull();
        expect(unwrapKey(outer, wrapped.subarray(0, index), "name")).toBeNull();
      }),
    );
  });
});

describe("subkeys", () => {
  it("differ by purpose and by key", () => {
    const purposes = ["wrap", "check", "fingerprint", "ledger", "commit"] as const;
    const made = [1, 2].flatMap((fill) => purposes.map((purpose) => subkey(Buffer.alloc(32, fill), purpose)));
    expect(new Set(made.map((key) => key.toString("hex"))).size).toBe(10);
  });

  it("are compared without an exception for lengths that differ", () => {
    expect(sameBytes(Buffer.alloc(4), Buffer.alloc(5))).toBe(false);
    expect(sameBytes(Buffer.alloc(4), Buffer.alloc(4))).toBe(true);
  });
});

describe("in the vault file", () => {
  it("no key lies open", async () => {
    const home = newHome();
    const kept: Buffer[] = [];
    const source = memorySource();
    const { create } = source;
    source.create = async (...given) => {
      const made = await create.apply(source, given);
      kept.push(Buffer.from(made.key));
      return made;
    };
    const { vault } = await home.custody.create(source, { recovery: true });
    await connect(vault, "alice");
    await vault.close();
    const bytes = readFileSync(home.path);
    expect(kept).toHaveLength(1);
    for (const key of kept) expect(bytes.includes(key)).toBe(false);
  });
});
