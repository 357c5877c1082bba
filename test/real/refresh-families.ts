/**
 * The history of every refresh token a server gave: what it knows for certain and a client can only guess. Counts what no
 * client may do (present a token that was used, or while it is being used), and plays the servers that forgive a
 * second use for a moment.
 */
import type { Socket } from "node:net";
import type { AdapterPayload } from "oidc-provider";
import { OidcStore, type StoreListener } from "./oidc-store.ts";

/** How a used refresh token is treated for a while, as long as none that it brought was used. */
export interface Grace {
  readonly seconds: number;
  /** The pair that was given before, or another one in its place. */
  readonly answer: "same" | "new";
}

/** `spent`: used, and past any grace. `revoked`: the server took it back. */
export type RefreshTokenState = "live" | "grace" | "spent" | "revoked" | "unknown";

/** Counted over the families with one label. */
export interface FamilyCounts {
  /** Answers with a new pair. */
  rotations: number;
  /** Second uses that the grace forgave. */
  forgiven: number;
  /** Second uses that were not forgiven, and uses while another one was under way: each a mistake of the client. */
  reuses: number;
  /** Tokens presented after they were refused. */
  refusedAgain: number;
  /** Every refresh request. */
  presented: number;
}

interface Family {
  readonly login: string;
  readonly label: string;
  readonly grace: Grace | null;
}

interface Member {
  readonly grantId: string;
  spentAt: number | null;
  readonly successors: Set<string>;
  presented: number;
  refused: number;
  readonly using: Set<Socket>;
  answer: unknown;
}

export class RefreshFamilies {
  readonly store: OidcStore;
  /** Label → every access and refresh token. */
  readonly #issued = new Map<string, string[]>();
  readonly #families = new Map<string, Family>();
  readonly #members = new Map<string, Member>();
  readonly #counts = new Map<string, FamilyCounts>();
  readonly #byDefault: Grace | null;

  constructor(grace: Grace | null) {
    this.#byDefault = grace;
    const listener: StoreListener = {
      stored: (model, id, payload) => this.#stored(model, id, payload),
      consumed: (model, id) => this.#consumed(model, id),
    };
    this.store = new OidcStore(listener);
  }

  /** Treats a grant in a way of its own; before its tokens are given. */
  found(grantId: string, family: Family): void {
    this.#families.set(grantId, family);
  }

  loginOf(token: string): string | null {
    const member = this.#members.get(token);
    return member ? (this.#families.get(member.grantId)?.login ?? null) : null;
  }

  counts(label: string): FamilyCounts {
    const counts = this.#counts.get(label) ?? { rotations: 0, forgiven: 0, reuses: 0, refusedAgain: 0, presented: 0 };
    this.#counts.set(label, counts);
    return counts;
  }

  /** Every access and refresh token that was ever given to families with a label. */
  issued(label: string): string[] {
    const issued = this.#issued.get(label) ?? [];
    this.#issued.set(label, issued);
    return issued;
  }

  stateOf(token: string): RefreshTokenState {
    const member = this.#members.get(token);
    if (!member) return "unknown";
    if (!this.store.has("RefreshToken", token)) return "revoked";
    if (member.spentAt === null) return "live";
    return this.#isForgiven(member) ? "grace" : "spent";
  }

  /** How often this token was answered with `invalid_grant`. */
  refusalsOf(token: string): number {
    return this.#members.get(token)?.refused ?? 0;
  }

  /** Takes back every token of a person's, as can be done in the settings of a service. */
  async revokeOf(login: string): Promise<void> {
    for (const [grantId, family] of this.#families)
      if (family.login === login) await this.store.adapter("RefreshToken").revokeByGrantId(grantId);
  }

  /** How many refresh requests came for a person. */
  presentedBy(login: string): number {
    const members = [...this.#members.values()].filter(({ grantId }) => this.#families.get(grantId)?.login === login);
    return members.reduce((sum, { presented }) => sum + presented, 0);
  }

  /**
   * A refresh token comes in. Called before the server looks at it.
   * @returns the answer to give in the server's place, or null
   */
  async present(token: string, socket: Socket): Promise<unknown> {
    const member = this.#members.get(token);
    if (!member) return null;
    const counts = this.#countsOf(member);
    counts.presented += 1;
    if (member.refused > 0) counts.refusedAgain += 1;
    const reused = (await isUsedElsewhere(member)) || (member.spentAt !== null && !this.#isForgiven(member));
    if (reused) counts.reuses += 1;
    member.presented += 1;
    member.using.add(socket);
    if (reused || member.spentAt === null) return null;
    counts.forgiven += 1;
    if (this.#graceOf(member)?.answer === "same") return firstAnswerOf(member);
    for (const successor of member.successors) this.store.remove("RefreshToken", successor);
    this.store.restore("RefreshToken", token);
    return null;
  }

  /** What the server made of it. */
  answered(token: string, status: number, body: unknown): void {
    const member = this.#members.get(token);
    if (!member) return;
    const { refresh_token: successor, id_token: idToken, error } = (body ?? {}) as Readonly<Record<string, string>>;
    // Its signature: it begins as they all do.
    if (idToken !== undefined) this.issued(this.#labelOf(member)).push(idToken.slice(-43));
    if (status === 200 && successor !== undefined) {
      if (!member.successors.has(successor)) this.#countsOf(member).rotations += 1;
      member.successors.add(successor);
      member.answer = body;
    }
    if (error === "invalid_grant") member.refused += 1;
  }

  /** The answer has left, or its receiver has. */
  ended(token: string, socket: Socket): void {
    this.#members.get(token)?.using.delete(socket);
  }

  #stored(model: string, id: string, payload: AdapterPayload): void {
    if (model !== "AccessToken" && model !== "RefreshToken") return;
    this.issued(this.#labelOf({ grantId: payload.grantId ?? "" })).push(id);
    if (model === "AccessToken" || this.#members.has(id)) return;
    const member = { grantId: payload.grantId ?? "", successors: new Set<string>(), using: new Set<Socket>() };
    this.#members.set(id, { ...member, spentAt: null, presented: 0, refused: 0, answer: null });
  }

  #consumed(model: string, id: string): void {
    const member = this.#members.get(id);
    // The grace counts from the first use.
    if (model === "RefreshToken" && member) member.spentAt ??= Date.now();
  }

  #graceOf({ grantId }: Member): Grace | null {
    const family = this.#families.get(grantId);
    return family ? family.grace : this.#byDefault;
  }

  #labelOf({ grantId }: Pick<Member, "grantId">): string {
    return this.#families.get(grantId)?.label ?? "";
  }

  #countsOf(member: Member): FamilyCounts {
    return this.counts(this.#labelOf(member));
  }

  #isForgiven(member: Member): boolean {
    const grace = this.#graceOf(member);
    if (grace === null || member.spentAt === null) return false;
    const isUsed = (token: string) => (this.#members.get(token)?.presented ?? 0) > 0;
    return Date.now() - member.spentAt < grace.seconds * 1000 && ![...member.successors].some(isUsed);
  }
}

/** The first use may still be under way, for somebody who is gone. */
async function firstAnswerOf(member: Member): Promise<unknown> {
  for (let wait = 0; wait < 200 && member.answer === null; wait += 1) await pause();
  return member.answer;
}

/** By somebody who still waits for the answer: one that was killed has left its connection, which we may hear a moment later. */
async function isUsedElsewhere({ using }: Member): Promise<boolean> {
  const isOpen = (socket: Socket) => !socket.destroyed && socket.readable;
  for (let wait = 0; wait < 20 && [...using].some(isOpen); wait += 1) {
    await pause();
  }
  return [...using].some(isOpen);
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
