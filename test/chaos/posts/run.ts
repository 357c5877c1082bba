/** One run: a post, a death in the middle of it, and what those do who come after. */

import type { Delivery } from "../../../src/domain/delivery.ts";
import type { Dice } from "../dice.ts";
import { type Death, type VaultPoint, vaultPoints, type WorkerAnswer } from "./messages.ts";
import { attachment, pieces } from "./notes-platform.ts";
import type { Copy } from "./platforms.ts";
import { postRequest, type Trap, type TrapSettings } from "./relay.ts";
import { type Kind, kinds, type Scene } from "./scene.ts";
import type { Tally } from "./tally.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Moments that the platform's side sees. */
const platformMoments = [
  "in the middle of an upload",
  "an upload was carried out, no answer",
  "the post arrived, is not carried out",
  "the post arrived, is carried out later",
  "the post was carried out, no answer",
  "(lives) the answer is lost",
] as const;
type PlatformMoment = (typeof platformMoments)[number];
export const anyMoment = "at any moment";
export type Moment = VaultPoint | PlatformMoment | typeof anyMoment;
export const moments: readonly Moment[] = [...vaultPoints, ...platformMoments, anyMoment];

const minute = 60_000;

export interface RunPlan {
  readonly number: number;
  readonly moment: Moment;
  readonly kind: Kind;
  readonly texts: readonly string[];
  readonly key: string | null;
  readonly queued: boolean;
  readonly nth: number;
  readonly fuse: number;
  /** The one who comes after is killed too, after so many milliseconds; null: it is not. */
  readonly secondKill: number | null;
}

const needsUpload: readonly Moment[] = [
  "in the middle of an upload",
  "an upload was carried out, no answer",
  "before a step is kept",
  "after a step is kept",
];

export function planRun(number: number, dice: Dice, moment: Moment): RunPlan {
  const uploads = needsUpload.includes(moment) || dice.chance(0.2);
  const kind = dice.pick(uploads ? kinds.filter((each) => each !== "x") : kinds);
  const parts = dice.chance(0.3) ? 3 : 1;
  const texts = Array.from(
    { length: parts },
    (_none, part) => `run ${number} part ${part}${uploads ? ` ${attachment}` : ""}`,
  );
  const visits = needsUpload.includes(moment) ? pieces * parts : parts;
  return {
    number,
    moment,
    kind,
    texts,
    // Without a key, the same words are the same post as long as it did not go out.
    key: dice.chance(0.6) ? `key ${number}` : null,
    queued: dice.chance(0.3),
    nth:
      moment.includes("the post is written") || moment === "after the claim" ? 0 : Math.floor(dice.between(0, visits)),
    fuse: moment === anyMoment ? dice.between(0, 150) : dice.between(0, 6),
    secondKill: dice.chance(0.15) ? dice.between(0, 60) : null,
  };
}

export class Run {
  readonly #scene: Scene;
  readonly #plan: RunPlan;
  readonly #tally: Tally;
  #saidUnknown = false;
  #asked = 0;
  #kills = 0;
  readonly #uploadsBefore: number;

  constructor(scene: Scene, plan: RunPlan, tally: Tally) {
    this.#scene = scene;
    this.#plan = plan;
    this.#tally = tally;
    this.#uploadsBefore = this.#uploads();
  }

  async play(): Promise<void> {
    this.#tally.runs += 1;
    const trap = this.#setTrap();
    await this.#die(trap);
    // Those who come after, before the platform can be sure of anything.
    await this.#comeAfter(this.#plan.secondKill);
    if (trap) {
      trap.release("on");
      if (trap.isSprung) await trap.over;
      this.#scene.platforms.relayOf(this.#plan.kind).remove(trap);
    }
    await this.#scene.advance(3 * minute);
    for (let round = 0; round < 8 && !(await this.#isOver()); round += 1) {
      await this.#comeAfter(null);
      await this.#askOwner();
      await this.#scene.advance(3 * minute);
    }
    await this.#judge();
  }

  // --- the death

  #setTrap(): Trap | null {
    const settings = this.#trapSettings();
    return settings && this.#scene.platforms.relayOf(this.#plan.kind).set(settings);
  }

  #trapSettings(): TrapSettings | null {
    const { moment, kind, nth } = this.#plan;
    const token = this.#scene.tokenOf(kind);
    const upload = { token, target: /^POST \S+\/pieces$/, nth };
    const post = { token, target: postRequest, nth };
    switch (moment) {
      case "in the middle of an upload":
        return { ...upload, moment: "body" };
      case "an upload was carried out, no answer":
        return { ...upload, moment: "answered" };
      case "the post arrived, is not carried out":
      case "the post arrived, is carried out later":
        return { ...post, moment: "arrived" };
      case "the post was carried out, no answer":
      case "(lives) the answer is lost":
        return { ...post, moment: "answered" };
      default:
        return null;
    }
  }

  async #die(trap: Trap | null): Promise<void> {
    const { moment, queued } = this.#plan;
    const victim = await this.#scene.victim();
    const asked = this.#ask(victim, this.#death(), queued);
    if (moment === anyMoment) await Promise.race([asked, pause(this.#plan.fuse)]);
    else if (!trap && (await asked) !== null) this.#problem("the process lived");
    if (trap) {
      await Promise.race([trap.sprung, asked]);
      if (!trap.isSprung) this.#problem("no such request came");
    }
    if (moment === "(lives) the answer is lost") {
      trap?.release("cut");
      await asked;
    } else this.#kills += 1;
    await victim.kill();
    if (victim.complaints !== "") this.#problem(victim.complaints);
    if (!trap || moment === "the post arrived, is carried out later") return;
    trap.release(moment === "the post arrived, is not carried out" ? "cut" : "on");
    if (trap.isSprung) await trap.over;
  }

  #death(): Death | null {
    const { moment, nth, fuse } = this.#plan;
    const point = vaultPoints.find((each) => each === moment);
    return point ? { point, nth, fuse } : null;
  }

  /** As a cron line does it, or by way of the queue. null: the worker died over it. */
  async #ask(worker: WorkerProcess, death: Death | null, queued: boolean): Promise<WorkerAnswer | null> {
    const { kind, texts, key, number } = this.#plan;
    const { name, offset } = this.#scene;
    this.#asked += 1;
    const publish = { id: `run-${number}-${this.#asked}`, key, texts, account: `${kind}/${name}`, queued };
    const answer = this.#hear(await worker.do({ offset, death, publish }));
    if (answer === null || !queued) return answer;
    return this.#hear(await worker.do({ offset, death, due: true }));
  }

  // --- those who come after

  /**
   * The same line again, and somebody who sends what is due, at the same time. Without a key the line is the same post only
   * as long as that is not out, so then the one comes after the other.
   */
  async #comeAfter(secondKill: number | null): Promise<void> {
    const { key } = this.#plan;
    const rerun = this.#rerun();
    if (secondKill !== null) {
      await pause(secondKill);
      await (await this.#scene.helper(0)).kill();
      this.#kills += 1;
    }
    if (key === null) await rerun;
    const { offset } = this.#scene;
    const swept = (await this.#scene.helper(1)).do({ offset, death: null, due: true });
    const [answer] = await Promise.all([swept, rerun]);
    this.#hear(answer);
  }

  async #rerun(): Promise<void> {
    const { queued, key } = this.#plan;
    const stored = await this.#deliveries();
    const isThere = stored.length > 0;
    // For the queue, a second line without a key is a second post; so it is once the first is out.
    if (isThere && key === null && (queued || (await this.#isOver()))) return;
    await this.#ask(await this.#scene.helper(0), null, queued && !isThere);
  }

  /** What the platform cannot tell, its owner can: until he does, nothing is sent, and the same line says so. */
  async #askOwner(): Promise<void> {
    const helper = await this.#scene.helper(0);
    const { offset } = this.#scene;
    const [delivery] = await this.#deliveries();
    if (!delivery) return;
    const ids = [delivery.id];
    if (delivery.state === "unknown" && delivery.dueAt === null) {
      if (this.#plan.kind !== "notes-blind") this.#problem("only its owner can tell, though the platform could");
      await this.#expectRefusal(helper);
      const known = delivery.parts.filter(({ state }) => state === "published").length;
      const [copy] = await this.#copies(this.#plan.texts[known] ?? "");
      const published = copy ? { url: copy.url, remoteId: copy.id } : null;
      this.#hear(await helper.do({ offset, death: null, change: { action: "settle", ids, published } }));
      this.#tally.byOwner += 1;
    }
    if ((await this.#deliveries())[0]?.state !== "failed") return;
    this.#hear(await helper.do({ offset, death: null, change: { action: "send", ids, overQuota: false } }));
  }

  async #expectRefusal(helper: WorkerProcess): Promise<void> {
    const relay = this.#scene.platforms.relayOf(this.#plan.kind);
    const token = this.#scene.tokenOf(this.#plan.kind);
    const before = relay.postsOf(token);
    const { key, queued } = this.#plan;
    if (queued && key === null) return;
    const answer = await this.#ask(helper, null, false);
    if (answer?.told?.[0]?.code !== "delivery_unknown") this.#problem(`a rerun said ${answer?.told?.[0]?.code}`);
    if (relay.postsOf(token) !== before) this.#problem("a rerun sent something, though it is not known");
  }

  // --- what is true

  async #deliveries(): Promise<readonly Delivery[]> {
    return (await this.#scene.postsOf(this.#plan.texts[0] ?? "")).flatMap(({ deliveries }) => deliveries);
  }

  #copies(text: string): Promise<Copy[]> {
    return this.#scene.platforms.copiesOf(this.#plan.kind, this.#scene.name, text);
  }

  async #isOver(): Promise<boolean> {
    const deliveries = await this.#deliveries();
    return deliveries.length > 0 && deliveries.every(({ state }) => state === "published");
  }

  async #judge(): Promise<void> {
    const deliveries = await this.#deliveries();
    const [delivery] = deliveries;
    if (deliveries.length !== 1 || !delivery) this.#problem(`${deliveries.length} deliveries of it`);
    else if (delivery.state !== "published") this.#problem(`it is ${delivery.state}: ${delivery.error?.message}`);
    let answered: string | null = null;
    for (const part of this.#plan.texts.keys()) {
      answered = await this.#judgePart(part, answered, delivery?.parts[part]?.url);
    }
    if (delivery) await this.#count(delivery);
    this.#expectFewUploads();
    if (this.#saidUnknown) this.#tally.unknown += 1;
    this.#tally.kills += this.#kills;
  }

  /** The platform's id of it; null where it is not public. */
  async #judgePart(part: number, answered: string | null, told: string | null | undefined): Promise<string | null> {
    const text = this.#plan.texts[part] ?? "";
    const copies = await this.#copies(text);
    const [copy = null] = copies;
    this.#tally.published += copy ? 1 : 0;
    this.#tally.lost += copy ? 0 : 1;
    this.#tally.twice += copies.length > 1 ? 1 : 0;
    if (copies.length !== 1) this.#problem(`"${text}" is public ${copies.length} times`);
    if (copy && copy.replyTo !== answered) this.#problem(`"${text}" answers ${copy.replyTo}, not ${answered}`);
    if (copy && told !== copy.url) this.#problem(`"${text}" is at ${copy.url}, and ${told} was stored`);
    return copy?.id ?? null;
  }

  #uploads(): number {
    return this.#scene.platforms.uploadRequestsOf(this.#plan.kind, this.#scene.name);
  }

  /** What was done and kept is not done again: each kill can cost the one request it came upon. */
  #expectFewUploads(): void {
    const { texts } = this.#plan;
    const needed = texts.filter((text) => text.includes(attachment)).length * (pieces + 2);
    const done = this.#uploads() - this.#uploadsBefore;
    if (done < needed || done > needed + this.#kills) {
      this.#problem(`${done} upload requests, ${needed} needed, ${this.#kills} kills`);
    }
  }

  /** What the ledger says of it. */
  async #count({ id }: Delivery): Promise<void> {
    const history = await this.#scene.historyOf(id);
    for (const { action, detail } of history) {
      if (detail["foundBy"] === "platform") this.#tally.found += 1;
      if (action === "delivery.not_published" && this.#plan.kind !== "notes-blind") this.#tally.again += 1;
      if (action === "delivery.unknown") this.#saidUnknown = true;
    }
  }

  #hear(answer: WorkerAnswer | null): WorkerAnswer | null {
    if (answer?.code) this.#problem(`a worker failed: ${answer.code} ${answer.message}`);
    for (const { account, code, state, message } of answer?.told ?? []) {
      if (!account.startsWith(`${this.#plan.kind}/`)) continue;
      if (code === "delivery_unknown" || state === "unknown") this.#saidUnknown = true;
      if (code === "unexpected") this.#problem(`a delivery failed: ${message}`);
    }
    return answer;
  }

  #problem(what: string): void {
    const { number, kind, moment, nth, queued, key } = this.#plan;
    const how = [kind, moment, `nth ${nth}`, queued ? "queued" : "direct", key === null ? "no key" : "key"].join(", ");
    this.#tally.problems.push(`run ${number} (${how}): ${what}`);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
