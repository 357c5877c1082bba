/** A message whose request may have been carried out: what the platform can tell of it. Sends nothing. */
import type { DeliveryPart } from "../domain/delivery.ts";
import { defaultSettling } from "../domain/delivery-outcome.ts";
import { type Failure, toFailure } from "../domain/failure.ts";
import { type Instant, minutes, seconds } from "../domain/time.ts";
import type { Api, Message, Published, Publishing, Step } from "../platforms/platform.ts";

export type Finding =
  | { readonly kind: "published"; readonly published: Published }
  /** Nothing of it is there, and it is too late for it to be carried out: it may be sent. */
  | { readonly kind: "absent" }
  /** The same request again is answered as the first one was, and does nothing twice. */
  | { readonly kind: "repeatable" }
  | { readonly kind: "later"; readonly at: Instant; readonly failure: Failure | null }
  /** The platform cannot tell. */
  | { readonly kind: "owner" };

export interface Doubt {
  readonly publishing: Publishing;
  readonly api: () => Api;
  readonly message: Message;
  readonly part: DeliveryPart;
  /** What `prepare` gave for it. */
  readonly prepared: () => Promise<unknown>;
  readonly idempotencyKey: string;
  readonly step: Step;
  /** A repeated request was refused as a duplicate: it cannot be absent. */
  readonly provenDuplicate: boolean;
  /** The platform's clock minus ours, as last measured (milliseconds). */
  readonly clockSkew: number;
  readonly now: () => Instant;
}

/** The two clocks may be apart by so much, beyond what was measured (milliseconds). */
const clocksApart = minutes(2);

/** Whether there is anything to be asked at all. */
export function canBeTold({ confirm, idempotentFor }: Publishing): boolean {
  return confirm !== undefined || idempotentFor !== undefined;
}

export async function lookInto(doubt: Doubt): Promise<Finding> {
  const { publishing, part, now } = doubt;
  const remembered = (part.firstSentAt ?? 0) + idempotency(doubt) - minutes(1);
  if (now() < remembered && !doubt.provenDuplicate) {
    const over = (part.sentAt ?? 0) + (publishing.underWayFor ?? 0);
    return now() < over ? { kind: "later", at: over, failure: null } : { kind: "repeatable" };
  }
  if (!publishing.confirm) return { kind: "owner" };
  try {
    return judgeAnswer(doubt, await ask(doubt));
  } catch (error) {
    const failure = toFailure(error);
    // A fault of ours: looking again would not help.
    if (failure.code === "unexpected") return { kind: "owner" };
    const wait = failure.retryAfterSeconds === undefined ? nextLook(doubt) : seconds(failure.retryAfterSeconds);
    return { kind: "later", at: now() + wait, failure };
  }
}

function idempotency({ publishing: { idempotentFor = 0 }, api, message }: Doubt): number {
  return typeof idempotentFor === "number" ? idempotentFor : idempotentFor(api(), message);
}

async function ask({ publishing, api, message, part, prepared, idempotencyKey, step, clockSkew }: Doubt) {
  // Too early finds too much at worst; too late would find nothing, and the post would go out twice.
  const since = (part.firstSentAt ?? 0) + Math.min(0, clockSkew) - clocksApart;
  return publishing.confirm?.(api(), message, { prepared: await prepared(), idempotencyKey, step }, since);
}

function judgeAnswer(doubt: Doubt, answer: Published | null | undefined): Finding {
  if (answer) return { kind: "published", published: answer };
  const { publishing, part, now, provenDuplicate } = doubt;
  const settledAt = (part.sentAt ?? 0) + (publishing.settles ?? defaultSettling);
  if (now() < settledAt) return { kind: "later", at: Math.min(now() + nextLook(doubt), settledAt), failure: null };
  return answer === undefined || provenDuplicate ? { kind: "owner" } : { kind: "absent" };
}

/** The longer ago it left, the less often it is looked for: after 3, 6, 12 … seconds (milliseconds). */
function nextLook({ part, now }: Doubt): number {
  return Math.min(Math.max(seconds(3), now() - (part.sentAt ?? 0)), minutes(30));
}
