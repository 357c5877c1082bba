/** What a platform's answer that is no success means, by the platform's own table. */
import { Failure } from "../domain/failure.ts";
import { failureClasses } from "../domain/platform-failure.ts";
import { type HttpResponse, jsonOf, textOf } from "../domain/ports/http.ts";
import { retryAfterSeconds } from "../domain/retry-after.ts";
import type { Instant } from "../domain/time.ts";
import type { FailureRule, Platform, PlatformError } from "../platforms/platform.ts";

export interface Answer {
  readonly response: HttpResponse;
  /** The request may have made something public, whatever was answered. */
  readonly doubtful: boolean;
  readonly now: Instant;
}

/** `rules`: looked at before the platform's own. */
export function failureOfAnswer(
  platform: Pick<Platform, "name" | "failures" | "errorOf">,
  { response, doubtful, now }: Answer,
  rules: readonly FailureRule[] = [],
): Failure {
  const { status } = response;
  const body = jsonOf(response);
  const told = (platform.errorOf ?? commonError)(body ?? textOf(response));
  const rule = [...rules, ...platform.failures].find((candidate) => matches(candidate, status, told));
  const message = messageOf(`${platform.name} answered ${status}`, rule, told);
  // A server that broke while changing something may have changed it. A 503 of the platform's own says that it did not try; one
  // without its words may be of a proxy, which gave up waiting.
  const broke = rule?.doubtful === true || (status >= 500 && !(status === 503 && typeof body === "object"));
  if (broke && doubtful) {
    return new Failure("delivery_unknown", `${message}; it may have been done all the same`);
  }
  if (rule) return failureBy(rule, message, told, { now, wait: waitTold(response, now) });
  if (status < 500) return new Failure("protocol", message);
  return new Failure("platform_fault", message, { hint: "run it again later" });
}

/** The same for an error that is no HTTP answer: a message over a WebSocket, a status that was asked for. */
export function failureOfError(
  { name, failures }: Pick<Platform, "name" | "failures">,
  told: PlatformError,
  now: Instant,
): Failure {
  const rule = failures.find((candidate) => matches(candidate, null, told));
  const message = messageOf(`${name} answered`, rule, told);
  return rule ? failureBy(rule, message, told, { now, wait: null }) : new Failure("protocol", message);
}

function failureBy(
  rule: FailureRule,
  message: string,
  told: PlatformError,
  { now, wait }: { readonly now: Instant; readonly wait: number | null },
): Failure {
  const { code, retryable } = failureClasses[rule.is];
  const retryAfter = retryable ? (wait ?? told.retryAfter ?? waitOf(rule, now, told)) : null;
  return new Failure(code, message, { hint: rule.hint, retryAfterSeconds: retryAfter ?? undefined });
}

function messageOf(who: string, rule: FailureRule | undefined, told: PlatformError): string {
  const words = [rule?.say, told.message && told.message !== rule?.say ? `"${oneLine(told.message)}"` : null];
  return `${who}: ${words.filter(Boolean).join(" ") || "no reason given"}`;
}

function matches(rule: FailureRule, status: number | null, told: PlatformError): boolean {
  if (rule.status !== undefined && rule.status !== status) return false;
  if (rule.code !== undefined && !isCode(rule.code, told.code)) return false;
  if (rule.subcode !== undefined && rule.subcode !== told.subcode) return false;
  if (rule.transient && told.transient !== true) return false;
  if (rule.type !== undefined && !told.type?.includes(rule.type)) return false;
  return rule.message === undefined || rule.message.test(told.message ?? "");
}

function isCode(wanted: NonNullable<FailureRule["code"]>, told: PlatformError["code"]): boolean {
  if (typeof wanted !== "object") return wanted === told;
  const [from, to] = wanted;
  return typeof told === "number" && told >= from && told <= to;
}

/** The shapes most APIs use: RFC 6749 section 5.2, RFC 9457, `{errors:[…]}`, `{error:{code,message}}`. */
function commonError(body: unknown): PlatformError {
  if (typeof body !== "object" || body === null) return {};
  const told = body as Record<string, unknown>;
  const nested = (typeof told["error"] === "object" ? told["error"] : undefined) as Record<string, unknown> | undefined;
  const code = nested?.["code"] ?? told["error"] ?? told["code"];
  const message =
    nested?.["message"] ?? told["error_description"] ?? told["detail"] ?? told["message"] ?? told["title"];
  return {
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    type: typeof told["type"] === "string" ? told["type"] : undefined,
    message: typeof message === "string" ? message : undefined,
  };
}

/**
 * Seconds until the platform wants to be asked again: `Retry-After`, else a header that says when its limit begins anew, in Unix
 * seconds or as a timestamp; the one without `X-` may count from now (draft-ietf-httpapi-ratelimit-headers).
 */
function waitTold({ headers }: HttpResponse, now: Instant): number | null {
  const told = retryAfterSeconds(headers, now);
  if (told !== null) return told;
  // Mastodon's. As a number, others mean different things by this name.
  const { "x-ratelimit-reset": stamp = "" } = headers;
  const reset = /^\d{4}-/.test(stamp)
    ? Date.parse(stamp) / 1000
    : Number(headers["x-rate-limit-reset"] ?? headers["ratelimit-reset"]);
  if (!(Number.isFinite(reset) && reset > 0)) return null;
  return Math.max(1, Math.ceil(reset > 1_000_000_000 ? reset - now / 1000 : reset));
}

function waitOf({ wait }: FailureRule, now: Instant, told: PlatformError): number | null {
  return typeof wait === "function" ? Math.max(1, Math.ceil(wait(now, told))) : (wait ?? null);
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
