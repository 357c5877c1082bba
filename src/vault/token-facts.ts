/** What platforms say of tokens, put in the place of what was believed. */
import type { Credential } from "../domain/credential.ts";
import type { TokenFact, TokenFacts } from "../domain/ports/vault.ts";
import { type RefreshTiming, refreshDueAt } from "../domain/refresh-schedule.ts";
import { type Instant, minutes, toTimestampOrNull } from "../domain/time.ts";
import { findCredential } from "./accounts.ts";
import { append } from "./ledger.ts";
import { prepared } from "./sqlite.ts";
import type { VaultContext } from "./vault-context.ts";

/** Lifetimes are counted from when a request left, and told in whole seconds: so little is no news (milliseconds). */
const tolerance = minutes(1);

/** Inside a transaction: what was believed otherwise; nothing of a credential that moved on. */
export function correctToken(
  context: VaultContext,
  { id, generation }: Pick<Credential, "id" | "generation">,
  facts: TokenFacts,
  timing: RefreshTiming,
  address: string,
): readonly TokenFact[] {
  const { raw } = context.opened;
  const known = findCredential(raw, id);
  if (!known || known.generation !== generation) return [];
  const corrected = differencesOf(known, facts);
  if (corrected.length === 0) return [];
  const present = { ...known, ...Object.fromEntries(corrected.map((name) => [name, facts[name]])) } as Credential;
  const { accessExpiresAt, scopes, dataAccessExpiresAt, refreshable, status } = present;
  const dueAnew = corrected.includes("accessExpiresAt") && refreshable && status === "active";
  prepared(
    raw,
    `update credentials set access_expires_at = ?, scopes = ?, data_access_expires_at = ?, next_refresh_at = ?
     where id = ?`,
  ).run(
    accessExpiresAt,
    scopes.join(" "),
    dataAccessExpiresAt,
    dueAnew ? refreshDueAt(present, timing) : known.nextRefreshAt,
    id,
  );
  // When data access ends was never believed to be something else, only not known.
  if (corrected.some((name) => name !== "dataAccessExpiresAt")) {
    append(context, {
      action: "token.corrected",
      account: address,
      subjectId: id,
      detail: {
        generation,
        expiresAt: toTimestampOrNull(accessExpiresAt),
        before: toTimestampOrNull(known.accessExpiresAt),
        scopes: scopes.join(" "),
        scopesBefore: known.scopes.join(" "),
      },
    });
  }
  return corrected;
}

function differencesOf(known: Credential, { accessExpiresAt, scopes, dataAccessExpiresAt }: TokenFacts): TokenFact[] {
  const found: TokenFact[] = [];
  if (accessExpiresAt !== undefined && !isSame(known.accessExpiresAt, accessExpiresAt)) found.push("accessExpiresAt");
  if (scopes !== undefined && sorted(known.scopes) !== sorted(scopes)) found.push("scopes");
  if (dataAccessExpiresAt !== undefined && !isSame(known.dataAccessExpiresAt, dataAccessExpiresAt)) {
    found.push("dataAccessExpiresAt");
  }
  return found;
}

function isSame(one: Instant | null, other: Instant | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= tolerance;
}

const sorted = (scopes: readonly string[]): string => [...new Set(scopes)].sort().join(" ");
