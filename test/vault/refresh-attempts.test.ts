import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { RefreshAttempt, RefreshFailure, Vault } from "../../src/domain/ports/vault.ts";
import {
  accountOf,
  codeOf,
  commitOf,
  connect,
  credentialIn,
  credentialOf,
  dump,
  type Home,
  keyOf,
  newVault,
  openAgain,
  raw,
  start,
  tokens,
} from "./home.ts";
import { otherProcess, withCustody } from "./other-process.ts";

const address = "x/alice";

const dead: RefreshFailure = {
  state: "rejected",
  httpStatus: 400,
  oauthError: "invalid_grant",
  status: "reauth_required",
  reason: "invalid_grant",
  error: { code: "needs_reauth", message: "refused", at: start },
  backoffUntil: null,
  nextRefreshAt: null,
};

const failed: RefreshFailure = {
  state: "transient",
  httpStatus: null,
  oauthError: null,
  error: { code: "network", message: "no answer", at: start },
  backoffUntil: start + 30_000,
  nextRefreshAt: start + 30_000,
};

async function alice(): Promise<Home & { vault: Vault }> {
  const home = await newVault();
  await connect(home.vault, "alice", "one");
  return home;
}

const begin = async (vault: Vault, replay = 0) =>
  vault.beginAttempt(await credentialIn(vault, "alice"), address, replay, "refresh-token");

async function refresh(vault: Vault, mark: string): Promise<RefreshAttempt> {
  const attempt = await begin(vault);
  expect(await vault.commitAttempt(commitOf(attempt, mark), address)).toBe("committed");
  return attempt;
}

const secretsOf = async (vault: Vault) => {
  const credential = await credentialIn(vault, "alice");
  return [await vault.secret(credential, "access_token"), await vault.secret(credential, "refresh_token")];
};

describe("the intent", () => {
  it("is seen by everybody before the request may leave", async () => {
    const home = await alice();
    const other = await openAgain(home);
    const attempt = await begin(home.vault, 2);
    expect(await other.lastAttempt(attempt.credentialId)).toEqual(attempt);
    expect(attempt).toMatchObject({ state: "sent", generation: 1, replay: 2, sentAt: start, finishedAt: null });
    expect(attempt).toMatchObject({ host: "here", processId: 1 });
    expect((await other.ledger({})).at(-1)).toMatchObject({ action: "token.refresh_sent", account: address });
  });

  it("holds no part of the token", async () => {
    const home = await alice();
    await begin(home.vault);
    const rows = dump(home.path, "refresh_attempts", "ledger");
    expect(rows).not.toContain("refresh-one");
    expect(rows).not.toContain(Buffer.from("refresh-").toString("hex"));
  });

  it("needs something to refresh with", async () => {
    const { vault } = await newVault();
    await vault.connect(
      accountOf("alice"),
      credentialOf("one", { refreshable: false, tokens: tokens("one", { refreshToken: null }) }),
    );
    expect(await codeOf(begin(vault))).toBe("needs_reauth");
    expect(await vault.lastAttempt((await credentialIn(vault, "alice")).id)).toBeNull();
  });

  it("is the latest of its generation", async () => {
    const { vault, clock } = await alice();
    await begin(vault);
    clock.advance(1000);
    const second = await begin(vault, 1);
    expect(await vault.lastAttempt(second.credentialId)).toEqual(second);
    clock.advance(-5000);
    await vault.commitAttempt(commitOf(second, "two"), address);
    const third = await begin(vault);
    expect(await vault.lastAttempt(second.credentialId)).toEqual(third);
  });

  it("is the latest, though the clock was put back in between", async () => {
    const { vault, clock } = await alice();
    const first = await begin(vault);
    await vault.failAttempt(first, failed, address);
    clock.advance(-3_600_000);
    const second = await begin(vault);
    expect(await vault.lastAttempt(second.credentialId)).toEqual(second);
  });
});

describe("a commit", () => {
  it("takes the next generation and leaves nothing of the old tokens", async () => {
    const { vault, clock, path } = await alice();
    const before = dump(path, "secrets");
    const attempt = await begin(vault);
    clock.advance(1000);
    const two = tokens("two", { accessExpiresAt: start + 9, scopes: ["read"], refreshExpiresAt: start + 99 });
    expect(await vault.commitAttempt({ ...commitOf(attempt, "two"), tokens: two, clockSkew: 5 }, address)).toBe(
      "committed",
    );
    expect(await credentialIn(vault, "alice")).toMatchObject({
      generation: 2,
      status: "active",
      scopes: ["read"],
      accessExpiresAt: start + 9,
      refreshExpiresAt: start + 99,
      lastRefreshedAt: start + 1000,
      failureCount: 0,
      clockSkew: 5,
    });
    expect(await secretsOf(vault)).toEqual(["access-two", "refresh-two"]);
    expect(await vault.lastAttempt(attempt.credentialId)).toMatchObject({
      state: "committed",
      finishedAt: start + 1000,
    });
    expect(JSON.parse(dump(path, "secrets"))[0][1]).toHaveLength(JSON.parse(before)[0][1].length);
  });

  it("carries the DPoP key along, sealed for the new generation", async () => {
    const { vault } = await newVault();
    await vault.connect(accountOf("alice"), credentialOf("one", { dpop: true, dpopKey: '{"d":"private"}' }));
    await refresh(vault, "two");
    await refresh(vault, "three");
    expect(await vault.secret(await credentialIn(vault, "alice"), "dpop_key")).toBe('{"d":"private"}');
  });

  it("that comes too late changes no byte of what the winner wrote", async () => {
    const home = await alice();
    const [one, other] = [home.vault, await openAgain(home)];
    const [late, winner] = [await begin(one), await begin(other)];
    expect(await other.commitAttempt(commitOf(winner, "two"), address)).toBe("committed");
    const before = dump(home.path, "credentials", "secrets", "ledger", "tombstones");
    expect(await one.commitAttempt(commitOf(late, "lost"), address)).toBe("superseded");
    expect(dump(home.path, "credentials", "secrets", "ledger", "tombstones")).toBe(before);
    expect(await secretsOf(one)).toEqual(["access-two", "refresh-two"]);
  });

  it("after a disconnect brings nothing back", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    const [account] = await home.vault.accounts();
    await home.vault.disconnect(account?.id ?? "", { revoked: true });
    expect(await home.vault.commitAttempt(commitOf(attempt, "two"), address)).toBe("superseded");
    expect(JSON.parse(dump(home.path, "secrets"))[0][1]).toEqual([]);
  });

  it("is one among many at once", async () => {
    const home = await alice();
    const attempts = await Promise.all([0, 1, 2, 3].map((replay) => begin(home.vault, replay)));
    const outcomes = await Promise.all(
      attempts.map(async (attempt) => {
        const program = {
          code: `${withCustody}
            const vault = await custody.open(plan);
            process.stdout.write(await vault.commitAttempt(JSON.parse(process.argv[4] ?? ""), "x/alice"));
            await vault.close();
          `,
          arguments: [home.folder, keyOf(home.source), JSON.stringify(commitOf(attempt, `by-${attempt.replay}`))],
        };
        return otherProcess(home.folder, program).ended;
      }),
    );
    expect(outcomes.sort()).toEqual(["committed", "superseded", "superseded", "superseded"]);
    expect(await credentialIn(home.vault, "alice")).toMatchObject({ generation: 2 });
    const [access, refreshed] = await secretsOf(home.vault);
    expect(access?.replace("access", "refresh")).toBe(refreshed);
    expect((await home.custody.verify(home.plan)).every(({ ok }) => ok)).toBe(true);
  });
});

describe("a failure", () => {
  it("is written down and the tokens stay", async () => {
    const { vault } = await alice();
    const attempt = await begin(vault);
    await vault.failAttempt(attempt, failed, address);
    expect(await credentialIn(vault, "alice")).toMatchObject({
      status: "active",
      failureCount: 1,
      backoffUntil: start + 30_000,
      lastError: failed.error,
      generation: 1,
    });
    expect(await vault.lastAttempt(attempt.credentialId)).toMatchObject({ state: "transient", finishedAt: start });
    expect(await secretsOf(vault)).toEqual(["access-one", "refresh-one"]);
    expect((await vault.ledger({})).at(-1)).toMatchObject({ action: "token.refresh_failed" });
    await vault.failAttempt(await begin(vault, 1), { ...failed, state: "ambiguous" }, address);
    expect(await credentialIn(vault, "alice")).toMatchObject({ failureCount: 2 });
    expect((await vault.ledger({})).at(-1)).toMatchObject({ action: "token.refresh_unknown" });
    await refresh(vault, "two");
    expect(await credentialIn(vault, "alice")).toMatchObject({ failureCount: 0, lastError: null, backoffUntil: null });
  });

  it("for good buries the token, for every process", async () => {
    const home = await alice();
    const credential = await credentialIn(home.vault, "alice");
    const other = await openAgain(home);
    expect(await other.isTombstoned(credential)).toBe(false);
    await home.vault.failAttempt(await begin(home.vault), dead, address);
    expect(await credentialIn(other, "alice")).toMatchObject({ status: "reauth_required", reason: "invalid_grant" });
    expect(await other.isTombstoned(credential)).toBe(true);
    expect((await other.ledger({})).at(-1)).toMatchObject({ action: "token.needs_reauth" });
  });

  it("buried by one is not what a new authorization brings", async () => {
    const { vault } = await alice();
    await vault.failAttempt(await begin(vault), dead, address);
    await connect(vault, "alice", "two");
    const credential = await credentialIn(vault, "alice");
    expect(credential).toMatchObject({ status: "active", reason: null, lastError: null });
    expect(await vault.isTombstoned(credential)).toBe(false);
  });

  it("is buried only by an end of the authorization", async () => {
    const { vault } = await alice();
    await vault.failAttempt(await begin(vault), { ...dead, status: "paused", reason: "app" }, address);
    const credential = await credentialIn(vault, "alice");
    expect(credential).toMatchObject({ status: "paused", reason: "app" });
    expect(await vault.isTombstoned(credential)).toBe(false);
  });

  it("of an older generation touches nothing of the newer", async () => {
    const home = await alice();
    const late = await begin(home.vault);
    await refresh(await openAgain(home), "two");
    const before = dump(home.path, "credentials", "secrets", "tombstones", "ledger");
    await home.vault.failAttempt(late, dead, address);
    expect(dump(home.path, "credentials", "secrets", "tombstones", "ledger")).toBe(before);
    expect(await home.vault.isTombstoned(await credentialIn(home.vault, "alice"))).toBe(false);
  });
});

describe("a row put back to an earlier state", () => {
  it("is noticed before its token is used", async () => {
    const home = await alice();
    const rows = raw(home.path, (database) => ({
      credentials: database.prepare("select * from credentials").all() as Record<string, unknown>[],
      secrets: database.prepare("select * from secrets").all() as Record<string, unknown>[],
    }));
    await refresh(home.vault, "two");
    raw(home.path, (database) => {
      for (const row of rows.credentials) {
        database.prepare("update credentials set generation = ? where id = ?").run(row["generation"], row["id"]);
      }
      for (const row of rows.secrets) {
        database
          .prepare("update secrets set generation = ?, blob = ? where owner_id = ? and kind = ?")
          .run(row["generation"], row["blob"], row["owner_id"], row["kind"]);
      }
    });
    expect(await codeOf(secretsOf(home.vault))).toBe("record_rolled_back");
  });

  it("whose secret alone was put back does not open", async () => {
    const home = await alice();
    const old = raw(home.path, (database) =>
      database.prepare("select * from secrets where kind = 'refresh_token'").get(),
    ) as Record<string, unknown>;
    await refresh(home.vault, "two");
    raw(home.path, (database) => {
      database.prepare("update secrets set blob = ? where kind = 'refresh_token'").run(old["blob"]);
    });
    expect(await codeOf(secretsOf(home.vault))).toBe("record_damaged");
  });
});

describe("a rescue", () => {
  const folderOf = (home: Home) => join(home.folder, "rescue");
  const filesOf = (home: Home) => (existsSync(folderOf(home)) ? readdirSync(folderOf(home)) : []);

  it("keeps what could not be committed, sealed, and applies it once", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    const before = process.umask(0o022);
    await home.vault.rescue(commitOf(attempt, "two")).finally(() => process.umask(before));
    const [name = ""] = filesOf(home);
    expect(filesOf(home)).toHaveLength(1);
    const path = join(folderOf(home), name);
    expect(statSync(folderOf(home)).mode & 0o777).toBe(0o700);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path).includes("refresh-two")).toBe(false);

    const other = await openAgain(home);
    expect(await other.applyRescues("of another", address)).toBe(0);
    expect(await other.applyRescues(attempt.credentialId, address)).toBe(1);
    expect(await secretsOf(other)).toEqual(["access-two", "refresh-two"]);
    expect(await other.lastAttempt(attempt.credentialId)).toMatchObject({ state: "committed" });
    expect(filesOf(home)).toEqual([]);
    expect(await other.applyRescues(attempt.credentialId, address)).toBe(0);
  });

  it("that comes a second time does not unsay that its attempt was committed", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    await home.vault.commitAttempt(commitOf(attempt, "two"), address);
    await home.vault.rescue(commitOf(attempt, "two"));
    expect(await home.vault.applyRescues(attempt.credentialId, address)).toBe(0);
    expect(await home.vault.lastAttempt(attempt.credentialId)).toMatchObject({ state: "committed" });
    expect(await secretsOf(home.vault)).toEqual(["access-two", "refresh-two"]);
  });

  it("that is outdated is dropped", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    await home.vault.rescue(commitOf(attempt, "late"));
    await refresh(home.vault, "two");
    expect(await home.vault.applyRescues(attempt.credentialId, address)).toBe(0);
    expect(await secretsOf(home.vault)).toEqual(["access-two", "refresh-two"]);
    expect(filesOf(home)).toEqual([]);
  });

  it("outlives a rotation of the keys it was sealed with", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    await home.vault.rescue(commitOf(attempt, "two"));
    await home.vault.close();
    await home.custody.rotate(home.plan, { root: true });
    await home.custody.rotate(home.plan, { root: false });
    const vault = await openAgain(home);
    expect(await vault.applyRescues(attempt.credentialId, address)).toBe(1);
    expect(await secretsOf(vault)).toEqual(["access-two", "refresh-two"]);
    expect(filesOf(home)).toEqual([]);
    await home.custody.rotate(home.plan, { root: false });
    expect((await home.custody.status()).dataKeys).toHaveLength(1);
  });

  it("moved to another credential or changed is refused and kept", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    await home.vault.rescue(commitOf(attempt, "two"));
    const [name = ""] = filesOf(home);
    const path = join(folderOf(home), name);
    const bytes = readFileSync(path);
    writeFileSync(join(folderOf(home), "other.1.rescue"), bytes);
    expect(await codeOf(home.vault.applyRescues("other", address))).toBe("record_damaged");
    writeFileSync(path, bytes.subarray(0, 50));
    expect(await codeOf(home.vault.applyRescues(attempt.credentialId, address))).toBe("record_damaged");
    expect(existsSync(path)).toBe(true);
  });

  it("is applied oldest first", async () => {
    const home = await alice();
    const attempt = await begin(home.vault);
    await home.vault.rescue({ ...commitOf(attempt, "three"), fromGeneration: 2 });
    await home.vault.rescue(commitOf(attempt, "two"));
    expect(await home.vault.applyRescues(attempt.credentialId, address)).toBe(2);
    expect(await secretsOf(home.vault)).toEqual(["access-three", "refresh-three"]);
  });

  it("goes with its account", async () => {
    const home = await alice();
    await home.vault.rescue(commitOf(await begin(home.vault), "two"));
    const [name = ""] = filesOf(home);
    writeFileSync(join(folderOf(home), `${name}.part`), "of a process that was killed");
    const [account] = await home.vault.accounts();
    await home.vault.disconnect(account?.id ?? "", { revoked: false });
    expect(filesOf(home)).toEqual([]);
  });
});
