/** What one login brought for several accounts, and vaults of before that was possible. */
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import type { NewConnection } from "../../src/domain/ports/vault.ts";
import { migrations } from "../../src/vault/migrations/index.ts";
import { accountOf, codeOf, commitOf, credentialOf, dump, newHome, newVault, openAgain, raw, tokens } from "./home.ts";
import { backTo } from "./older-vault.ts";

const page = (handle: string): NewConnection => ({
  account: accountOf(handle, { platform: "facebook" }),
  credentials: [
    credentialOf(`page-${handle}`, {
      method: "page",
      subject: "ada",
      derivedFrom: "oauth2",
      tokens: tokens(`page-${handle}`, { refreshToken: null, accessExpiresAt: null }),
    }),
    credentialOf("login", { subject: "ada" }),
  ],
});

describe("several accounts of one login", () => {
  it("are stored with what is got with it first, and the login it is got with", async () => {
    const { vault } = await newVault();
    const connected = await vault.connectAll([page("bakery"), page("café")]);
    expect(connected.map(({ handle }) => handle)).toEqual(["bakery", "café"]);
    for (const { handle, credentials } of connected) {
      const [derived, login] = credentials;
      expect(derived).toMatchObject({ method: "page", position: 0, subject: "ada", derivedFrom: login?.id });
      expect(login).toMatchObject({ method: "oauth2", position: 1, subject: "ada", derivedFrom: null });
      if (derived) expect(await vault.secret(derived, "access_token")).toBe(`access-page-${handle}`);
      if (login) expect(await vault.secret(login, "refresh_token")).toBe("refresh-login");
    }
    expect((await vault.ledger({})).slice(-2)).toMatchObject([
      { account: "facebook/bakery", detail: { method: "page oauth2" } },
      { account: "facebook/café", detail: { method: "page oauth2" } },
    ]);
  });

  it("are stored together or not at all", async () => {
    const { vault, path } = await newVault();
    const before = dump(path, "accounts", "credentials", "secrets", "ledger");
    const orphan: NewConnection = { ...page("café"), credentials: page("café").credentials.slice(0, 1) };
    expect(await codeOf(vault.connectAll([page("bakery"), orphan]))).not.toBe("no failure");
    expect(await vault.accounts()).toEqual([]);
    expect(dump(path, "accounts", "credentials", "secrets", "ledger")).toBe(before);
  });

  it("keep the link through refreshes, and are not doubted after a restore", async () => {
    const home = await newVault();
    const { vault } = home;
    const [account] = await vault.connectAll([page("bakery")]);
    const [derived, login] = account?.credentials ?? [];
    if (!derived || !login) throw new Error("not stored");
    const attempt = await vault.beginAttempt(derived, "facebook/bakery", 0, "access-login");
    await vault.commitAttempt(
      { ...commitOf(attempt, "new"), tokens: tokens("new", { refreshToken: null, accessExpiresAt: null }) },
      "facebook/bakery",
    );
    const after = await vault.credential(derived.id);
    expect(after).toMatchObject({ generation: 2, derivedFrom: login.id, subject: "ada", refreshable: true });
    const copy = `${home.folder}/copy.db`;
    await home.custody.backup(copy);
    await vault.close();
    await home.custody.restore(copy, home.plan);
    const restored = await (await openAgain(home)).accounts();
    expect(restored[0]?.credentials.map(({ method, status }) => [method, status])).toEqual([
      ["page", "active"],
      ["oauth2", "needs_confirm"],
    ]);
  });
});

describe("a vault of before logins were known", () => {
  it("is opened, with a copy kept; each login is that of its account", async () => {
    const home = await newVault(newHome());
    await home.vault.connect(accountOf("alice"), credentialOf("one"));
    await home.vault.connect(accountOf("nobody", { externalId: null }), credentialOf("two"));
    await home.vault.close();
    raw(home.path, (database) => {
      backTo(database, 4);
    });
    const vault = await openAgain(home);
    const credentials = (await vault.accounts()).flatMap((account) => account.credentials);
    expect(credentials.map(({ subject, derivedFrom }) => [subject, derivedFrom])).toEqual([
      ["id-alice", null],
      [null, null],
    ]);
    for (const each of credentials) expect(await vault.secret(each, "access_token")).toMatch(/^access-/);
    expect(raw(home.path, (database) => database.pragma("user_version", { simple: true }))).toBe(migrations.length);
    expect(
      raw(`${home.path}.before-format-${migrations.length}`, (database) =>
        database.pragma("user_version", { simple: true }),
      ),
    ).toBe(4);
  });

  it("has the same tables as a new one", () => {
    const database = new Sqlite(":memory:");
    onTestFinished(() => void database.close());
    for (const statements of migrations) database.exec(statements);
    const columns = database.prepare("select name from pragma_table_info('credentials')").pluck().all();
    expect(columns.slice(-4)).toEqual(["subject", "derived_from", "data_access_expires_at", "checked_at"]);
  });
});
