import { describe, expect, it } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import type { KeySlot, SlotKind } from "../../src/domain/ports/keys.ts";
import { type NamedKey, unattendedKey } from "../../src/domain/unattended-key.ts";

const slots = (...kinds: SlotKind[]): KeySlot[] =>
  kinds.map((kind, index) => ({ id: `slot-${index}`, kind, parameters: {}, createdAt: 0, lastUsedAt: null }));
const nothing: NamedKey = { kind: null, file: null, command: null, credential: null };

function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (error) {
    return error as Failure;
  }
  throw new Error("nothing failed");
}

describe("what nobody named", () => {
  it.each<[SlotKind[], SlotKind]>([
    [["keychain", "recovery"], "keychain"],
    [["keychain", "file", "recovery"], "file"],
    [["file", "command"], "command"],
    [["passphrase", "keychain"], "keychain"],
  ])("of %j the job uses the %s", (kinds, kind) => {
    expect(unattendedKey(slots(...kinds), nothing)).toEqual({ kind, environment: { AGENCYIQ_KEY_SOURCE: kind } });
  });

  it.each<[SlotKind[]]>([[["passphrase"]], [["passphrase", "recovery"]], [["recovery"]]])(
    "%j needs a person, and the command that mends it is named",
    (kinds) => {
      const { code, category, hint } = failureOf(() => unattendedKey(slots(...kinds), nothing));
      expect({ code, category }).toEqual({ code: "key_missing", category: "locked" });
      expect(hint).toContain("agencyiq vault rekey --add file --new-key-file");
      expect(hint).toContain("--add command --new-key-command");
    },
  );
});

describe("what was named", () => {
  it.each<[string, Partial<NamedKey>, Record<string, string>]>([
    ["a file", { kind: "file", file: "/k" }, { AGENCYIQ_KEY_FILE: "/k" }],
    ["a command", { kind: "command", command: "pass show a" }, { AGENCYIQ_KEY_COMMAND: "pass show a" }],
    ["the file of the slot", { kind: "file" }, { AGENCYIQ_KEY_SOURCE: "file" }],
    ["the keychain", { kind: "keychain" }, { AGENCYIQ_KEY_SOURCE: "keychain" }],
    // A named file would go before the credential, and is not what systemd hands out.
    [
      "a credential",
      { kind: "file", file: "/k", credential: { path: "/c", encrypted: false } },
      { AGENCYIQ_KEY_SOURCE: "file" },
    ],
  ])("%s goes into the job by name", (_name, named, environment) => {
    const found = unattendedKey(slots("passphrase", "keychain", "file", "command"), { ...nothing, ...named });
    expect(found.environment).toEqual(environment);
  });

  it.each<[SlotKind[], Partial<NamedKey>, RegExp]>([
    [["keychain"], { kind: "file", file: "/k" }, /--add file --new-key-file \/k$/],
    [["file"], { kind: "command", command: "op read x" }, /--add command --new-key-command 'op read x'$/],
    [["file"], { kind: "keychain" }, /--add keychain$/],
    [["keychain"], { credential: { path: "/c", encrypted: true } }, /--add file --new-key-file/],
  ])("%j is not opened by it: %j", (kinds, named, hint) => {
    const failure = failureOf(() => unattendedKey(slots(...kinds), { ...nothing, ...named }));
    expect(failure.code).toBe("key_missing");
    expect(failure.hint).toMatch(hint);
  });

  it("a passphrase needs a person", () => {
    const failure = failureOf(() => unattendedKey(slots("passphrase", "file"), { ...nothing, kind: "passphrase" }));
    expect(failure).toMatchObject({ code: "usage", hint: expect.stringContaining("file") });
  });
});
