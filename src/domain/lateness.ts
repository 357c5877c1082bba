/** What becomes of a post whose time has passed, because the machine was off, say. */
import type { Delivery, Schedule, WhenLate } from "./delivery.ts";
import { hours, type Instant } from "./time.ts";

/** Without a rule of its own a post is sent within a day; after that its owner is asked. */
const defaultLateness = { maxLate: hours(24), whenLate: "ask" } as const;

type Late = Pick<Delivery, "scheduledFor" | "approvedAt" | "attempts">;

/** Once it was tried, or its owner wanted it all the same, it is no longer late. */
export function latenessVerdict(
  schedule: Omit<Schedule, "at"> | null,
  { scheduledFor, approvedAt, attempts }: Late,
  now: Instant,
): WhenLate {
  if (scheduledFor === null || approvedAt !== null || attempts > 0) return "send";
  const { maxLate, whenLate } = schedule ?? {};
  if (now - scheduledFor <= (maxLate ?? defaultLateness.maxLate)) return "send";
  return whenLate ?? defaultLateness.whenLate;
}
