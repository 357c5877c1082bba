import type { Instant } from "./time.ts";

/** Seconds of a `Retry-After` header, in either of its forms (RFC 9110 section 10.2.3); null where there is none. */
export function retryAfterSeconds(headers: Readonly<Record<string, string>>, now: Instant): number | null {
  const value = headers["retry-after"]?.trim();
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}
