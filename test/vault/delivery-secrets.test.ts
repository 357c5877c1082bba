/** What uploads gave lies sealed on disk: their addresses are rights in themselves. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { draftOf } from "../../src/domain/post.ts";
import { connect, type Home, newVault, openAgain, raw } from "./home.ts";
import { backTo } from "./older-vault.ts";

const address = "https://upload.example/dms/PLANTED-in-an-upload-address?token=PLANTED-too";

interface Stage extends Home {
  readonly vault: Vault;
  readonly id: string;
}

/** A delivery that is being sent, after an upload. */
async function stage(): Promise<Stage> {
  const home = await newVault();
  const { vault } = home;
  const account = await connect(vault, "acme");
  const post = { id: "post", key: null, brand: "default", draft: draftOf({ text: "hi" }), schedule: null };
  const target = { accountId: account.id, address: "x/acme", platform: "x" };
  const { deliveries } = await vault.createPost(post, [target]);
  const id = deliveries[0]?.id ?? "";
  await vault.claimDelivery(id, ["scheduled"]);
  await vault.keepStep(id, 0, "begin", { address });
  await vault.beginPart(id, 0, { prepared: { address, media: ["7"] }, repeated: false });
  return { ...home, id };
}

function onDisk({ folder }: Home): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString("latin1")).join("\n");
}

const records = (home: Home) =>
  raw(home.path, (database) =>
    database.prepare("select kind from secrets where owner = 'deliveries' order by kind").pluck().all(),
  );

test("a step and what was prepared are read again, and stand nowhere on disk", async () => {
  const home = await stage();
  const { vault, id, clock } = home;
  expect(await vault.step(id, 0, "begin", clock.now())).toEqual({ address });
  expect(await vault.step(id, 0, "begin", clock.now() + 1)).toBeUndefined();
  expect(await vault.step(id, 0, "other", 0)).toBeUndefined();
  expect(await vault.step(id, 1, "begin", 0)).toBeUndefined();
  expect(await vault.prepared(id, 0)).toEqual({ address, media: ["7"] });
  expect(await vault.prepared(id, 1)).toBeNull();
  expect(JSON.stringify(await vault.delivery(id))).not.toContain("PLANTED");
  const disk = onDisk(home);
  // The search would find it.
  expect(disk).toContain("x/acme");
  expect(disk).not.toContain("PLANTED");
});

test("both are forgotten when the post is out", async () => {
  const home = await stage();
  expect(records(home)).toEqual(["prepared/0", "step/0/begin"]);
  await home.vault.publishPart(home.id, 0, { remoteId: "1", url: "https://x.com/1" }, true);
  expect(records(home)).toEqual([]);
  expect(await home.vault.step(home.id, 0, "begin", 0)).toBeUndefined();
});

test("a part that is out keeps nothing, though others follow", async () => {
  const { vault, id, ...home } = await stage();
  await vault.publishPart(id, 0, { remoteId: "1", url: "https://x.com/1" }, false);
  expect(await vault.prepared(id, 0)).toBeNull();
  expect(records({ ...home })).toEqual(["step/0/begin"]);
});

test("they go with the account's tokens", async () => {
  const home = await stage();
  const [account] = await home.vault.accounts();
  await home.vault.disconnect(account?.id ?? "", { revoked: true });
  expect(records(home)).toEqual([]);
  expect(raw(home.path, (database) => database.prepare("select count(*) from delivery_steps").pluck().get())).toBe(0);
});

test("new keys seal them again", async () => {
  const home = await stage();
  await home.custody.rotate(home.plan, { root: true });
  const vault = await openAgain(home);
  expect(await vault.step(home.id, 0, "begin", 0)).toEqual({ address });
  expect(await vault.prepared(home.id, 0)).toEqual({ address, media: ["7"] });
  expect(raw(home.path, (database) => database.prepare("select distinct term from secrets").pluck().all())).toEqual([
    2,
  ]);
});

test("a record that was moved or changed is told of; its step is done again", async () => {
  const home = await stage();
  raw(home.path, (database) =>
    database.exec(
      "update secrets set kind = 'step/0/moved' where kind = 'step/0/begin'; update delivery_steps set name = 'moved'",
    ),
  );
  expect(await home.vault.step(home.id, 0, "moved", 0)).toBeUndefined();
  const findings = await home.custody.verify(home.plan);
  expect(findings.filter(({ ok }) => !ok)).toMatchObject([
    {
      id: "record",
      message: expect.stringContaining(`what was uploaded for the delivery ${home.id}`),
      mend: `agencyiq posts retry ${home.id}`,
    },
    { id: "records" },
  ]);
  raw(home.path, (database) => database.exec("update secrets set blob = zeroblob(98) where kind = 'prepared/0'"));
  await expect(home.vault.prepared(home.id, 0)).rejects.toMatchObject({ code: "record_damaged" });
});

test("of an older vault, what was being sent can still be asked for, and steps are done again", async () => {
  const home = await stage();
  await home.vault.close();
  raw(home.path, (database) => {
    database.exec(`delete from secrets where owner = 'deliveries';
      update delivery_parts set prepared = '{"mediaIds":["7"]}';
      insert into delivery_parts select delivery_id, 1, 'published', 0, 0, 0, '{"mediaIds":["8"]}', '1', 'u' from delivery_parts`);
    backTo(database, 5);
    database.exec(`update delivery_steps set result = '{"address":"https://a.example"}'`);
  });
  const vault = await openAgain(home);
  expect(await vault.step(home.id, 0, "begin", 0)).toBeUndefined();
  expect(await vault.prepared(home.id, 0)).toEqual({ mediaIds: ["7"] });
  expect(await vault.prepared(home.id, 1)).toBeNull();
});
