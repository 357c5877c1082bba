import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { open, type Place, seal, termOf } from "../../src/vault/sealed-record.ts";
import { codeOf } from "./home.ts";

const key = Buffer.alloc(32, 1);
const place: Place = { vaultId: "vault", table: "credentials", rowId: "row", kind: "access_token", generation: 3 };
const sealed = (text = "a token", at: Place = place) => seal(key, 1, at, text, randomBytes(12));
const opening = (record: Uint8Array, at: Place = place, by = key) => codeOf(() => open(by, at, record));

const text = fc.string({ unit: "binary", maxLength: 300 });
const field = fc.string({ unit: "binary", maxLength: 12 });
const places = fc.record({
  vaultId: field,
  table: field,
  rowId: field,
  kind: field,
  generation: fc.nat(),
}) satisfies fc.Arbitrary<Place>;

describe("a sealed record", () => {
  it("opens with any text it was made from", () => {
    fc.assert(
      fc.property(text, places, fc.nat({ max: 0xffff_ffff }), (plaintext, at, term) => {
        const record = seal(key, term, at, plaintext, randomBytes(12));
        expect(termOf(record)).toBe(term);
        expect(open(key, at, record)).toBe(plaintext);
      }),
    );
  });

  it("does not show its length within a block", () => {
    fc.assert(
      fc.property(fc.nat({ max: 1000 }), (length) => {
        const blocks = Math.ceil((length + 4) / 64);
        expect(sealed("x".repeat(length)).length).toBe(34 + 64 * blocks);
      }),
    );
    expect(sealed("").length).toBe(sealed("x".repeat(60)).length);
    expect(sealed("x".repeat(61)).length).toBe(sealed("x".repeat(60)).length + 64);
  });

  it("opens at no other place, however the fields are cut", async () => {
    await fc.assert(
      fc.asyncProperty(places, places, async (one, other) => {
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        expect(await opening(sealed("text", one), other)).toBe("record_damaged");
      }),
    );
    const shifted = { ...place, table: "ab", rowId: "c" };
    expect(await opening(sealed("text", shifted), { ...place, table: "a", rowId: "bc" })).toBe("record_damaged");
  });

  it.each<[string, Partial<Place>]>([
    ["row", { rowId: "other" }],
    ["kind", { kind: "refresh_token" }],
    ["older generation", { generation: 2 }],
    ["newer generation", { generation: 4 }],
    ["vault", { vaultId: "other" }],
    ["table", { table: "apps" }],
  ])("moved to another %s does not open", async (_what, change) => {
    expect(await opening(sealed(), { ...place, ...change })).toBe("record_damaged");
  });

  it("of another key does not open", async () => {
    expect(await opening(sealed(), place, Buffer.alloc(32, 2))).toBe("record_damaged");
  });

  it.each([4, 8, 12])("with its tag cut to %i bytes does not open", async (left) => {
    const record = sealed("x".repeat(200));
    expect(await opening(record.subarray(0, record.length - 16 + left))).toBe("record_damaged");
    const short = sealed();
    expect(await opening(short.subarray(0, short.length - 16 + left))).toBe("record_damaged");
  });

  it("with any byte changed does not open", async () => {
    const record = sealed();
    for (let index = 0; index < record.length; index += 1) {
      const changed = Buffer.from(record);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(await opening(changed), `byte ${index}`).toBe("record_damaged");
    }
  });

  it("cut anywhere, or grown, does not open", async () => {
    const record = sealed();
    for (let length = 0; length < record.length; length += 1) {
      expect(await opening(record.subarray(0, length)), `${length} bytes`).toBe("record_damaged");
    }
    expect(await opening(Buffer.concat([record, Buffer.alloc(1)]))).toBe("record_damaged");
    expect(await opening(Buffer.concat([record, Buffer.alloc(64)]))).toBe("record_damaged");
  });

  it("names no term where there is no record", () => {
    expect(termOf(Buffer.alloc(0))).toBeNull();
    expect(termOf(Buffer.alloc(200))).toBeNull();
    expect(termOf(Buffer.concat([Buffer.from([1, 2]), Buffer.alloc(200)]))).toBeNull();
  });
});

interface Vectors {
  readonly records: readonly {
    readonly key: string;
    readonly term: number;
    readonly nonce: string;
    readonly place: Place;
    readonly plaintext: string;
    readonly record: string;
  }[];
}

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url), "utf8")) as Vectors;

describe("the test vectors (docs/vault-format.md)", () => {
  it.each(vectors.records.map((vector) => [vector.plaintext.slice(0, 20), vector] as const))("%j", (_name, vector) => {
    const record = seal(
      Buffer.from(vector.key, "hex"),
      vector.term,
      vector.place,
      vector.plaintext,
      Buffer.from(vector.nonce, "hex"),
    );
    expect(record.toString("hex")).toBe(vector.record);
    expect(open(Buffer.from(vector.key, "hex"), vector.place, Buffer.from(vector.record, "hex"))).toBe(
      vector.plaintext,
    );
  });
});
