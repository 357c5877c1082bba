/**
 * Processes that die around the sending of a notification: none is lost, and a receiver that knows an id again has each once.
 * Another run: CHAOS_SEED=7 npx vitest run test/chaos/notifications.test.ts
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { run, type Started, start, type Workspace, workspace } from "../e2e/command.ts";
import { startHookServer } from "../notify/hook-server.ts";
import { startMailServer } from "../notify/mail-server.ts";
import { addChannel, notification, openVault, tellAll } from "../notify/outbox.ts";
import { connect, setting } from "../real/connection.ts";
import { Dice } from "./dice.ts";

const seed = Number(process.env["CHAOS_SEED"] ?? 1);

/** Where a process is killed: so long after its start, or when a receiver has got something, before or after it answers. */
type Point =
  | { readonly at: "time"; readonly after: number }
  | { readonly at: "hook" | "mail"; readonly answered: boolean; readonly after: number };

function pointOf(dice: Dice): Point {
  if (dice.chance(0.3)) return { at: "time", after: dice.between(0, 350) };
  return { at: dice.pick(["hook", "mail"] as const), answered: dice.chance(0.6), after: dice.between(0, 8) };
}

/** The process that is to be killed, and where. */
interface Victim {
  readonly started: Started;
  readonly point: Point;
}

async function befall(victim: Victim | null, at: Point["at"], answered: boolean): Promise<void> {
  if (victim?.point.at !== at || ("answered" in victim.point && victim.point.answered !== answered)) return;
  await sleep(victim.point.after);
  victim.started.kill("SIGKILL");
}

async function receivers(space: Workspace, victim: () => Victim | null) {
  const hook = await startHookServer(async () => {
    await befall(victim(), "hook", false);
    void befall(victim(), "hook", true);
    return { status: 204 };
  });
  const mail = await startMailServer({
    onMail: async () => {
      await befall(victim(), "mail", false);
      void befall(victim(), "mail", true);
    },
  });
  await addChannel(space, ["webhook", hook.url]);
  await addChannel(space, ["email", "owner@example.com", "--smtp", `smtp://127.0.0.1:${mail.port}`]);
  return {
    hook,
    mail,
    /** What each has got so far, by id. */
    got: () => ({
      hook: hook.received.map(({ headers, body }) => ({ id: String(headers["webhook-id"]), bytes: body })),
      mail: mail.mails.map(({ headers, raw }) => ({
        id: /<(.*)@/.exec(headers["message-id"] ?? "")?.[1] ?? "",
        bytes: raw,
      })),
    }),
  };
}

it(`60 kills around sending (seed ${seed}): nothing is lost, and nothing comes twice under another id`, async () => {
  const dice = new Dice(seed);
  const space = workspace();
  let victim: Victim | null = null;
  const { got } = await receivers(space, () => victim);
  const vault = await openVault(space);
  let killed = 0;
  for (let round = 0; killed < 60; round += 1) {
    for (let count = dice.pick([1, 2]); count > 0; count -= 1) await vault.notify(notification(`${round}-${count}`));
    const started = await start(tellAll, { env: space.env });
    const point = pointOf(dice);
    victim = { started, point };
    if (point.at === "time") void befall(victim, "time", false);
    const { signal } = await started.ended;
    victim = null;
    if (signal === "SIGKILL") killed += 1;
    expect(round, "hardly any process was killed").toBeLessThan(200);
  }
  expect(await run(tellAll, { env: space.env })).toMatchObject({ code: 0, stderr: "" });
  expect(await vault.nextDispatchAt()).toBeNull();

  const told = await vault.notifications({ limit: 10_000 });
  const ids = told.map(({ id }) => id).sort();
  expect(told.flatMap(({ dispatches }) => dispatches.filter(({ state }) => state !== "sent"))).toEqual([]);
  for (const [name, received] of Object.entries(got())) {
    expect([...new Set(received.map(({ id }) => id))].sort(), name).toEqual(ids);
    const bytes = new Map(received.map((one) => [one.id, one.bytes]));
    for (const one of received) expect(one.bytes, name).toBe(bytes.get(one.id));
    // Sent again only where a process died with it: at most once a kill.
    expect(received.length - ids.length, name).toBeLessThanOrEqual(killed);
  }
  const { hook, mail } = got();
  expect(hook.length + mail.length, "no kill hit between a send and its commit").toBeGreaterThan(2 * ids.length);

  const before = JSON.stringify(got());
  await run(tellAll, { env: space.env });
  expect(JSON.stringify(got())).toBe(before);
}, 240_000);

it(`kills around the change of state itself (seed ${seed}): it is told, once`, async () => {
  const dice = new Dice(seed + 1000);
  const space = await setting();
  let victim: Victim | null = null;
  const { got } = await receivers(space, () => victim);
  const rounds = 12;
  for (let round = 1; round <= rounds; round += 1) {
    await connect(space);
    await space.server.revokeGrants();
    const refresh = ["tokens", "refresh", "--all", "--force"];
    const started = await start(refresh, { env: space.env });
    victim = { started, point: round % 2 ? { at: "time", after: dice.between(100, 500) } : pointOf(dice) };
    if (victim.point.at === "time") void befall(victim, "time", false);
    await started.ended;
    victim = null;
    // The next runs find what was left, whatever it was.
    for (const _ of [1, 2]) expect((await run(refresh, { env: space.env })).code).toBe(4);
    for (const received of Object.values(got())) {
      expect(new Set(received.map(({ id }) => id)).size).toBe(round);
    }
  }
  const vault = await openVault(space);
  const told = await vault.notifications({ limit: 100 });
  expect(told.map(({ kind }) => kind)).toEqual(Array.from({ length: rounds }, () => "needs_reauth"));
}, 240_000);
