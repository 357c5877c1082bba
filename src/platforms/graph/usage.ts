/** How much of Meta's limits is used, as every answer tells. https://developers.facebook.com/docs/graph-api/overview/rate-limiting */
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import type { Pace } from "../platform.ts";

/** Percent of a limit. */
const slowFrom = 75;
const stopFrom = 95;

/** Between two requests where a limit is near: 2 seconds at first, 21 at last. */
const slowly = (percent: number): number => seconds(Math.floor(percent) - 73);

/** Where it is reached and Meta does not say for how long: its windows are an hour, and roll. */
const pause = minutes(5);

interface Usage {
  readonly call_count?: number;
  readonly total_time?: number;
  readonly total_cputime?: number;
  /** Minutes; 0: not limited. */
  readonly estimated_time_to_regain_access?: number;
}

/** From `X-App-Usage` and `X-Business-Use-Case-Usage`: slower from 75 % on, not at all from 95 % on. */
export function graphPace(headers: Readonly<Record<string, string>>, now: Instant): Pace | null {
  const app = read(headers["x-app-usage"]) as Usage | null;
  const business = read(headers["x-business-use-case-usage"]) as Record<string, Usage[]> | null;
  // What is no object says nothing, and must not cost the answer that it came with.
  const usages = [app, ...Object.values(business ?? {}).flat()].filter(
    (one) => typeof one === "object" && one !== null,
  );
  const paces = usages.flatMap((usage) => paceOf(usage, now) ?? []);
  return paces.sort((a, b) => b.until - a.until)[0] ?? null;
}

function paceOf(usage: Usage, now: Instant): Pace | null {
  const { call_count = 0, total_time = 0, total_cputime = 0, estimated_time_to_regain_access: regain = 0 } = usage;
  const percent = Math.max(call_count, total_time, total_cputime);
  const why = `${Math.round(percent)} % of Meta's limit is used`;
  if (regain > 0) return { until: now + minutes(regain), why: `Meta's limit is reached for ${regain} min` };
  if (percent >= stopFrom) return { until: now + pause, why };
  return percent >= slowFrom ? { until: now + slowly(percent), why } : null;
}

/** A header that is no JSON object says nothing. */
function read(header: string | undefined): unknown {
  try {
    const value: unknown = JSON.parse(header ?? "");
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}
