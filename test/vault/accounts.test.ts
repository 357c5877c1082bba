import { existsSync, readFileSync } from "node:fs";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { ConnectedAccount, Vault } from "../../src/domain/ports/vault.ts";
import { accountOf, codeOf, connect, credentialIn, credentialOf, newVault, openAgain, raw, tokens } from "./home.ts";

const handles = async (vault: Vault, filter = {}) => (await vault.accounts(filter)).map(({ handle }) => handle);

describe("connecting", () => {
  it("keeps an account as it was given", async () => {
    const { vault, clock } = await newVault();
    const wanted = accountOf("@alice", { name: "Alice", url: "https://example.com/alice" });
    const account = await vault.connect(
      wanted,
      credentialOf("one", { serverMetadata: { token_endpoint: "https://example.com/token" }, clockSkew: 7 }),
    );
    expect(account).toMatchObject({ ...wanted, handle: "alice", isDefault: false, createdAt: clock.now() });
    expect(account.credentials).toHaveLength(1);
    expect(account.credentials[0]).toMatchObject({
      accountId: account.id,
      position: 0,
      generation: 1,
      status: "active",
      scopes: ["read", "write"],
      serverMetadata: { token_endpoint: "https://example.com/token" },
      clockSkew: 7,
    });
    expect(await vault.accounts()).toEqual([account]);
    expect(await vault.credential(account.credentials[0]?.id ?? "")).toEqual(account.credentials[0]);
    expect(await vault.credential("nobody")).toBeNull();
  });

  it("again keeps the ids and takes the next generation", async () => {
    const { vault } = await newVault();
    const first = await connect(vault, "alice", "one");
    await vault.setDefaultAccount(first.id);
    const again = await vault.connect(accountOf("alicia", { externalId: "id-alice", name: "A" }), credentialOf("two"));
    expect(again).toMatchObject({ id: first.id, handle: "alicia", name: "A", isDefault: true });
    expect(again.credentials[0]).toMatchObject({ id: first.credentials[0]?.id, generation: 2 });
    expect(again.credentials).toHaveLength(1);
    expect(await vault.secret(await credentialIn(vault, "alicia"), "access_token")).toBe("access-two");
    expect((await vault.ledger({})).at(-1)?.detail).toMatchObject({ again: true });
  });

  it("again keeps a name that was given here, until the platform's own changes", async () => {
    const { vault } = await newVault();
    const { id } = await connect(vault, "alice");
    await vault.renameAccount(id, "press-team");
    for (const mark of ["two", "three"]) {
      expect(await vault.connect(accountOf("alice", { name: "A" }), credentialOf(mark))).toMatchObject({
        handle: "press-team",
        name: "A",
      });
    }
    expect(await vault.connect(accountOf("alicia", { externalId: "id-alice" }), credentialOf("four"))).toMatchObject({
      id,
      handle: "alicia",
    });
  });

  it("again keeps the name that told it from a namesake, though the namesake is gone", async () => {
    const { vault } = await newVault();
    const { id } = await connect(vault, "alice");
    const issuer = "https://login.example.com";
    const second = () => vault.connect(accountOf("alice", { issuer }), credentialOf("one"));
    expect((await second()).handle).toBe("alice@login.example.com");
    await vault.disconnect(id, { revoked: false });
    expect((await second()).handle).toBe("alice@login.example.com");
  });

  it("again without a refresh token or a DPoP key forgets the old ones", async () => {
    const home = await newVault();
    await home.vault.connect(accountOf("alice"), credentialOf("one", { dpop: true, dpopKey: "key" }));
    await home.vault.connect(
      accountOf("alice"),
      credentialOf("two", { refreshable: false, tokens: tokens("two", { refreshToken: null }) }),
    );
    const credential = await credentialIn(home.vault, "alice");
    expect(await home.vault.secret(credential, "refresh_token")).toBeNull();
    expect(await home.vault.secret(credential, "dpop_key")).toBeNull();
    expect(raw(home.path, (database) => database.prepare("select kind from secrets").pluck().all())).toEqual([
      "access_token",
    ]);
  });

  it("by another method adds a credential after the first", async () => {
    const { vault } = await newVault();
    const first = await connect(vault, "alice");
    const both = await vault.connect(accountOf("alice"), credentialOf("two", { method: "token" }));
    expect(both.id).toBe(first.id);
    expect(both.credentials.map(({ method, position, generation }) => [method, position, generation])).toEqual([
      ["oauth2", 0, 1],
      ["token", 1, 1],
    ]);
  });

  it("by a way in that ranks first adds a credential before the others", async () => {
    const { vault } = await newVault();
    const methods = async (rank: number, method: string) => {
      const { credentials } = await vault.connect(accountOf("alice"), credentialOf(method, { method, rank }));
      return credentials.map((credential) => credential.method);
    };
    expect(await methods(1, "oauth1")).toEqual(["oauth1"]);
    expect(await methods(0, "oauth2")).toEqual(["oauth2", "oauth1"]);
    expect(await methods(0, "oauth2.backup")).toEqual(["oauth2", "oauth2.backup", "oauth1"]);
    expect(await methods(1, "oauth1")).toEqual(["oauth2", "oauth2.backup", "oauth1"]);
  });

  it("keeps the secret that came with a token, and forgets it with a token that has none", async () => {
    const { vault } = await newVault();
    await vault.connect(accountOf("alice"), credentialOf("one", { tokenSecret: "half a key" }));
    expect(await vault.secret(await credentialIn(vault, "alice"), "token_secret")).toBe("half a key");
    await vault.connect(accountOf("alice"), credentialOf("two"));
    expect(await vault.secret(await credentialIn(vault, "alice"), "token_secret")).toBeNull();
  });

  it("the same handle of another server says which", async () => {
    const { vault } = await newVault();
    const at = (issuer: string, externalId: string) =>
      vault.connect(accountOf("alice", { platform: "oidc", issuer, externalId }), credentialOf("one"));
    expect((await at("https://one.example", "1")).handle).toBe("alice");
    expect((await at("https://two.example:8443/realm", "1")).handle).toBe("alice@two.example:8443");
    expect((await at("https://two.example:8443/realm", "2")).handle).toBe("alice-2");
    expect((await at("https://one.example", "1")).handle).toBe("alice");
    expect((await at("https://two.example:8443/realm", "1")).handle).toBe("alice@two.example:8443");
    expect(await handles(vault)).toHaveLength(3);
  });

  it("without an identity makes an account each time", async () => {
    const { vault } = await newVault();
    await vault.connect(accountOf("alice", { externalId: null }), credentialOf("one"));
    await vault.connect(accountOf("Alice", { externalId: null }), credentialOf("two"));
    expect(await handles(vault)).toEqual(["Alice-2", "alice"]);
  });

  it("in two brands makes two accounts", async () => {
    const { vault } = await newVault();
    const own = await connect(vault, "alice", "one");
    const theirs = await vault.connect(accountOf("alice", { brand: "globex" }), credentialOf("two"));
    expect(theirs.id).not.toBe(own.id);
    expect(await vault.accounts({ brand: "globex" })).toEqual([theirs]);
    expect(await vault.accounts({ brand: "default", platform: "x" })).toEqual([own]);
    expect(await vault.accounts({ platform: "other" })).toEqual([]);
    expect((await vault.ledger({})).at(-1)?.account).toBe("globex:x/alice");
  });
});

describe("who an account is", () => {
  it("is corrected once the platform has told", async () => {
    const { vault } = await newVault();
    const { id } = await vault.connect(accountOf("pending", { externalId: null }), credentialOf("one"));
    const identity = { handle: "alice", name: "Alice", externalId: "42", url: "https://example.com" };
    await vault.identify(id, identity);
    expect(await vault.accounts()).toMatchObject([{ id, ...identity }]);
  });

  it("is corrected beside a namesake", async () => {
    const { vault } = await newVault();
    await connect(vault, "alice");
    const { id } = await vault.connect(accountOf("pending", { externalId: null }), credentialOf("one"));
    await vault.identify(id, { handle: "@Alice", name: null, externalId: "42", url: null });
    expect(await handles(vault)).toEqual(["Alice-2", "alice"]);
  });

  it("that is connected already is told", async () => {
    const { vault } = await newVault();
    await connect(vault, "alice");
    const { id } = await vault.connect(accountOf("pending", { externalId: null }), credentialOf("one"));
    const identity = { handle: "alice", name: null, externalId: "id-alice", url: null };
    expect(await codeOf(vault.identify(id, identity))).toBe("usage");
  });
});

describe("names", () => {
  it("are changed, but not to one that is taken", async () => {
    const { vault } = await newVault();
    const { id } = await connect(vault, "alice");
    await connect(vault, "bob");
    expect(await codeOf(vault.renameAccount(id, "BOB"))).toBe("usage");
    await vault.renameAccount(id, "ALICE");
    await vault.renameAccount(id, "carol");
    expect(await handles(vault)).toEqual(["bob", "carol"]);
    expect((await vault.ledger({})).at(-1)).toMatchObject({ action: "account.renamed", account: "x/carol" });
    expect(await codeOf(vault.renameAccount("nobody", "dave"))).toBe("unknown_account");
  });

  it("have one default a platform", async () => {
    const { vault } = await newVault();
    const [alice, bob] = [await connect(vault, "alice"), await connect(vault, "bob")];
    const other = await vault.connect(accountOf("carol", { platform: "other" }), credentialOf("one"));
    for (const { id } of [alice, other, bob]) await vault.setDefaultAccount(id);
    expect((await vault.accounts()).filter(({ isDefault }) => isDefault).map(({ handle }) => handle)).toEqual([
      "carol",
      "bob",
    ]);
    expect(await codeOf(vault.setDefaultAccount("nobody"))).toBe("unknown_account");
  });
});

describe("a thousand accounts", () => {
  it("are listed in moments, in order, each with its own credential", async () => {
    const home = await newVault();
    await connect(home.vault, "account-0000");
    raw(home.path, (database) => {
      const columns = (table: string) =>
        (database.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name);
      const copy = (table: string, changes: Record<string, string>) => {
        const values = columns(table).map((name) => changes[name] ?? name);
        return `insert into ${table} select ${values.join(", ")} from ${table}, numbers where ${table}.id not like 'copy-%'`;
      };
      const numbered = (prefix: string) => `'${prefix}' || substr('000' || n, -4)`;
      database.exec(
        "create temp table numbers as with recursive c(n) as (select 1 union all select n + 1 from c where n < 999) select n from c",
      );
      database.exec(
        copy("accounts", { id: numbered("copy-"), handle: numbered("account-"), external_id: numbered("id-") }),
      );
      database.exec(copy("credentials", { id: numbered("copy-"), account_id: numbered("copy-") }));
    });
    const vault = await openAgain(home);
    const prepare = vi.spyOn(Sqlite.prototype, "prepare");
    onTestFinished(() => prepare.mockRestore());
    const began = performance.now();
    const accounts = await vault.accounts();
    expect(performance.now() - began).toBeLessThan(250);
    expect(prepare.mock.calls.length).toBeGreaterThan(0);
    expect(prepare.mock.calls.length).toBeLessThanOrEqual(2);
    expect(accounts).toHaveLength(1000);
    const names = accounts.map(({ handle }) => handle);
    expect(names).toEqual([...names].sort());
    expect(accounts.every(({ id, credentials }) => credentials.length === 1 && credentials[0]?.accountId === id)).toBe(
      true,
    );
  });
});

describe("disconnecting", () => {
  it("leaves no trace of the secrets, sealed or not", async () => {
    const home = await newVault();
    const planted = "planted-secret-value";
    const { id } = await home.vault.connect(
      accountOf("alice"),
      credentialOf(planted, { dpop: true, dpopKey: `{"d":"${planted}"}` }),
    );
    await connect(home.vault, "bob");
    await connect(home.vault, "alice", `${planted}-again`);
    const blobs = raw(home.path, (database) =>
      database
        .prepare("select blob from secrets where owner_id in (select id from credentials where account_id = ?)")
        .pluck()
        .all(id),
    ) as Buffer[];
    expect(blobs.length).toBeGreaterThan(1);
    await home.vault.disconnect(id, { revoked: true });
    for (const suffix of ["", "-wal", "-shm"]) {
      if (!existsSync(home.path + suffix)) continue;
      const bytes = readFileSync(home.path + suffix);
      expect(bytes.includes(planted), suffix).toBe(false);
      for (const blob of blobs) expect(bytes.includes(blob.subarray(-32)), suffix).toBe(false);
    }
    expect(await handles(home.vault)).toEqual(["bob"]);
    expect(await home.vault.secret(await credentialIn(home.vault, "bob"), "access_token")).toBe("access-bob");
    expect((await home.vault.ledger({})).at(-1)).toMatchObject({
      action: "account.disconnected",
      account: "x/alice",
      detail: { revoked: true },
    });
  });

  it("of one who is gone is told", async () => {
    const { vault } = await newVault();
    expect(await codeOf(vault.disconnect("nobody", { revoked: false }))).toBe("unknown_account");
  });

  it("lets the name be used again", async () => {
    const { vault } = await newVault();
    const first: ConnectedAccount = await connect(vault, "alice");
    await vault.disconnect(first.id, { revoked: true });
    const second = await connect(vault, "alice");
    expect(second.id).not.toBe(first.id);
    expect(second.handle).toBe("alice");
  });
});
