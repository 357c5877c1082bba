import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NewChannel } from "../../src/domain/channel.ts";
import { secretKinds } from "../../src/domain/credential.ts";
import type { Failure } from "../../src/domain/failure.ts";
import type { KeySource } from "../../src/domain/ports/keys.ts";
import { systemRandom } from "../../src/system/random.ts";
import { migrations } from "../../src/vault/migrations/index.ts";
import { openContext } from "../../src/vault/open.ts";
import { passphraseSource } from "../../src/vault/passphrase.ts";
import { recoverySource } from "../../src/vault/recovery-code.ts";
import { rekeyVault } from "../../src/vault/rekey.ts";
import {
  accountOf,
  codeOf,
  commitOf,
  connect,
  credentialIn,
  credentialOf,
  custodyIn,
  dump,
  type Home,
  keyOf,
  memorySource,
  newHome,
  newVault,
  openAgain,
  plan,
  raw,
  temporaryFolder,
  tokens,
  wrongSource,
} from "./home.ts";
import { otherProcess, withCustody } from "./other-process.ts";

const handles = ["alice", "bob", "carol"];

/** One for each kind of secret that a channel can have. */
const channels: readonly Pick<NewChannel, "name" | "target" | "secret">[] = [
  {
    name: "email",
    target: {
      kind: "email",
      to: ["ada@example.com"],
      from: "ada@example.com",
      host: "mail.example.com",
      port: 465,
      tls: "implicit",
      user: "ada",
    },
    secret: "mail-secret",
  },
  { name: "slack", target: { kind: "slack", host: "hooks.slack.com" }, secret: "slack-secret" },
  { name: "telegram", target: { kind: "telegram", chat: "@owner" }, secret: "1:telegram-secret" },
  { name: "webhook", target: { kind: "webhook", url: "https://example.com/hook" }, secret: "signing-secret" },
];

/** Every kind of secret at once, which no server would give; for alice and bob those of a token that is refreshed. */
function fullCredential(handle: string) {
  const secrets = { dpop: true, dpopKey: `key-${handle}` };
  if (handle !== "carol") return credentialOf(handle, secrets);
  return credentialOf(handle, {
    ...secrets,
    tokenSecret: "secret-carol",
    key: "password-carol",
    tokens: tokens(handle, { tokenType: "OAuth1" }),
  });
}

const certificate = { certificate: "public", key: "certificate-secret", fingerprint: "AB:CD", expiresAt: 0 };

/** Three accounts, an app with a secret, some history; closed. */
async function fullVault(options: { recovery?: boolean } = {}): Promise<Home & { recoveryCode: string | null }> {
  const home = newHome();
  const { vault, recoveryCode } = await home.custody.create(home.source, { recovery: options.recovery ?? false });
  for (const handle of handles) {
    await vault.connect(accountOf(handle), fullCredential(handle));
  }
  await vault.saveApp({
    platform: "x",
    issuer: null,
    clientId: "client",
    clientSecret: "app-secret",
    redirectUri: null,
    scopes: null,
    registered: true,
    registrationAccessToken: "registration-secret",
    serverMetadata: null,
  });
  for (const { name, target, secret } of channels) {
    await vault.addChannel({ name, target, secret, on: null, brand: null });
  }
  await vault.keepCallbackCertificate(certificate);
  await vault.close();
  return { ...home, recoveryCode };
}

/** Every secret as it can be read; or the code of what stands in its way. */
async function secretsOf(home: Home, unlock = home.plan): Promise<(string | null)[]> {
  const vault = await openAgain(home, unlock);
  const told: (string | null)[] = [];
  const tell = async (work: Promise<string | null>) => {
    told.push(await work.catch((error: { code: string }) => error.code));
  };
  for (const { credentials } of await vault.accounts()) {
    for (const credential of credentials) {
      for (const kind of secretKinds.credentials) await tell(vault.secret(credential, kind));
    }
  }
  for (const app of await vault.apps()) for (const kind of secretKinds.apps) await tell(vault.appSecret(app, kind));
  for (const channel of await vault.channels()) await tell(vault.channelSecret(channel));
  await tell(vault.callbackCertificate().then((kept) => kept?.key ?? null));
  await vault.close();
  return told;
}

const allSecrets = [
  ...handles.flatMap((handle) => [
    `access-${handle}`,
    `refresh-${handle}`,
    `key-${handle}`,
    handle === "carol" ? "secret-carol" : null,
    handle === "carol" ? "password-carol" : null,
  ]),
  "app-secret",
  "registration-secret",
  ...channels.map(({ secret }) => secret),
  certificate.key,
];

const problems = async (home: Home, unlock = home.plan) =>
  (await home.custody.verify(unlock)).filter(({ ok }) => !ok).map(({ id, account }) => account ?? id);

describe("making a vault", () => {
  it("happens once, though several start at the same moment", async () => {
    const folder = temporaryFolder();
    const key = Buffer.alloc(32, 5).toString("hex");
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => {
        const code = `${withCustody}
          const made = await custody.create(source, { recovery: false }).then(({ vault }) => vault.id, (error) => error.code);
          process.stdout.write(made);
        `;
        return otherProcess(folder, { code, arguments: [join(folder, "home"), key] }).ended;
      }),
    );
    expect(outcomes.filter((outcome) => outcome === "vault_exists")).toHaveLength(2);
    expect(readdirSync(join(folder, "home")).filter((name) => name.includes("making"))).toEqual([]);
    const status = await custodyIn(join(folder, "home")).status();
    expect(outcomes).toContain(status.id);
    expect(status.slots).toHaveLength(1);
  });

  it("leaves nothing where the source cannot make a key", async () => {
    const home = newHome();
    const source: KeySource = {
      ...memorySource(),
      create: async () => {
        throw new Error("no");
      },
    };
    await expect(home.custody.create(source, { recovery: false })).rejects.toThrow("no");
    expect(readdirSync(home.folder)).toEqual([]);
  });

  it("tells about itself without its key", async () => {
    const home = await fullVault({ recovery: true });
    const status = await home.custody.status();
    expect(status).toMatchObject({ exists: true, format: migrations.length, accounts: 3, createdAt: home.clock.now() });
    expect(status.slots.map(({ kind }) => kind)).toEqual(["keychain", "recovery"]);
    expect(status.dataKeys).toEqual([{ term: 1, records: 18, createdAt: home.clock.now() }]);
    expect(status.sizeBytes).toBe(statSync(home.path).size);
  });
});

describe("every sealed column", () => {
  it("is accounted for", async () => {
    const home = await fullVault();
    const blobs = raw(home.path, (database) =>
      (database.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[]).flatMap(
        (table) =>
          (database.pragma(`table_info(${table})`) as { name: string; type: string }[])
            .filter(({ type }) => type.toLowerCase() === "blob")
            .map(({ name }) => `${table}.${name}`),
      ),
    );
    // A new one must be rotated (src/vault/rotation.ts), verified (verification.ts) and described (docs/vault-format.md).
    expect(blobs.sort()).toEqual([
      "data_keys.wrapped_key",
      "key_slots.commitment",
      "key_slots.wrapped_root_key",
      "ledger.mac",
      "refresh_attempts.fingerprint",
      "secrets.blob",
      "tombstones.fingerprint",
    ]);
    const kinds = raw(home.path, (database) =>
      database.prepare("select distinct owner || '.' || kind from secrets").pluck().all(),
    ) as string[];
    const named = Object.entries(secretKinds).flatMap(([owner, list]) => list.map((kind) => `${owner}.${kind}`));
    expect(kinds.sort()).toEqual(named.sort());
    const page = readFileSync(new URL("../../docs/vault-format.md", import.meta.url), "utf8");
    for (const name of named) expect(page).toContain(`\`${name.replace(/^.*\./, "")}\``);
  });
});

describe("verification", () => {
  const blobOf = "select blob from secrets where owner_id = ? and kind = 'access_token'";

  async function idOf(home: Home, handle: string): Promise<string> {
    const vault = await openAgain(home);
    const { id } = await credentialIn(vault, handle);
    await vault.close();
    return id;
  }

  it("finds a whole vault whole", async () => {
    const home = await fullVault();
    expect((await home.custody.verify(home.plan)).map(({ id, ok }) => [id, ok])).toEqual([
      ["structure", true],
      ["ledger", true],
      ["records", true],
    ]);
    expect(await secretsOf(home)).toEqual(allSecrets);
  });

  it("names two rows that were swapped; the third account goes on", async () => {
    const home = await fullVault();
    const [alice, bob] = [await idOf(home, "alice"), await idOf(home, "bob")];
    raw(home.path, (database) => {
      const [one, other] = [database.prepare(blobOf).pluck().get(alice), database.prepare(blobOf).pluck().get(bob)];
      const put = database.prepare("update secrets set blob = ? where owner_id = ? and kind = 'access_token'");
      put.run(other, alice);
      put.run(one, bob);
    });
    expect(await problems(home)).toEqual(["x/alice", "x/bob", "records"]);
    expect((await secretsOf(home)).map((text) => text === "record_damaged")).toEqual([
      ...[true, false, false, false, false],
      ...[true, false, false, false, false],
      ...[false, false, false, false, false],
      ...[false, false],
      ...channels.map(() => false),
      false,
    ]);
  });

  it("finds a certificate that was changed; the vault then has none, and takes another", async () => {
    const home = await fullVault();
    raw(home.path, (database) =>
      database.prepare("update secrets set blob = zeroblob(98) where owner = 'vault'").run(),
    );
    expect(await problems(home)).toEqual(["record", "records"]);
    const vault = await openAgain(home);
    expect(await vault.callbackCertificate()).toBeNull();
    await vault.keepCallbackCertificate(certificate);
    expect(await vault.callbackCertificate()).toEqual(certificate);
    await vault.close();
    expect(await problems(home)).toEqual([]);
  });

  it("names a row that was put back; the others go on", async () => {
    const home = await fullVault();
    const id = await idOf(home, "bob");
    const old = raw(home.path, (database) => database.prepare("select * from secrets where owner_id = ?").all(id)) as {
      kind: string;
      blob: Buffer;
      generation: number;
    }[];
    const vault = await openAgain(home);
    const attempt = await vault.beginAttempt(await credentialIn(vault, "bob"), "x/bob", 0, "refresh-token");
    await vault.commitAttempt(commitOf(attempt, "two"), "x/bob");
    await vault.close();
    raw(home.path, (database) => {
      database.prepare("update credentials set generation = 1 where id = ?").run(id);
      const put = database.prepare("update secrets set blob = ?, generation = ? where owner_id = ? and kind = ?");
      for (const { kind, blob, generation } of old) put.run(blob, generation, id, kind);
    });
    expect(await problems(home)).toEqual(["x/bob", "records"]);
    const told = await secretsOf(home);
    expect(told.slice(0, 5)).toEqual(allSecrets.slice(0, 5));
    expect(told.slice(5, 10)).toEqual(Array(5).fill("record_rolled_back"));
    expect(told.slice(10)).toEqual(allSecrets.slice(10));
  });

  it("names a row that was put back past a new authorization", async () => {
    const home = await fullVault();
    const id = await idOf(home, "bob");
    const old = raw(home.path, (database) => database.prepare("select * from secrets where owner_id = ?").all(id)) as {
      kind: string;
      blob: Buffer;
    }[];
    const vault = await openAgain(home);
    await vault.connect(accountOf("bob"), credentialOf("two", { dpop: true, dpopKey: "key" }));
    await vault.close();
    expect(await problems(home)).toEqual([]);
    raw(home.path, (database) => {
      database.prepare("update credentials set generation = 1 where id = ?").run(id);
      const put = database.prepare("update secrets set blob = ?, generation = 1 where owner_id = ? and kind = ?");
      for (const { kind, blob } of old) put.run(blob, id, kind);
    });
    expect(await problems(home)).toEqual(["x/bob", "records"]);
  });

  // Whether a credential had a key to open sessions with, nothing else in its row says.
  const told = secretKinds.credentials.filter((kind) => kind !== "key");
  it.each(told)("names an account whose %s is gone", async (kind) => {
    const home = await fullVault();
    const id = await idOf(home, "carol");
    raw(home.path, (database) => database.prepare("delete from secrets where owner_id = ? and kind = ?").run(id, kind));
    expect(await problems(home)).toEqual(["x/carol", "records"]);
  });

  it.each(secretKinds.apps)("finds an app's %s that was changed", async (kind) => {
    const home = await fullVault();
    raw(home.path, (database) => database.prepare("update secrets set blob = zeroblob(98) where kind = ?").run(kind));
    expect(await problems(home)).toEqual(["record", "records"]);
  });

  it.each(secretKinds.channels)("finds a channel's %s that was changed, and one that is gone", async (kind) => {
    const home = await fullVault();
    raw(home.path, (database) => database.prepare("update secrets set blob = zeroblob(98) where kind = ?").run(kind));
    expect(await problems(home)).toEqual(["record", "records"]);
    raw(home.path, (database) => database.prepare("delete from secrets where kind = ?").run(kind));
    expect(await problems(home)).toEqual(["record", "records"]);
  });

  it("finds a ledger entry that was changed; every account goes on", async () => {
    const home = await fullVault();
    raw(home.path, (database) => database.exec("update ledger set account = 'x/mallory' where sequence = 3"));
    expect(await problems(home)).toEqual(["ledger"]);
    expect(await secretsOf(home)).toEqual(allSecrets);
  });

  it("wants the key", async () => {
    const home = await fullVault();
    expect(await codeOf(home.custody.verify(plan(wrongSource())))).toBe("key_wrong");
    expect(await codeOf(home.custody.verify(plan()))).toBe("key_missing");
  });
});

describe("rotation", () => {
  const terms = (home: Home) =>
    raw(home.path, (database) => database.prepare("select distinct term from secrets order by term").pluck().all());

  it("seals every record again and drops the old key", async () => {
    const home = await fullVault();
    const before = dump(home.path, "secrets");
    expect(await home.custody.rotate(home.plan, { root: false })).toEqual({ records: 18, term: 2, recoveryCode: null });
    expect(terms(home)).toEqual([2]);
    expect((await home.custody.status()).dataKeys).toMatchObject([{ term: 2, records: 18 }]);
    const after = dump(home.path, "secrets");
    for (const { blob } of JSON.parse(before)[0][1]) expect(after).not.toContain(blob);
    expect(await secretsOf(home)).toEqual(allSecrets);
    expect(await problems(home)).toEqual([]);
  });

  it("of more records than are done at once does them all", async () => {
    const home = await newVault();
    for (let number = 0; number < 70; number += 1) await connect(home.vault, `account-${number}`);
    await home.vault.close();
    expect(await home.custody.rotate(home.plan, { root: false })).toMatchObject({ records: 140, term: 2 });
    expect(terms(home)).toEqual([2]);
    expect(await problems(home)).toEqual([]);
  });

  it("that was stopped half-way leaves everything readable, and is finished with the key it began with", async () => {
    const home = await fullVault();
    const old = raw(home.path, (database) => ({
      secrets: database.prepare("select * from secrets where kind <> 'refresh_token'").all() as Record<
        string,
        unknown
      >[],
      key: database.prepare("select * from data_keys").get() as Record<string, unknown>,
    }));
    await home.custody.rotate(home.plan, { root: false });
    raw(home.path, (database) => {
      const { term, wrapped_key, created_at } = old.key;
      database.prepare("insert into data_keys values (?, ?, ?)").run(term, wrapped_key, created_at);
      const put = database.prepare("update secrets set term = ?, blob = ? where owner_id = ? and kind = ?");
      for (const row of old.secrets) put.run(row["term"], row["blob"], row["owner_id"], row["kind"]);
    });
    expect(terms(home)).toEqual([1, 2]);
    expect(await secretsOf(home)).toEqual(allSecrets);
    expect(await home.custody.rotate(home.plan, { root: false })).toMatchObject({ records: 15, term: 2 });
    expect(terms(home)).toEqual([2]);
    expect((await home.custody.status()).dataKeys).toHaveLength(1);
    expect(await secretsOf(home)).toEqual(allSecrets);
  });

  it("goes past a damaged record, names its account, and is finished once that is mended", async () => {
    const home = await fullVault();
    const other = await openAgain(home);
    const { id } = await credentialIn(other, "bob");
    raw(home.path, (database) =>
      database.prepare("update secrets set blob = zeroblob(98) where owner_id = ? and kind = 'access_token'").run(id),
    );
    const failure = await home.custody.rotate(home.plan, { root: true }).catch((error: Failure) => error);
    expect(failure).toMatchObject({ code: "record_damaged", account: "x/bob" });
    expect(await secretsOf(home)).toEqual(allSecrets.map((text) => (text === "access-bob" ? "record_damaged" : text)));
    expect((await home.custody.status()).dataKeys.map(({ term, records }) => [term, records])).toEqual([
      [1, 1],
      [2, 17],
    ]);
    await other.connect(accountOf("bob"), fullCredential("bob"));
    await other.close();
    await home.custody.rotate(home.plan, { root: true });
    expect(await secretsOf(home)).toEqual(allSecrets);
    expect((await home.custody.status()).dataKeys).toHaveLength(1);
  });

  it("of the root key keeps every slot working, and ends the old recovery code for a new one", async () => {
    const home = await fullVault({ recovery: true });
    const passphrase = passphraseSource(async () => "correct horse", systemRandom);
    const file = memorySource("file");
    await home.custody.rekey(home.plan, { add: passphrase });
    await home.custody.rekey(home.plan, { add: file });
    const before = raw(home.path, (database) =>
      database.prepare("select value from meta where key = 'key_check'").pluck().get(),
    );
    const sources = [home.source, passphrase, file];
    const { recoveryCode, term } = await home.custody.rotate(plan(...sources), { root: true });
    expect(term).toBe(2);
    expect(
      raw(home.path, (database) => database.prepare("select value from meta where key = 'key_check'").pluck().get()),
    ).not.toBe(before);
    for (const source of sources) expect(await secretsOf(home, plan(source)), source.kind).toEqual(allSecrets);
    const typed = (code: string | null) => plan(recoverySource(async () => code ?? ""));
    expect(recoveryCode).not.toBeNull();
    expect(recoveryCode).not.toBe(home.recoveryCode);
    expect(await secretsOf(home, typed(recoveryCode))).toEqual(allSecrets);
    expect(await codeOf(home.custody.verify(typed(home.recoveryCode)))).toBe("key_wrong");
    expect(await problems(home)).toEqual([]);
  });

  it("of the root key changes nothing where a slot cannot be opened", async () => {
    const home = await fullVault();
    const file = memorySource("file");
    await home.custody.rekey(home.plan, { add: file });
    const before = dump(home.path, "secrets", "data_keys", "key_slots", "ledger");
    expect(await codeOf(home.custody.rotate(home.plan, { root: true }))).toBe("key_missing");
    expect(await codeOf(home.custody.rotate(plan(home.source, wrongSource("file")), { root: true }))).toBe("key_wrong");
    expect(dump(home.path, "secrets", "data_keys", "key_slots", "ledger")).toBe(before);
    await home.custody.rotate(plan(home.source, file), { root: true });
    expect(await secretsOf(home, plan(file))).toEqual(allSecrets);
  });

  it("of the root key does not go under a passphrase that was mistyped the second time", async () => {
    const home = newHome();
    const answers = ["correct horse", "correct horse", "correct house"];
    const asking = passphraseSource(async () => answers.shift() ?? "correct horse", systemRandom);
    const { vault } = await home.custody.create(asking, { recovery: false });
    await vault.close();
    answers.splice(0, 3, "correct horse", "correct house");
    expect(await codeOf(home.custody.rotate(plan(asking), { root: true }))).toBe("key_wrong");
    const right = passphraseSource(async () => "correct horse", systemRandom);
    expect(await problems(home, plan(right))).toEqual([]);
  });

  it("of the root key does not sign a broken ledger anew", async () => {
    const home = await fullVault();
    raw(home.path, (database) => database.exec("update ledger set actor = 'mallory' where sequence = 2"));
    const before = dump(home.path, "secrets", "data_keys", "key_slots", "ledger");
    expect(await codeOf(home.custody.rotate(home.plan, { root: true }))).toBe("ledger_damaged");
    expect(dump(home.path, "secrets", "data_keys", "key_slots", "ledger")).toBe(before);
  });

  it("is told to another handle that would write under the old root key; it writes once it has the new one", async () => {
    const home = await fullVault();
    const other = await openAgain(home);
    const credential = await credentialIn(other, "alice");
    expect(await other.secret(credential, "access_token")).toBe("access-alice");
    await home.custody.rotate(home.plan, { root: true });
    const writes = [1, 2, 3].map(() => codeOf(other.append({ action: "token.refreshed" })));
    expect(await Promise.all(writes)).toContain("account_busy");
    expect(await other.secret(credential, "refresh_token")).toBe("refresh-alice");
    await other.append({ action: "token.refreshed" });
    const attempt = await other.beginAttempt(credential, "x/alice", 0, "refresh-token");
    expect(await other.commitAttempt(commitOf(attempt, "two"), "x/alice")).toBe("committed");
    expect(await problems(home)).toEqual([]);
  });

  it("does not make a record look damaged to a handle that was open before", async () => {
    const home = await fullVault();
    const other = await openAgain(home);
    await other.prove();
    await home.custody.rotate(home.plan, { root: true });
    const credential = await credentialIn(other, "alice");
    expect(await codeOf(other.secret(credential, "access_token"))).toBe("account_busy");
    expect(await other.secret(credential, "access_token")).toBe("access-alice");
  });

  it("of data keys is not noticed by a handle that is writing", async () => {
    const home = await fullVault();
    const other = await openAgain(home);
    const attempt = await other.beginAttempt(await credentialIn(other, "alice"), "x/alice", 0, "refresh-token");
    await home.custody.rotate(home.plan, { root: false });
    expect(await other.commitAttempt(commitOf(attempt, "two"), "x/alice")).toBe("committed");
    expect(terms(home)).toEqual([2]);
    expect(await problems(home)).toEqual([]);
  });

  it("goes on beside another process that writes", async () => {
    const home = await fullVault();
    const code = `${withCustody}
      const vault = await custody.open(plan);
      process.stdout.write("open");
      let written = 0;
      for (let count = 0; count < 40; count += 1) {
        try { await vault.append({ action: "token.refreshed" }); written += 1; }
        catch (error) { if (error.code !== "account_busy") throw error; }
      }
      await vault.close();
      process.stdout.write(" " + written);
    `;
    const other = otherProcess(home.folder, { code, arguments: [home.folder, keyOf(home.source)] });
    await other.said;
    await home.custody.rotate(home.plan, { root: false });
    await home.custody.rotate(home.plan, { root: true });
    const [, written] = (await other.ended).split(" ");
    expect(Number(written)).toBeGreaterThanOrEqual(39);
    expect(await problems(home)).toEqual([]);
    expect(await secretsOf(home)).toEqual(allSecrets);
  });
});

describe("key slots", () => {
  it("are added and removed", async () => {
    const home = await fullVault();
    const [file] = [memorySource("file")];
    const { added } = await home.custody.rekey(home.plan, { add: file });
    expect(added).toMatchObject([{ kind: "file", parameters: { label: "file" } }]);
    expect(await secretsOf(home, plan(file))).toEqual(allSecrets);
    const [first] = (await home.custody.status()).slots;
    const { removed } = await home.custody.rekey(plan(file), { remove: [first?.id ?? ""] });
    expect(removed.map(({ kind }) => kind)).toEqual(["keychain"]);
    expect(await codeOf(home.custody.verify(home.plan))).toBe("key_missing");
    expect(await problems(home, plan(file))).toEqual([]);
    const vault = await openAgain(home, plan(file));
    expect((await vault.ledger({})).slice(-2).map(({ action, detail }) => [action, detail["kind"]])).toEqual([
      ["vault.key_added", "file"],
      ["vault.key_removed", "keychain"],
    ]);
  });

  it("of the last kind that is not the recovery code cannot be removed, unless another comes with it", async () => {
    const home = await fullVault({ recovery: true });
    const ids = (await home.custody.status()).slots.map(({ id }) => id);
    expect(await codeOf(home.custody.rekey(home.plan, { remove: ids.slice(0, 1) }))).toBe("usage");
    expect(await codeOf(home.custody.rekey(home.plan, { remove: ids }))).toBe("usage");
    expect(await problems(home)).toEqual([]);
    const file = memorySource("file");
    await home.custody.rekey(home.plan, { add: file, remove: ids });
    expect((await home.custody.status()).slots.map(({ kind }) => kind)).toEqual(["file"]);
    expect(await secretsOf(home, plan(file))).toEqual(allSecrets);
  });

  it("are not all removed by two who each remove another one at the same moment", async () => {
    const home = await fullVault();
    const file = memorySource("file");
    await home.custody.rekey(home.plan, { add: file });
    const [first = "", second = ""] = (await home.custody.status()).slots.map(({ id }) => id);
    const context = await openContext(
      { home: home.folder, clock: home.clock, random: systemRandom, host: "here", processId: 1, actor: "ada@here" },
      home.path,
      home.plan,
    );
    onTestFinished(() => void context.opened.raw.close());
    // The other removal comes when this one has looked, and is about to write.
    const keys = context.keyring.keys.bind(context.keyring);
    let asked = 0;
    context.keyring.keys = async () => {
      asked += 1;
      if (asked === 2) await home.custody.rekey(plan(file), { remove: [first] });
      return keys();
    };
    expect(await codeOf(rekeyVault(context, { remove: [second] }))).toBe("usage");
    expect((await home.custody.status()).slots.map(({ id }) => id)).toEqual([second]);
  });

  it("that could not be stored leave no key at their source", async () => {
    const home = await fullVault();
    raw(home.path, (database) =>
      database.exec("create trigger full before insert on key_slots begin select raise(abort, 'no'); end"),
    );
    const source = memorySource("file");
    await expect(home.custody.rekey(home.plan, { add: source })).rejects.toThrow("no");
    expect(source.keys.size).toBe(0);
  });

  it("have one recovery code at a time", async () => {
    const home = await fullVault({ recovery: true });
    const { recoveryCode } = await home.custody.rekey(home.plan, { addRecovery: true });
    const typed = (code: string | null) => plan(recoverySource(async () => code ?? ""));
    expect(await secretsOf(home, typed(recoveryCode))).toEqual(allSecrets);
    expect(await codeOf(home.custody.verify(typed(home.recoveryCode)))).toBe("key_wrong");
  });

  it("are made while nobody is kept from writing", async () => {
    const home = await fullVault();
    const slow = memorySource("file");
    const { create } = slow;
    slow.create = async (...given) => {
      const other = otherProcess(home.folder, {
        code: `${withCustody}
          const vault = await custody.open(plan);
          await vault.append({ action: "token.refreshed" });
          await vault.close();
        `,
        arguments: [home.folder, keyOf(home.source)],
      });
      await other.ended;
      return create.apply(slow, given);
    };
    const began = performance.now();
    await home.custody.rekey(home.plan, { add: slow });
    expect(performance.now() - began).toBeLessThan(4000);
    expect(await secretsOf(home, plan(slow))).toEqual(allSecrets);
  });

  it("want the key that is there", async () => {
    const home = await fullVault();
    expect(await codeOf(home.custody.rekey(plan(wrongSource()), { add: memorySource("file") }))).toBe("key_wrong");
    expect((await home.custody.status()).slots).toHaveLength(1);
  });
});

describe("a backup", () => {
  it("is whole while others write, its owner's alone, and opens with the same key", async () => {
    const home = await newVault();
    for (const handle of handles) await connect(home.vault, handle);
    const destination = join(temporaryFolder(), "copy.db");
    const before = process.umask(0o022);
    const writing = Promise.all(handles.map((handle) => connect(home.vault, handle, `${handle}-again`)));
    const { path, sizeBytes } = await home.custody.backup(destination).finally(() => process.umask(before));
    await writing;
    expect(path).toBe(destination);
    expect(statSync(path)).toMatchObject({ size: sizeBytes });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(path, ".."))).toEqual(["copy.db"]);
    const restored = { ...newHome(), source: home.source, plan: home.plan };
    await restored.custody.restore(path, home.plan);
    expect(await problems(restored)).toEqual([]);
  });

  it("never overwrites", async () => {
    const home = await fullVault();
    const destination = join(temporaryFolder(), "notes.txt");
    writeFileSync(destination, "mine");
    expect(await codeOf(home.custody.backup(destination))).toBe("usage");
    expect(readFileSync(destination, "utf8")).toBe("mine");
  });

  it("of a damaged vault is refused", async () => {
    const home = await fullVault();
    const bytes = readFileSync(home.path);
    bytes.fill(0xff, 4096 * 6, 4096 * 6 + 300);
    writeFileSync(home.path, bytes);
    const destination = join(temporaryFolder(), "copy.db");
    expect(await codeOf(home.custody.backup(destination))).toBe("vault_damaged");
    expect(existsSync(destination)).toBe(false);
  });

  it("to a folder that is not there is told", async () => {
    const home = await fullVault();
    expect(await codeOf(home.custody.backup(join(home.folder, "nowhere", "copy.db")))).toBe("file_unreadable");
  });
});

describe("restoring", () => {
  async function backedUp(): Promise<Home & { copy: string }> {
    const home = await fullVault();
    const copy = join(home.folder, "copy.db");
    await home.custody.backup(copy);
    const vault = await openAgain(home);
    const attempt = await vault.beginAttempt(await credentialIn(vault, "alice"), "x/alice", 0, "refresh-token");
    await vault.commitAttempt(commitOf(attempt, "newer"), "x/alice");
    await vault.connect(
      accountOf("dave"),
      credentialOf("dave", { refreshable: false, tokens: { ...credentialOf("dave").tokens, refreshToken: null } }),
    );
    await vault.close();
    return { ...home, copy };
  }

  it("brings the copy back, keeps what was there, and asks before a refresh token is used", async () => {
    const home = await backedUp();
    const present = dump(home.path, "credentials", "secrets", "accounts");
    const { accounts, keptAs } = await home.custody.restore(home.copy, home.plan);
    expect(accounts).toBe(3);
    expect(dump(keptAs ?? "", "credentials", "secrets", "accounts")).toBe(present);
    expect(await secretsOf(home)).toEqual(allSecrets);
    expect(await problems(home)).toEqual([]);
    const vault = await openAgain(home);
    for (const handle of handles) {
      expect(await credentialIn(vault, handle)).toMatchObject({ status: "needs_confirm", reason: "restored" });
    }
    expect((await vault.ledger({})).at(-1)).toMatchObject({
      action: "vault.restored",
      detail: { epoch: 2, accounts: 3 },
    });
    expect(existsSync(home.copy)).toBe(true);
    expect(await codeOf(home.custody.backup(join(home.folder, "again.db")))).toBe("no failure");
  });

  it("twice in a second keeps both that were there", async () => {
    const home = await backedUp();
    const first = await home.custody.restore(home.copy, home.plan);
    const second = await home.custody.restore(home.copy, home.plan);
    expect(second.keptAs).not.toBe(first.keptAs);
    for (const { keptAs } of [first, second]) expect(existsSync(keptAs ?? "")).toBe(true);
  });

  it("waits for whoever has the vault open, and then changes nothing: tokens written to the kept file would be lost", async () => {
    const home = await backedUp();
    const other = await openAgain(home);
    const present = dump(home.path, "credentials", "secrets");
    expect(await codeOf(home.custody.restore(home.copy, home.plan))).toBe("account_busy");
    expect(readdirSync(home.folder).filter((name) => name.includes("restor"))).toEqual([]);
    expect(dump(home.path, "credentials", "secrets")).toBe(present);
    await connect(other, "erin");
    await other.close();
    expect(await codeOf(home.custody.restore(home.copy, home.plan))).toBe("no failure");
  });

  it("replaces a vault that is too damaged to be opened, and keeps it as it was, with its log", async () => {
    const home = await backedUp();
    writeFileSync(home.path, "no database at all, but kept all the same");
    writeFileSync(`${home.path}-wal`, "its log");
    const { keptAs } = await home.custody.restore(home.copy, home.plan);
    expect(readFileSync(keptAs ?? "", "utf8")).toBe("no database at all, but kept all the same");
    expect(readFileSync(`${keptAs}-wal`, "utf8")).toBe("its log");
    expect(await secretsOf(home)).toEqual(allSecrets);
  });

  it("asks before the refresh token of a paused account is used", async () => {
    const home = await backedUp();
    const copy = join(home.folder, "paused.db");
    raw(home.path, (database) => database.exec("update credentials set status = 'paused'"));
    await home.custody.backup(copy);
    await home.custody.restore(copy, home.plan);
    expect(await credentialIn(await openAgain(home), "bob")).toMatchObject({ status: "needs_confirm" });
    expect(await credentialIn(await openAgain(home), "dave")).toMatchObject({ status: "paused" });
  });

  it("where there is none keeps none", async () => {
    const home = await backedUp();
    const elsewhere = { ...newHome(), source: home.source, plan: home.plan };
    expect(await elsewhere.custody.restore(home.copy, home.plan)).toEqual({ accounts: 3, keptAs: null });
    expect(await secretsOf(elsewhere)).toEqual(allSecrets);
    expect(readdirSync(elsewhere.folder)).toEqual(["vault.db"]);
  });

  it("into a home that is not there yet makes it", async () => {
    const home = await backedUp();
    const elsewhere = newHome(join(temporaryFolder(), "new", "home"));
    await elsewhere.custody.restore(home.copy, home.plan);
    expect(statSync(elsewhere.folder).mode & 0o777).toBe(0o700);
    expect(await secretsOf({ ...elsewhere, plan: home.plan })).toEqual(allSecrets);
  });

  it("a credential that needs nothing refreshed stays as it is", async () => {
    const home = await backedUp();
    const copy = join(home.folder, "with-dave.db");
    await home.custody.backup(copy);
    await home.custody.restore(copy, home.plan);
    expect(await credentialIn(await openAgain(home), "dave")).toMatchObject({ status: "active" });
  });

  it.each<[string, (home: Home & { copy: string }) => [string, Home["plan"]], string]>([
    ["with a wrong key", (home) => [home.copy, plan(wrongSource())], "key_wrong"],
    ["without a key", (home) => [home.copy, plan()], "key_missing"],
    [
      "from a file that is not a vault",
      (home) => {
        writeFileSync(join(home.folder, "diary"), "dear diary");
        return [join(home.folder, "diary"), home.plan];
      },
      "vault_damaged",
    ],
    [
      "from an empty file",
      (home) => {
        writeFileSync(join(home.folder, "empty"), "");
        return [join(home.folder, "empty"), home.plan];
      },
      "vault_damaged",
    ],
    ["from no file", (home) => [join(home.folder, "nothing"), home.plan], "file_unreadable"],
  ])("%s changes nothing", async (_what, choose, code) => {
    const home = await backedUp();
    const [source, unlock] = choose(home);
    const before = [dump(home.path, "credentials", "secrets", "ledger", "meta"), readdirSync(home.folder).sort()];
    expect(await codeOf(home.custody.restore(source, unlock))).toBe(code);
    expect([dump(home.path, "credentials", "secrets", "ledger", "meta"), readdirSync(home.folder).sort()]).toEqual(
      before,
    );
  });
});
