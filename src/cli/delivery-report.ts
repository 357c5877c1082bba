/** Deliveries as commands tell of them: a line for people, a document for scripts. */
import type { DeliveryResult } from "../app/deliver.ts";
import type { Delivery, Post } from "../domain/delivery.ts";
import type { Failure } from "../domain/failure.ts";
import type { LedgerEntry } from "../domain/ledger.ts";
import { type Instant, relativeTime, toTimestamp, toTimestampOrNull } from "../domain/time.ts";
import { showInZone } from "../domain/zoned-time.ts";
import { warnOfFallback } from "./fallback-note.ts";
import type { Output } from "./output.ts";

/** What the lines need beside the deliveries. */
export interface Reader {
  readonly output: Output;
  readonly now: Instant;
  /** Asked only where a time is told: finding it takes as long as posting. */
  readonly timeZone: () => string;
}

export function deliveryLine({ delivery, failure }: DeliveryResult, reader: Reader): string {
  const { good, bad } = reader.output.styles;
  const { state, address, url } = delivery;
  const paint = state === "published" ? good : failure ? bad : (text: string) => text;
  const more = state === "published" ? (url ?? "") : (whenNext(delivery, reader) ?? "");
  return [paint(state), address, more].filter(Boolean).join(" ");
}

/** When something happens next by itself, in words; null: nothing does. */
export function whenNext(delivery: Delivery, { now, timeZone }: Reader): string | null {
  const { state, scheduledFor, dueAt, awaitsApproval } = delivery;
  if (awaitsApproval) return "missed its time, waits for: agencyiq posts approve";
  if (dueAt === null) return null;
  if (state === "scheduled") {
    const at = scheduledFor ?? dueAt;
    return at > now ? `for ${showInZone(at, timeZone())}, ${relativeTime(at, now)}` : "due";
  }
  if (state === "retrying") return dueAt > now ? `again ${relativeTime(dueAt, now)}` : "again now";
  if (state === "unknown") return dueAt > now ? `looked for again ${relativeTime(dueAt, now)}` : "looked for again";
  return null;
}

export function deliveryDocument({ delivery, failure }: { delivery: Delivery; failure: Failure | null }) {
  const { parts } = delivery;
  return {
    id: delivery.id,
    account: delivery.address,
    platform: delivery.platform,
    state: delivery.state,
    postId: delivery.remoteId,
    url: delivery.url,
    scheduledFor: toTimestampOrNull(delivery.scheduledFor),
    attempts: delivery.attempts,
    error: failure ? { code: failure.code, message: failure.message, hint: failure.hint ?? null } : delivery.error,
    nextAttemptAt: toTimestampOrNull(delivery.dueAt),
    awaitsApproval: delivery.awaitsApproval,
    ...(parts.length > 1 ? { parts: parts.map(({ state, remoteId, url }) => ({ state, postId: remoteId, url })) } : {}),
  };
}

export function postDocument({ id, key, brand, draft, schedule, createdAt }: Post) {
  const { text, timeZone, maxLate, whenLate } = schedule ?? {};
  return {
    id,
    key,
    brand,
    text: draft.text,
    draft,
    createdAt: toTimestamp(createdAt),
    schedule: schedule && {
      text: text ?? null,
      timeZone: timeZone ?? null,
      maxLateSeconds: maxLate == null ? null : Math.round(maxLate / 1000),
      whenLate: whenLate ?? null,
    },
  };
}

/** What was tried, when, and what came of it. */
export function historyDocument(entries: readonly LedgerEntry[]) {
  return entries.map(({ at, action, actor, detail }) => {
    const { post: _post, ...told } = detail;
    return { at: toTimestamp(at), action, actor, ...told };
  });
}

/** Prints the results of several deliveries, and the failure of each where there are many. */
export function tellDeliveries(reader: Reader, results: readonly DeliveryResult[], more: object = {}): void {
  const { output } = reader;
  output.result(() => results.map((result) => deliveryLine(result, reader)).join("\n"), {
    ...more,
    deliveries: results.map(deliveryDocument),
  });
  tellFailures(output, results, results);
}

/** What is beside the answer: which credential was used in place of another, and each failure; one alone ends the command. */
export function tellFailures(
  output: Output,
  results: readonly DeliveryResult[],
  outcomes: readonly { readonly failure: Failure | null }[],
): void {
  for (const { delivery, fallback } of results) if (fallback) warnOfFallback(output, delivery.address, fallback);
  if (outcomes.length > 1 && !output.json) for (const { failure } of outcomes) if (failure) output.failure(failure);
}
