/** What is told, once, through every channel, whatever becomes of the others: the built binary, real servers. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { run, start, type Workspace, workspace } from "../e2e/command.ts";
import { connect, setting } from "../real/connection.ts";
import { raw } from "../vault/home.ts";
import { type HookAnswer, startHookServer } from "./hook-server.ts";
import { startMailServer } from "./mail-server.ts";
import { addChannel, notification, openVault, tellAll } from "./outbox.ts";

interface LogAnswer {
  readonly notifications: readonly {
    readonly id: string;
    readonly kind: string;
    readonly account: string;
    readonly command: string | null;
    readonly channels: readonly { readonly channel: string; readonly state: string; readonly error: string | null }[];
  }[];
}

async function logOf({ env }: Workspace): Promise<LogAnswer["notifications"]> {
  return (await run(["notify", "log", "--json"], { env })).json<LogAnswer>().notifications;
}

const idsOf = (received: readonly { headers: Readonly<Record<string, unknown>> }[]) =>
  received.map(({ headers }) => headers["webhook-id"]);

describe("an authorization that was ended at the server", () => {
  it("leads to one e-mail and one call of a webhook, with the line that mends it; to one more when it is mended", async () => {
    const space = await setting();
    const { port, mails } = await startMailServer();
    const { url, received } = await startHookServer();
    await addChannel(space, ["email", "owner@example.com", "--smtp", `smtp://127.0.0.1:${port}`]);
    const { signingSecret } = await addChannel<{ signingSecret: string }>(space, ["webhook", url]);
    const { account } = await connect(space);
    await space.server.revokeGrants();
    const refresh = () => run(["tokens", "refresh", "--all", "--force"], { env: space.env });
    expect((await refresh()).code).toBe(4);
    // Whoever asks again is told the same, and the owner nothing new.
    expect((await refresh()).code).toBe(4);
    await Promise.all([1, 2, 3].map(refresh));

    const [told] = await logOf(space);
    const command = `agencyiq connect oidc --issuer ${space.server.issuer}`;
    expect(await logOf(space)).toEqual([told]);
    expect(told).toMatchObject({ kind: "needs_reauth", account, command });
    expect(told?.channels.map(({ channel, state }) => [channel, state])).toEqual([
      ["email", "sent"],
      ["webhook", "sent"],
    ]);
    expect(mails).toHaveLength(1);
    expect(mails[0]).toMatchObject({ headers: { subject: `${account} must be connected again` } });
    expect(mails[0]?.headers["message-id"]).toContain(told?.id);
    expect(mails[0]?.body).toContain(command);
    expect(mails[0]?.body).toMatch(/Until \d{4}-\S+ posts still go out\./);
    expect(idsOf(received)).toEqual([told?.id]);
    const [{ body = "", headers = {} } = {}] = received;
    expect(new Webhook(signingSecret).verify(body, headers as Record<string, string>)).toMatchObject({
      type: "needs_reauth",
      data: { account, command },
    });

    // A new authorization that ends is a new change of state.
    await connect(space);
    await space.server.revokeGrants();
    expect((await refresh()).code).toBe(4);
    expect(mails).toHaveLength(2);
    expect(new Set(idsOf(received)).size).toBe(2);
  });

  it("is kept where there is no channel, and told through none that comes later", async () => {
    const space = await setting();
    await connect(space);
    await space.server.revokeGrants();
    const ended = await run(["tokens", "refresh", "--all", "--force"], { env: space.env });
    expect(ended).toMatchObject({ code: 4 });
    expect(ended.stderr).not.toMatch(/notif/);
    expect(await logOf(space)).toMatchObject([{ kind: "needs_reauth", channels: [] }]);
    expect((await run(["notify", "log"], { env: space.env })).stdout).toMatch(/nobody: there was no channel/);
    const { url, received } = await startHookServer();
    await addChannel(space, ["webhook", url]);
    await run(tellAll, { env: space.env });
    expect(received).toEqual([]);
  });
});

describe("a channel", () => {
  it("that hangs or fails delays none of the others, neither what is told now nor what comes meanwhile", async () => {
    let release: (answer: HookAnswer) => void = () => {};
    const held = new Promise<HookAnswer>((resolve) => {
      release = resolve;
    });
    const hanging = await startHookServer(() => held);
    const failing = await startHookServer(() => ({ status: 500, body: "out of order" }));
    const good = await startHookServer();
    const space = workspace();
    for (const [name, { url }] of Object.entries({ hanging, failing, good })) {
      await addChannel(space, ["webhook", url, "--name", name]);
    }
    const vault = await openVault(space);
    for (const mark of ["a", "b", "c"]) await vault.notify(notification(mark));

    const first = await start(tellAll, { env: space.env });
    await Promise.all([hanging.arrived(1), failing.arrived(3), good.arrived(3)]);
    expect(hanging.received).toHaveLength(1);

    // Another process meanwhile: it leaves the channel that hangs to the first, and ends at once.
    await vault.notify(notification("d"));
    const second = await run(tellAll, { env: space.env });
    expect(second.code).toBe(0);
    expect(good.received).toHaveLength(4);
    expect(hanging.received).toHaveLength(1);
    expect(first.child.exitCode).toBeNull();

    release({ status: 204 });
    expect((await first.ended).code).toBe(0);
    // What came while it was held is told by its holder.
    expect(new Set(idsOf(hanging.received)).size).toBe(4);
    const states = (await logOf(space)).map(({ channels }) => channels.map(({ state }) => state));
    expect(states).toEqual(Array.from({ length: 4 }, () => ["pending", "sent", "sent"]));
    const list = await run(["notify", "list"], { env: space.env });
    expect(list.stdout).toMatch(/^failing +webhook .* 4 waiting/m);
  });

  it("that cannot be reached is a warning and no failure, and is told all of it, in order, once it can be", async () => {
    const space = workspace();
    let broken = true;
    const { url, received } = await startHookServer(() => (broken ? { status: 503 } : { status: 204 }));
    await addChannel(space, ["webhook", url]);
    const vault = await openVault(space);
    for (const mark of ["a", "b"]) await vault.notify(notification(mark));
    const ended = await run(tellAll, { env: space.env });
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^warning: .* webhook was not sent: it answered 503/),
    });
    // The first shows that nothing gets through: the second is not tried in vain.
    expect(received).toHaveLength(1);
    await vault.notify(notification("c"));
    expect(await run([...tellAll, "--quiet"], { env: space.env })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    const doctor = (await run(["doctor", "--json"], { env: space.env })).json<{ checks: object[] }>();
    expect(doctor.checks).toContainEqual({
      id: "channel",
      ok: false,
      message: expect.stringMatching(/^webhook cannot be reached since .*: it answered 503$/),
      fix: "agencyiq notify test webhook",
    });
    broken = false;
    await run(tellAll, { env: space.env });
    expect(received).toHaveLength(1);
    // Its time comes.
    raw(join(space.env["AGENCYIQ_HOME"] ?? "", "vault.db"), (database) =>
      database.exec("update channels set resume_at = 0"),
    );
    expect((await run(tellAll, { env: space.env })).code).toBe(0);
    const taken = received
      .slice(-3)
      .map(({ body }) => (JSON.parse(body) as { data: { account: string } }).data.account);
    expect(taken).toEqual(["x/a", "x/b", "x/c"]);
    expect(idsOf(received)[0]).toBe(idsOf(received)[1]);
  });

  it("that asked to be left alone is left alone for as long", async () => {
    const space = workspace();
    const { url, received } = await startHookServer(() => ({ status: 429, headers: { "retry-after": "3600" } }));
    await addChannel(space, ["webhook", url]);
    const vault = await openVault(space);
    await vault.notify(notification("a"));
    for (const _ of [1, 2, 3]) await run(tellAll, { env: space.env });
    expect(received).toHaveLength(1);
    const [channel] = await vault.channels();
    expect(((channel?.resumeAt ?? 0) - Date.now()) / 60_000).toBeGreaterThan(58);
  });
});

describe("several processes", () => {
  it("at once send each notification once, through each channel", async () => {
    const space = workspace();
    const hooks = [await startHookServer(), await startHookServer()];
    for (const { url } of hooks) await addChannel(space, ["webhook", url]);
    const { port, mails } = await startMailServer();
    await addChannel(space, ["email", "owner@example.com", "--smtp", `smtp://127.0.0.1:${port}`]);
    const vault = await openVault(space);
    for (let round = 0; round < 3; round += 1) {
      for (let number = 0; number < 6; number += 1) await vault.notify(notification(`${round}-${number}`));
      const ended = await Promise.all([1, 2, 3, 4].map(() => run(tellAll, { env: space.env })));
      expect(ended.map(({ code, stderr }) => [code, stderr])).toEqual(ended.map(() => [0, ""]));
    }
    for (const { received } of hooks) {
      expect(received).toHaveLength(18);
      expect(new Set(idsOf(received)).size).toBe(18);
    }
    expect(mails).toHaveLength(18);
    expect(new Set(mails.map(({ headers }) => headers["message-id"])).size).toBe(18);
  });

  it("raise what they find together as one", async () => {
    const space = await setting();
    const { url, received } = await startHookServer();
    await addChannel(space, ["webhook", url]);
    await connect(space);
    await space.server.revokeGrants();
    const all = [1, 2, 3, 4].map(() => run(["tokens", "refresh", "--all", "--force"], { env: space.env }));
    expect((await Promise.all(all)).map(({ code }) => code)).toEqual([4, 4, 4, 4]);
    expect(received).toHaveLength(1);
  });
});

it("asked to end, it lets what is under way end for a moment, and begins nothing more", async () => {
  const space = workspace();
  let release: (answer: HookAnswer) => void = () => {};
  const held = new Promise<HookAnswer>((resolve) => {
    release = resolve;
  });
  const slow = await startHookServer(() => held);
  const hanging = await startHookServer(() => new Promise(() => {}));
  await addChannel(space, ["webhook", slow.url, "--name", "slow"]);
  await addChannel(space, ["webhook", hanging.url, "--name", "hanging"]);
  const vault = await openVault(space);
  for (const mark of ["a", "b"]) await vault.notify(notification(mark));
  const telling = await start(tellAll, { env: space.env });
  await Promise.all([slow.arrived(1), hanging.arrived(1)]);
  telling.kill("SIGTERM");
  await sleep(300);
  release({ status: 204 });
  expect((await telling.ended).code).toBe(143);
  expect([slow.received.length, hanging.received.length]).toEqual([1, 1]);
  // What hung was cut off: it is as if it had never been sent, and is sent again under the same id.
  const states = (await logOf(space)).map(({ channels }) => channels.map(({ state }) => state));
  expect(states).toEqual([
    ["pending", "sent"],
    ["pending", "pending"],
  ]);
  expect(await vault.channels()).toMatchObject([{ failures: 0 }, { failures: 0 }]);
});

it("rotation, backup and restore keep what a channel needs", async () => {
  const space = workspace();
  const { env, folder } = space;
  const { url, received } = await startHookServer();
  const { signingSecret } = await addChannel<{ signingSecret: string }>(space, ["webhook", url]);
  for (const args of [
    ["vault", "rotate"],
    ["vault", "rotate", "--root"],
    ["vault", "backup", `${folder}/copy.db`],
    ["notify", "remove", "webhook", "--yes"],
    ["vault", "restore", `${folder}/copy.db`, "--yes"],
    ["vault", "status", "--check"],
    ["notify", "test", "webhook"],
  ]) {
    const ended = await run(args, { env });
    expect(ended.code, `${args.join(" ")}: ${ended.stderr}`).toBe(0);
  }
  const [request] = received;
  expect(
    new Webhook(signingSecret).verify(request?.body ?? "", request?.headers as Record<string, string>),
  ).toMatchObject({
    type: "test",
  });
});
