/** The months of LinkedIn's API, and when each ends. https://learn.microsoft.com/linkedin/marketing/versioning, as of 2026-08-13 */
import type { Instant } from "../../domain/time.ts";

/** Of the last that ended, and those after it; there was none in December 2025. */
const ends: Readonly<Record<string, string>> = {
  "202510": "2026-10-15",
  "202511": "2026-11-16",
  "202601": "2027-01-15",
  "202602": "2027-02-15",
  "202603": "2027-03-16",
  "202604": "2027-04-15",
  "202605": "2027-05-15",
  "202606": "2027-06-15",
  "202607": "2027-07-15",
};

export function isActive(version: string, now: Instant): boolean {
  const end = Object.hasOwn(ends, version) ? ends[version] : undefined;
  return end !== undefined && now < Date.parse(end);
}
