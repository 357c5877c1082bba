/**
 * One process that publishes: the production code over its real ports. It dies at named points by its own hand (SIGKILL),
 * which a wrapper around a port can place more exactly than anybody outside; nothing in src knows of it.
 */
import { Worker as Thread } from "node:worker_threads";
import type { DeliveryResult } from "../../../src/app/deliver.ts";
import { sendDueOnce } from "../../../src/app/due-posts.ts";
import { changePosts } from "../../../src/app/posts.ts";
import { publishPost } from "../../../src/app/publish-post.ts";
import type { Services } from "../../../src/app/services.ts";
import { addressOf } from "../../../src/domain/account.ts";
import { toFailure } from "../../../src/domain/failure.ts";
import type { Clock } from "../../../src/domain/ports/machine.ts";
import type { Vault } from "../../../src/domain/ports/vault.ts";
import { draftOf } from "../../../src/domain/post.ts";
import { loadPlatform, platformIds } from "../../../src/platforms/index.ts";
import { systemClock } from "../../../src/system/clock.ts";
import { CriticalWork } from "../../../src/system/critical-work.ts";
import { withEndpointOverride } from "../../../src/system/endpoint-override.ts";
import { createHttp } from "../../../src/system/http.ts";
import { keyFileSource } from "../../../src/system/key-file.ts";
import { systemRandom as random } from "../../../src/system/random.ts";
import { vaultCustody } from "../../../src/vault/custody.ts";
import type { Death, PublishOrder, Told, VaultPoint, WorkerNews, WorkerOrder, WorkerSettings } from "./messages.ts";
import { notesHost, notesPlatforms } from "./notes-platform.ts";

const { home, keyFile, endpoints } = JSON.parse(process.argv[2] ?? "") as WorkerSettings;

let offset = 0;
let death: Death | null = null;
let visits = 0;

/** Whoever waits is moved on in time, so that a thousand runs take minutes. */
const clock: Clock = {
  now: () => systemClock.now() + offset,
  sleep: async (milliseconds, signal) => {
    await systemClock.sleep(Math.min(milliseconds, 5), signal);
    offset += Math.max(0, milliseconds - 5);
  },
};

function tell(news: WorkerNews): Promise<void> {
  return new Promise((resolve) => process.send?.(news, undefined, undefined, () => resolve()));
}

function isHere(point: VaultPoint): boolean {
  if (death?.point !== point) return false;
  visits += 1;
  return visits - 1 === death.nth;
}

function dieAt(point: VaultPoint): void {
  if (isHere(point)) process.kill(process.pid, "SIGKILL");
}

/** A thread that kills the process after so many milliseconds, whatever the main one is doing. */
function lightFuse(milliseconds: number): void {
  const program = `
    const { workerData } = require("node:worker_threads");
    const until = process.hrtime.bigint() + BigInt(Math.round(workerData * 1e6));
    while (process.hrtime.bigint() < until);
    process.kill(process.pid, "SIGKILL");`;
  new Thread(program, { eval: true, workerData: milliseconds }).unref();
}

function deadly(vault: Vault): Vault {
  return {
    ...vault,
    createPost: async (...words) => {
      dieAt("before the post is written");
      const stored = await vault.createPost(...words);
      dieAt("after the post is written");
      return stored;
    },
    claimDelivery: async (...words) => {
      const claimed = await vault.claimDelivery(...words);
      if (claimed) dieAt("after the claim");
      return claimed;
    },
    keepStep: async (...words) => {
      dieAt("before a step is kept");
      await vault.keepStep(...words);
      dieAt("after a step is kept");
    },
    beginPart: async (...words) => {
      dieAt("before the intent");
      await vault.beginPart(...words);
      dieAt("after the intent");
    },
    publishPart: async (...words) => {
      dieAt("before the outcome");
      const fuse = isHere("while the outcome is written") ? (death?.fuse ?? 0) : null;
      if (fuse !== null) lightFuse(fuse);
      const delivery = await vault.publishPart(...words);
      // The fuse burns; nothing that comes after may be done any more.
      if (fuse !== null) await new Promise(() => undefined);
      dieAt("after the outcome");
      return delivery;
    },
  };
}

const unused = () => Promise.reject(new Error("a delivery does not need it"));
const custody = vaultCustody({ home, clock, random, host: "chaos", actor: "worker", processId: process.pid });
const source = keyFileSource({ path: keyFile, credentialsDirectory: null, random });
const vault = deadly(await custody.open({ sources: [source], explicit: "file" }));
const plain = createHttp({ version: "chaos", environment: {} });
const doors = Object.fromEntries(
  Object.entries(endpoints).map(([host, url]) => [host, withEndpointOverride(plain, url)]),
);

const services: Services = {
  clock,
  random,
  http: {
    ...plain,
    send: (request) => (doors[new URL(request.url).host === notesHost ? "notes" : "x"] ?? plain).send(request),
  },
  browser: { open: unused },
  talk: unused,
  startCallbackServer: unused,
  makeCertificate: unused,
  platformIds: [...platformIds, ...notesPlatforms.map(({ id }) => id)],
  loadPlatform: async (id) => notesPlatforms.find((known) => known.id === id) ?? loadPlatform(id),
  vault: async () => vault,
  vaultOrNew: async () => vault,
  appFromEnvironment: () => null,
  uninterrupted: new CriticalWork().run,
  keepSecret: () => undefined,
  sendThrough: unused,
  prepareDerivation: unused,
  prepareSession: unused,
  media: { open: unused, fit: unused },
};

async function publish({ id, key, texts, account, queued }: PublishOrder): Promise<readonly DeliveryResult[]> {
  const [text = "", ...rest] = texts;
  const draft = draftOf({
    text,
    thread: rest.map((each) => ({ text: each, images: [], video: null, document: null, poll: null })),
  });
  const accounts = (await vault.accounts()).filter((known) => addressOf(known) === account);
  const plainly = { text: null, timeZone: null, maxLate: null, whenLate: null };
  const schedule = queued ? { at: clock.now(), ...plainly } : null;
  return (await publishPost(services, { id, draft, brand: "default", key, accounts, schedule, overQuota: false }))
    .results;
}

async function carryOut(order: WorkerOrder): Promise<readonly DeliveryResult[] | null> {
  if (order.publish) return publish(order.publish);
  if (order.change) return changePosts(services, order.change);
  return sendDueOnce(services, { signal: new AbortController().signal });
}

const toldOf = ({ delivery, failure }: DeliveryResult): Told => ({
  id: delivery.id,
  account: delivery.address,
  state: delivery.state,
  url: delivery.url,
  code: failure?.code ?? null,
  message: failure?.message ?? null,
});

process.on("message", async (order: WorkerOrder) => {
  const { number } = order;
  offset = order.offset;
  death = order.death;
  visits = 0;
  try {
    const told = (await carryOut(order))?.map(toldOf) ?? null;
    await tell({ answer: { number, told, code: null, message: null } });
  } catch (error) {
    const { code, message } = toFailure(error);
    await tell({ answer: { number, told: null, code, message } });
  }
});
process.once("disconnect", () => process.exit(0));
await tell({ ready: true });
