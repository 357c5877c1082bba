import { describe, expect, it } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import { systemRandom } from "../../src/system/random.ts";
import { passphraseSource } from "../../src/vault/passphrase.ts";
import { newRecoveryCode, recoverySource } from "../../src/vault/recovery-code.ts";
import {
  codeOf,
  connect,
  credentialIn,
  type Home,
  memorySource,
  newHome,
  newVault,
  openAgain,
  plan,
  raw,
  temporaryFolder,
  wrongSource,
} from "./home.ts";

/** A vault with one account, closed, so that the next handle has to ask for the key. */
async function closedVault(): Promise<Home> {
  const home = await newVault();
  await connect(home.vault, "alice");
  await home.vault.close();
  return home;
}

async function secretOf(home: Home, unlock = home.plan): Promise<string | null> {
  const vault = await openAgain(home, unlock);
  return vault.secret(await credentialIn(vault, "alice"), "access_token");
}

/** One byte of a column changed, in every row. */
function damage(home: Home, table: string, column: string): void {
  raw(home.path, (database) => {
    const rows = database.prepare(`select ${column} as bytes from ${table}`).all() as { bytes: Buffer }[];
    for (const { bytes } of rows) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(20 % changed.length) ^ 1, 20 % changed.length);
      database.prepare(`update ${table} set ${column} = ? where ${column} = ?`).run(changed, bytes);
    }
  });
}

describe("what is wrong is told apart", () => {
  it("a wrong key", async () => {
    const home = await closedVault();
    expect(await codeOf(secretOf(home, plan(wrongSource())))).toBe("key_wrong");
  });

  it.each([
    ["key_slots", "wrapped_root_key"],
    ["key_slots", "commitment"],
  ])("a damaged slot (%s.%s)", async (table, column) => {
    const home = await closedVault();
    damage(home, table, column);
    expect(await codeOf(secretOf(home))).toBe("vault_damaged");
  });

  it("a damaged slot, opened with a wrong key: the key is what is told", async () => {
    const home = await closedVault();
    damage(home, "key_slots", "wrapped_root_key");
    expect(await codeOf(secretOf(home, plan(wrongSource())))).toBe("key_wrong");
  });

  it("a slot of another row", async () => {
    const home = await closedVault();
    raw(home.path, (database) => database.prepare("update key_slots set id = 'moved'").run());
    const [key = Buffer.alloc(0)] = home.source.keys.values();
    home.source.keys.set("moved", key);
    expect(await codeOf(secretOf(home))).toBe("key_wrong");
  });

  it("slot parameters that are no JSON", async () => {
    const home = await closedVault();
    raw(home.path, (database) => database.prepare("update key_slots set parameters = '{'").run());
    expect(await codeOf(secretOf(home))).toBe("vault_damaged");
    expect(await codeOf(home.custody.status())).toBe("vault_damaged");
  });

  it("no key where it should be", async () => {
    const home = await closedVault();
    expect(await codeOf(secretOf(home, plan(memorySource())))).toBe("key_missing");
  });

  it("no source that could be asked", async () => {
    const home = await closedVault();
    expect(await codeOf(secretOf(home, plan()))).toBe("key_missing");
    expect(await codeOf(secretOf(home, plan(memorySource("file"))))).toBe("key_missing");
  });

  it.each(["key_locked", "key_unavailable", "key_timeout"] as const)("a source that says %s", async (code) => {
    const home = await closedVault();
    const source = memorySource();
    source.read = async () => {
      throw new Failure(code, "not now");
    };
    expect(await codeOf(secretOf(home, plan(source)))).toBe(code);
  });

  it("a damaged record", async () => {
    const home = await closedVault();
    damage(home, "secrets", "blob");
    expect(await codeOf(secretOf(home))).toBe("record_damaged");
  });

  it("a damaged data key", async () => {
    const home = await closedVault();
    damage(home, "data_keys", "wrapped_key");
    expect(await codeOf(secretOf(home))).toBe("record_damaged");
  });
});

describe("sources", () => {
  it("named explicitly, no other is tried", async () => {
    const home = await closedVault();
    const file = memorySource("file");
    home.source.reads = 0;
    expect(await codeOf(secretOf(home, { sources: [home.source, file], explicit: "file" }))).toBe("key_missing");
    expect(home.source.reads).toBe(0);
    expect(await secretOf(home, { sources: [file, home.source], explicit: "keychain" })).toBe("access-alice");
  });

  it("are tried in their order until one opens", async () => {
    const home = await closedVault();
    const file = memorySource("file");
    await home.custody.rekey(home.plan, { add: file });
    home.source.reads = 0;
    file.keys.clear();
    expect(await secretOf(home, plan(file, home.source))).toBe("access-alice");
    expect([file.reads, home.source.reads]).toEqual([1, 1]);
  });

  it("have several slots of a kind", async () => {
    const home = await closedVault();
    const [one, other] = [memorySource("file"), memorySource("file")];
    await home.custody.rekey(home.plan, { add: one });
    home.clock.advance(1000);
    await home.custody.rekey(home.plan, { add: other });
    expect((await home.custody.status()).slots.map(({ kind }) => kind)).toEqual(["keychain", "file", "file"]);
    expect(await secretOf(home, plan(one))).toBe("access-alice");
    expect(await secretOf(home, plan(other))).toBe("access-alice");
  });

  it("a wrong key is told before one that is missing", async () => {
    const home = await closedVault();
    await home.custody.rekey(home.plan, { add: memorySource("file") });
    expect(await codeOf(secretOf(home, plan(memorySource("file"), wrongSource())))).toBe("key_wrong");
  });

  it("are asked once by two who need a secret at the same moment", async () => {
    const home = await closedVault();
    const vault = await openAgain(home);
    const credential = await credentialIn(vault, "alice");
    const before = home.source.reads;
    const both = await Promise.all([
      vault.secret(credential, "access_token"),
      vault.secret(credential, "refresh_token"),
    ]);
    expect(both).toEqual(["access-alice", "refresh-alice"]);
    await vault.secret(credential, "access_token");
    expect(home.source.reads - before).toBe(1);
  });

  it("are not asked for what needs no secret", async () => {
    const home = await closedVault();
    const vault = await openAgain(home);
    const before = home.source.reads;
    await vault.accounts();
    await vault.apps();
    await vault.ledger({});
    await vault.lastAttempt((await credentialIn(vault, "alice")).id);
    await home.custody.status();
    expect(home.source.reads).toBe(before);
  });

  it("leave their mark on the slot, at most once a day", async () => {
    const home = await closedVault();
    const lastUsed = async () => (await home.custody.status()).slots[0]?.lastUsedAt;
    home.clock.advance(2 * 86_400_000);
    await secretOf(home);
    const used = await lastUsed();
    expect(used).toBe(home.clock.now());
    home.clock.advance(3_600_000);
    await secretOf(home);
    expect(await lastUsed()).toBe(used);
  });
});

describe("a passphrase slot", () => {
  const asking = (passphrase: string) => passphraseSource(async () => passphrase, systemRandom);

  async function withPassphrase(passphrase: string): Promise<Home> {
    const home = newHome(temporaryFolder());
    const { vault } = await home.custody.create(asking(passphrase), { recovery: false });
    await connect(vault, "alice");
    await vault.close();
    return home;
  }

  it("opens with the passphrase, however its letters are composed, and with no other", async () => {
    const home = await withPassphrase("Übermut tut gut");
    expect(await secretOf(home, plan(asking("U\u0308bermut tut gut")))).toBe("access-alice");
    expect(await codeOf(secretOf(home, plan(asking("Ubermut tut gut"))))).toBe("key_wrong");
    const parameters = (await home.custody.status()).slots[0]?.parameters;
    expect(parameters).toMatchObject({ kdf: "scrypt", N: 2 ** 17, r: 8, p: 1 });
  });

  it("wants eight characters", async () => {
    expect(await codeOf(withPassphrase("seven77"))).toBe("usage");
  });

  it.each([
    { N: 2 ** 40 },
    { N: 2 ** 30 },
    { N: 2 ** 20, r: 32, p: 16 },
    { N: 2 ** 20, r: 8, p: 16 },
    { N: 2 ** 17 + 1 },
    { N: 0 },
    { N: -1 },
    { r: 2 ** 20 },
    { r: 0 },
    { p: 2 ** 30 },
    { p: 1.5 },
    { N: "131072" },
    { salt: 5 },
    { salt: "" },
    { kdf: "md5" },
  ])("refuses tampered parameters quickly: %j", async (change) => {
    const parameters = { kdf: "scrypt", N: 2 ** 17, r: 8, p: 1, salt: "AAECAwQFBgcICQoLDA0ODw==", ...change };
    const began = performance.now();
    expect(await codeOf(asking("some passphrase").read({ id: "slot", parameters }, "vault"))).toBe("vault_damaged");
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe("a recovery code", () => {
  async function withRecovery() {
    const home = newHome();
    const { vault, recoveryCode } = await home.custody.create(home.source, { recovery: true });
    await connect(vault, "alice");
    await vault.close();
    return { home, code: recoveryCode ?? "" };
  }
  const typing = (code: string) => plan(recoverySource(async () => code));

  it("is nine groups of four", async () => {
    const { code } = await withRecovery();
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){8}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it("opens however it is typed", async () => {
    const { home, code } = await withRecovery();
    const typed = [
      code,
      code.toLowerCase(),
      code.replaceAll("-", ""),
      ` ${code.replaceAll("-", " ")}\n`,
      code.replaceAll("0", "O").replaceAll("1", "I"),
      code.toLowerCase().replaceAll("0", "o").replaceAll("1", "l"),
    ];
    for (const text of typed) expect(await secretOf(home, typing(text)), text).toBe("access-alice");
  });

  it("tells a typo from the code of another vault", async () => {
    const { home, code } = await withRecovery();
    const failure = async (text: string) => {
      const thrown = await secretOf(home, typing(text)).catch((error: unknown) => error);
      return thrown instanceof Failure ? [thrown.code, thrown.message] : thrown;
    };
    const typo = code.replace(/^./, (letter) => (letter === "A" ? "B" : "A"));
    expect(await failure(typo)).toEqual(["key_wrong", "the recovery code has a typo"]);
    expect(await failure(code.slice(0, -1))).toEqual(["key_wrong", "the recovery code has a typo"]);
    expect(await failure(code.replace(/^./, "U"))).toEqual(["key_wrong", "the recovery code has a typo"]);
    expect(await failure(newRecoveryCode(systemRandom))).toEqual([
      "key_wrong",
      "the recovery code does not open this vault",
    ]);
  });

  it("notices every letter that is mistyped or swapped with its neighbour, but for the odds of its 20 bits", () => {
    const code = newRecoveryCode({
      ...systemRandom,
      bytes: (count) => Uint8Array.from({ length: count }, (_, i) => i * 7),
    });
    const source = recoverySource(async () => "");
    expect(source.kind).toBe("recovery");
    const letters = code.replaceAll("-", "");
    const others = [...letters].map(
      (letter, index) => letters.slice(0, index) + (letter === "7" ? "8" : "7") + letters.slice(index + 1),
    );
    return Promise.all(
      others
        .filter((text) => text !== letters)
        .map(async (text) =>
          expect(await codeOf(recoverySource(async () => text).read({ id: "", parameters: {} }, ""))).toBe("key_wrong"),
        ),
    );
  });

  it("makes no slot of its own accord", async () => {
    expect(await codeOf(recoverySource(async () => "").create("slot", "vault"))).toBe("usage");
  });
});
