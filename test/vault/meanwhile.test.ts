/** What was read is not what is there any more: somebody else wrote in between. Never taken for damage. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Credential } from "../../src/domain/credential.ts";
import type { KeySource } from "../../src/domain/ports/keys.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { systemRandom } from "../../src/system/random.ts";
import { openContext } from "../../src/vault/open.ts";
import { verifyVault } from "../../src/vault/verification.ts";
import {
  accountOf,
  codeOf,
  commitOf,
  connect,
  credentialIn,
  credentialOf,
  type Home,
  newVault,
  openAgain,
  plan,
  raw,
} from "./home.ts";

const address = "x/alice";

/** Lets what waits for its turn in this process have it. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

async function alice(): Promise<Home & { vault: Vault; credential: Credential }> {
  const home = await newVault();
  await connect(home.vault, "alice", "one");
  return { ...home, credential: await credentialIn(home.vault, "alice") };
}

async function refreshElsewhere(home: Home, mark: string, handle = "alice"): Promise<void> {
  const other = await openAgain(home);
  const attempt = await other.beginAttempt(await credentialIn(other, handle), address, 0, "refresh-token");
  await other.commitAttempt(commitOf(attempt, mark), address);
  await other.close();
}

/** A key that is long in coming, as one that a person types; `meanwhile` happens before it is there. */
function slow(home: Home, meanwhile: () => Promise<unknown>): KeySource {
  return {
    ...home.source,
    read: async (slot, vaultId) => {
      await meanwhile();
      return home.source.read(slot, vaultId);
    },
  };
}

describe("a credential that somebody else refreshed after it was read", () => {
  it("gives the new token", async () => {
    const home = await alice();
    await refreshElsewhere(home, "two");
    expect(await home.vault.secret(home.credential, "access_token")).toBe("access-two");
    expect(await home.vault.secret(home.credential, "refresh_token")).toBe("refresh-two");
    expect(await home.vault.isTombstoned(home.credential)).toBe(false);
  });

  it("gives the new token of a new authorization", async () => {
    const home = await alice();
    const other = await openAgain(home);
    await other.connect(accountOf("alice"), credentialOf("two"));
    expect(await home.vault.secret(home.credential, "access_token")).toBe("access-two");
  });

  it("begins no attempt: its refresh token is not the one that was read", async () => {
    const home = await alice();
    await refreshElsewhere(home, "two");
    expect(await codeOf(home.vault.beginAttempt(home.credential, address, 0, "refresh-token"))).toBe("refresh_busy");
    expect((await home.vault.lastAttempt(home.credential.id))?.generation).toBe(1);
  });

  it("gives the new token while a person types the passphrase", async () => {
    const home = await alice();
    const vault = await openAgain(home, plan(slow(home, () => refreshElsewhere(home, "two"))));
    expect(await vault.secret(home.credential, "access_token")).toBe("access-two");
  });

  it("opens though its data key was rotated away while a person typed the passphrase", async () => {
    const home = await alice();
    const vault = await openAgain(home, plan(slow(home, () => home.custody.rotate(home.plan, { root: false }))));
    expect(await vault.secret(home.credential, "access_token")).toBe("access-one");
    expect((await home.custody.status()).dataKeys).toMatchObject([{ term: 2 }]);
  });

  it("is not shown half-written by a commit of this process that is under way", async () => {
    const home = await alice();
    const attempt = await home.vault.beginAttempt(home.credential, address, 0, "refresh-token");
    const commit = home.vault.commitAttempt(commitOf(attempt, "two"), address);
    let ended = false;
    void commit.finally(() => {
      ended = true;
    });
    const seen = new Set<string | null>();
    while (!ended) {
      const credential = await home.vault.credential(home.credential.id);
      const token = await home.vault.secret(home.credential, "access_token");
      // The credential may be the old one and the token the new one, never the other way round.
      if (credential?.generation === 2) expect(token).toBe("access-two");
      seen.add(token);
      await turn();
    }
    await commit;
    expect(await home.vault.secret(home.credential, "access_token")).toBe("access-two");
    for (const token of seen) expect(["access-one", "access-two"]).toContain(token);
  });

  it("that was not kept after all is not shown", async () => {
    const home = await alice();
    const attempt = await home.vault.beginAttempt(home.credential, address, 0, "refresh-token");
    raw(home.path, (database) =>
      database.exec(
        "create trigger fail before insert on ledger when new.action = 'token.refreshed' begin select raise(abort, 'no'); end",
      ),
    );
    const commit = home.vault.commitAttempt(commitOf(attempt, "two"), address).catch(() => "undone");
    const generations: (number | undefined)[] = [];
    let ended = false;
    void commit.finally(() => {
      ended = true;
    });
    while (!ended) {
      generations.push((await home.vault.credential(home.credential.id))?.generation);
      await turn();
    }
    expect(await commit).toBe("undone");
    expect([...new Set(generations)]).toEqual([1]);
  });
});

describe("an account that somebody else disconnected after it was read", () => {
  it("is told to be gone, not damaged", async () => {
    const home = await alice();
    const other = await openAgain(home);
    await other.disconnect(home.credential.accountId, { revoked: false });
    expect(await codeOf(home.vault.secret(home.credential, "access_token"))).toBe("not_connected");
  });
});

describe("a check", () => {
  it("finds a vault whole that is written to meanwhile", async () => {
    const home = await alice();
    await connect(home.vault, "bob");
    const context = await openContext(
      { home: home.folder, clock: home.clock, random: systemRandom, host: "here", processId: 1, actor: "ada@here" },
      home.path,
      home.plan,
    );
    onTestFinished(() => void context.opened.raw.close());
    const { store } = context.opened;
    let refreshed = false;
    // Asked for after the first reading, before the records are opened.
    const meanwhile = async () => {
      if (!refreshed) await refreshElsewhere(home, "two", "bob");
      refreshed = true;
      return store();
    };
    expect(
      (await verifyVault({ ...context, opened: { ...context.opened, store: meanwhile } })).filter(({ ok }) => !ok),
    ).toEqual([]);
    expect(refreshed).toBe(true);
    expect((await credentialIn(home.vault, "bob")).generation).toBe(2);
  });
});
