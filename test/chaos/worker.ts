/**
 * One process that refreshes: the production code over its real ports. It dies at named points by its own hand (SIGKILL),
 * which a wrapper around a port can place more exactly than anybody outside; nothing in src knows of it.
 */
import { Worker as Thread } from "node:worker_threads";
import { ensureFreshToken } from "../../src/app/fresh-token.ts";
import type { Services } from "../../src/app/services.ts";
import { addressOf } from "../../src/domain/account.ts";
import { toFailure } from "../../src/domain/failure.ts";
import type { Http } from "../../src/domain/ports/http.ts";
import type { Clock } from "../../src/domain/ports/machine.ts";
import type { ConnectedAccount, Vault } from "../../src/domain/ports/vault.ts";
import { loadPlatform, platformIds } from "../../src/platforms/index.ts";
import { systemClock } from "../../src/system/clock.ts";
import { CriticalWork } from "../../src/system/critical-work.ts";
import { createHttp } from "../../src/system/http.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { systemRandom as random } from "../../src/system/random.ts";
import { vaultCustody } from "../../src/vault/custody.ts";
import { Dice } from "./dice.ts";
import { setFalseTime } from "./false-time.ts";
import {
  doomed,
  type KillPoint,
  killPoints,
  type WorkerNews,
  type WorkerOrder,
  type WorkerSettings,
  workerHeader,
} from "./messages.ts";

const settings = JSON.parse(process.argv[2] ?? "") as WorkerSettings;
const { name, home, keyFile } = settings;
const dice = new Dice(settings.seed);
const hour = 3_600_000;

/** Where this worker wants to die in the refresh it is at. */
let point: KillPoint | null = null;
let offset = 0;
let stopping = false;

const clock: Clock = { now: () => systemClock.now() + offset, sleep: systemClock.sleep };

function perhapsStepClock(): void {
  if (!dice.chance(settings.clockSteps)) return;
  const step = dice.pick([-hour, 0, hour]);
  if (settings.falseTime === null) offset = step;
  else setFalseTime(settings.falseTime, step / 1000);
}

function tell(news: WorkerNews): Promise<void> {
  return new Promise((resolve) => process.send?.(news, undefined, undefined, () => resolve()));
}

async function dieAt(here: KillPoint): Promise<void> {
  if (point !== here) return;
  await tell({ news: "dying", point: here });
  process.kill(process.pid, "SIGKILL");
}

/** A thread that kills the process after so many milliseconds, whatever the main one is doing. */
let fuse: Int32Array | null = null;

function layFuse(): Int32Array {
  if (fuse) return fuse;
  fuse = new Int32Array(new SharedArrayBuffer(4));
  const program = `
    const { workerData: fuse } = require("node:worker_threads");
    Atomics.wait(fuse, 0, 0);
    Atomics.wait(fuse, 0, fuse[0], fuse[0] / 1000);
    process.kill(process.pid, "SIGKILL");`;
  new Thread(program, { eval: true, workerData: fuse }).unref();
  return fuse;
}

/** How long a commit takes here (milliseconds), so that the fuse ends within one. */
let commitTime = 4;

async function lightFuse(): Promise<void> {
  if (point !== "during_S7") return;
  await tell({ news: "dying", point });
  const burning = layFuse();
  Atomics.store(burning, 0, 1 + Math.round(dice.between(0, commitTime * 1000)));
  Atomics.notify(burning, 0);
}

function deadly(vault: Vault): Vault {
  return {
    ...vault,
    beginAttempt: async (...words) => {
      await dieAt("before_S4");
      const attempt = await vault.beginAttempt(...words);
      await dieAt("after_S4");
      return attempt;
    },
    commitAttempt: async (...words) => {
      perhapsStepClock();
      await lightFuse();
      const began = performance.now();
      const outcome = await vault.commitAttempt(...words);
      commitTime = 0.8 * commitTime + 0.2 * (performance.now() - began);
      // The fuse burns; nothing that comes after may be done any more.
      if (point === "during_S7") await new Promise(() => undefined);
      await dieAt("after_S7");
      return outcome;
    },
  };
}

/** Every request says whose it is. The server answers those who come as doomed only when the runner has killed them. */
function named(http: Http): Http {
  return {
    ...http,
    send: async (request) => {
      perhapsStepClock();
      const isDoomed = point === "after_rotation";
      if (isDoomed) await tell({ news: "dying", point: "after_rotation" });
      const headers = { ...request.headers, [workerHeader]: isDoomed ? name + doomed : name };
      const answer = await http.send({ ...request, headers });
      perhapsStepClock();
      return answer;
    },
  };
}

const unused = () => Promise.reject(new Error("a refresh does not need it"));

async function prepare(): Promise<{ services: Services; vault: Vault }> {
  const custody = vaultCustody({ home, clock, random, host: "chaos", actor: name, processId: process.pid });
  const source = keyFileSource({ path: keyFile, credentialsDirectory: null, random });
  const vault = deadly(await custody.open({ sources: [source], explicit: "file" }));
  const services: Services = {
    clock,
    random,
    http: named(createHttp({ version: name, environment: {} })),
    media: { open: unused, fit: unused },
    browser: { open: unused },
    talk: unused,
    startCallbackServer: unused,
    makeCertificate: unused,
    sendThrough: unused,
    prepareDerivation: unused,
    prepareSession: unused,
    platformIds,
    loadPlatform,
    vault: async () => vault,
    vaultOrNew: async () => vault,
    appFromEnvironment: () => null,
    uninterrupted: new CriticalWork().run,
    keepSecret: () => undefined,
  };
  return { services, vault };
}

const { services, vault } = await prepare();

async function refresh(account: ConnectedAccount): Promise<void> {
  perhapsStepClock();
  try {
    await ensureFreshToken(services, account, { force: true });
    await tell({ news: "call", address: addressOf(account), code: null, message: "" });
  } catch (error) {
    const { code, message } = toFailure(error);
    await tell({ news: "call", address: addressOf(account), code, message });
  }
}

async function loop(calls: number): Promise<void> {
  if (settings.deaths > 0) layFuse();
  for (let done = 0; done < calls && !stopping; done += 1) {
    const account = dice.pick(await vault.accounts());
    point = dice.chance(settings.deaths) ? dice.pick(killPoints) : null;
    await refresh(account);
  }
  await vault.close();
  await tell({ news: "stopped" });
  process.exit(0);
}

process.on("message", async (order: WorkerOrder) => {
  if (order.do === "stop") stopping = true;
  else if (order.do === "loop") await loop(order.calls);
  else {
    const account = (await vault.accounts()).find((known) => addressOf(known) === order.address);
    point = order.point;
    if (point === "during_S7") layFuse();
    if (account) await refresh(account);
  }
});
process.once("disconnect", () => process.exit(0));
await tell({ news: "ready" });
