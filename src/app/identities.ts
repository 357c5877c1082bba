/** Who can be posted as after a login, and which of them a person wants. */
import { addressOf } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { Identity, Platform } from "../platforms/platform.ts";

/** An identity as it is offered. */
export interface Offer {
  readonly identity: Identity;
  /** There is an account of it already. */
  readonly connected: boolean;
}

/** `12345 (Acme Bakery, Page)`: what `--select` takes, and who that is. */
export function identityWords({ externalId, handle, name, kind }: Identity): string {
  return `${externalId} (${[name ?? handle, kind].filter(Boolean).join(", ")})`;
}

/** Those that can be posted as. @throws Failure `not_permitted` where there is none, with the reasons */
export function usableOf(platform: Platform, identities: readonly Identity[]): readonly Identity[] {
  const usable = identities.filter(({ unusable }) => unusable === undefined);
  if (usable.length > 0) return usable;
  const reasons = identities.map((each) => `${each.name ?? each.handle}: ${each.unusable}`).join("; ");
  throw new Failure(
    "not_permitted",
    reasons === ""
      ? `this login has nothing on ${platform.name} that can be posted as`
      : `nothing of this login on ${platform.name} can be posted as (${reasons})`,
    { hint: `mend that there, or sign in as somebody else: agencyiq connect ${platform.id}` },
  );
}

/**
 * Those that `--select` names, by id, handle or name; `all`: every one that can be posted as.
 * @throws Failure `usage` for what is not there, cannot be told apart or cannot be posted as
 */
export function selected(identities: readonly Identity[], wanted: readonly string[]): readonly Identity[] {
  if (wanted.includes("all")) return identities.filter(({ unusable }) => unusable === undefined);
  return [...new Set(wanted.map((text) => named(identities, text)))];
}

function named(identities: readonly Identity[], text: string): Identity {
  const plain = text.trim().replace(/^@/, "").toLowerCase();
  const byId = identities.filter(({ externalId }) => externalId.toLowerCase() === plain);
  const found =
    byId.length > 0
      ? byId
      : identities.filter(({ handle, name }) => [handle, name].some((each) => each?.toLowerCase() === plain));
  const [only] = found;
  if (!only || found.length > 1) {
    const told = only ? "could mean several of what this login can post as" : "is nothing that this login can post as";
    throw new Failure("usage", `"${text}" ${told}`, { hint: choices(identities) });
  }
  if (only.unusable === undefined) return only;
  throw new Failure("not_permitted", `${only.name ?? only.handle} cannot be posted as: ${only.unusable}`);
}

/** Nobody can be asked: what there is, and the flag that answers. */
export function choiceMissing(
  platform: Platform,
  identities: readonly Identity[],
  most: "one" | "several" = "several",
): Failure {
  return new Failure(
    "question_without_terminal",
    `this login can post as several on ${platform.name}, and there is no terminal to ask which`,
    { hint: choices(identities, most) },
  );
}

function choices(identities: readonly Identity[], most: "one" | "several" = "several"): string {
  const usable = identities.filter(({ unusable }) => unusable === undefined);
  const flag = most === "one" ? "give --select with one id" : "give --select all, or --select with an id";
  return `${flag}: ${usable.map(identityWords).join(", ")}`;
}

/** One name for several accounts would be none. */
export function refuseOneNameForSeveral(as: string | undefined, count: number, platform: string): void {
  if (as === undefined || count < 2) return;
  throw new Failure("usage", `--as ${as} names one account, and ${count} were chosen`, {
    hint: `leave --as out, and rename them after: agencyiq accounts rename ${addressOf({ brand: "default", platform, handle: "HANDLE" })} NAME`,
  });
}

/**
 * Whose login it is. A definition that offers several must say it of each, or nobody knows which accounts end together.
 * @throws TypeError for a definition that does not
 */
export function subjectOf(platform: Platform, identities: readonly Identity[]): string | null {
  const subjects = new Set(identities.map(({ login, externalId }) => login ?? externalId));
  if (subjects.size > 1) throw new TypeError(`${platform.id} does not say whose login its identities came by`);
  const [subject = null] = subjects;
  return subject;
}
