/** What the owner is told one day before a posting cycle ends. */
import { placesLeft, type Standing } from "./cycle.ts";
import type { NewNotification } from "./notification.ts";
import type { UpcomingPost } from "./ports/brand-book.ts";
import { toTimestamp } from "./time.ts";

/** How many posts are named; of the others, how many there are. */
const named = 5;

/** `upcoming`: what is scheduled from now on, in this cycle and after it. */
export function cycleEnding(standing: Standing, upcoming: readonly UpcomingPost[]): NewNotification {
  const { brand, name, cycle } = standing;
  const within = upcoming.filter(({ at }) => at < cycle.until);
  const after = upcoming.filter(({ at }) => at >= cycle.until);
  const ends = toTimestamp(cycle.until);
  const parts = [
    `It ends at ${ends}, and the next one begins.`,
    useOf(standing),
    scheduled("Still to go out in it", within),
    scheduled("Scheduled after it", after),
  ];
  return {
    // One that was moved ends on another day, and is told again.
    key: `cycle_ending:${brand}:${cycle.lastDay}:${ends}`,
    kind: "cycle_ending",
    brand,
    account: "",
    subjectId: brand,
    subject: `the posting cycle of ${name ?? brand} ends on ${cycle.lastDay}`,
    body: parts.join(" "),
    command: `agencyiq cycle status ${brand}`,
  };
}

function useOf({ plan, use }: Standing): string {
  const waiting = use.waiting > 0 ? `; ${use.waiting} under way or of unknown outcome` : "";
  const left = placesLeft(plan, use);
  if (left === null) return `${posts(use.used)} went out${waiting}.`;
  return `${use.used} of ${posts(plan.quota ?? 0)} went out${waiting}; ${left === 0 ? "no place" : `${left} more`} can be used until then.`;
}

function scheduled(label: string, upcoming: readonly UpcomingPost[]): string {
  if (upcoming.length === 0) return `${label}: nothing.`;
  const lines = upcoming.slice(0, named).map(({ at, addresses, text }) => {
    return `${toTimestamp(at)} ${addresses.join(", ")} ${JSON.stringify(firstWords(text))}`;
  });
  const more = upcoming.length > named ? `; and ${upcoming.length - named} more` : "";
  return `${label}: ${lines.join("; ")}${more}.`;
}

function firstWords(text: string): string {
  const line = text.replace(/\s+/gu, " ").trim();
  const characters = [...line];
  return characters.length <= 40 ? line : `${characters.slice(0, 39).join("").trimEnd()}…`;
}

function posts(count: number): string {
  return count === 1 ? "1 post" : `${count} posts`;
}
