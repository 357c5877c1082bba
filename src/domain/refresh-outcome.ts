import type { CredentialStatus } from "./credential.ts";
import type { FailureCode } from "./failure.ts";
import { days, hours, type Instant, minutes, seconds } from "./time.ts";
import type { TokenReply } from "./token.ts";

interface Seen {
  readonly sentAt: Instant;
  readonly clockSkew: number;
  /** 0: no answer. */
  readonly status: number;
  /** Seconds, from `Retry-After`. */
  readonly retryAfter: number | null;
}

/** What came of a refresh request. */
export type RefreshAnswer = Seen &
  (
    | { readonly kind: "tokens"; readonly reply: TokenReply }
    | { readonly kind: "oauth_error"; readonly error: string; readonly description: string | null }
    | { readonly kind: "no_answer"; readonly sent: boolean; readonly code: string; readonly message: string }
    /** 2xx that is no token reply: the token may well have been rotated. */
    | { readonly kind: "unreadable" }
    /** Asked with the login's token: it has no right to this identity any more. */
    | { readonly kind: "no_right" }
    /** Asked with the login's token, or with the key of a session, and not given for a reason that says nothing about that right. */
    | { readonly kind: "not_derived"; readonly code: FailureCode; readonly message: string }
    /** An error status without a parsed OAuth error: a proxy, a firewall page, a captive portal. */
    | { readonly kind: "http_error" }
  );

/** What to do about it. Only `dead` ends an authorization, and only a parsed OAuth error leads there. */
export type RefreshVerdict =
  | { readonly kind: "success"; readonly reply: TokenReply }
  | {
      readonly kind: "dead" | "app" | "throttled" | "transient" | "suspicious" | "ambiguous";
      readonly code: FailureCode;
      readonly reason: string;
      readonly message: string;
      /** Milliseconds until it is worth another try; null where waiting does not help. */
      readonly wait: number | null;
    };

export interface VerdictRules {
  /** Error codes that this platform uses for `invalid_grant`. */
  readonly deadGrantErrors: readonly string[];
  /** Failures in a row before this one. */
  readonly failureCount: number;
  /** In [0, 1), for full jitter. */
  readonly fraction: number;
}

/** About the app itself, so about every account of it. */
const wholeApp = new Set(["invalid_client", "unauthorized_client"]);
/** About how this credential is used; the app's owner has to look. */
const appErrors = new Set([...wholeApp, "invalid_scope", "unsupported_grant_type", "invalid_request"]);

/** Whether what was said of the app holds for every credential of it. */
export function concernsWholeApp(reason: string): boolean {
  return wholeApp.has(reason);
}

/** Full jitter over 30 s × 2^n, at most 30 min, at least 1 s (milliseconds). */
export function backoff(failureCount: number, fraction: number): number {
  const ceiling = Math.min(seconds(30) * 2 ** Math.min(failureCount, 10), minutes(30));
  return Math.max(seconds(1), Math.round(ceiling * fraction));
}

/** The table of docs/refresh.md, "What an answer means". */
export function judgeRefresh(answer: RefreshAnswer, rules: VerdictRules): RefreshVerdict {
  const wait = backoff(rules.failureCount, rules.fraction);
  if (answer.kind === "tokens") return { kind: "success", reply: answer.reply };
  if (answer.kind === "no_answer") {
    return answer.sent
      ? {
          kind: "ambiguous",
          code: "refresh_outcome_unknown",
          reason: answer.code,
          message: `the answer was lost (${answer.message})`,
          wait,
        }
      : {
          kind: "transient",
          code: "network",
          reason: answer.code,
          message: `could not reach the server (${answer.message})`,
          wait,
        };
  }
  if (answer.kind === "unreadable") {
    return {
      kind: "ambiguous",
      code: "refresh_outcome_unknown",
      reason: "unreadable_answer",
      message: "the server's answer could not be read",
      wait,
    };
  }
  if (answer.kind === "no_right") {
    return {
      kind: "dead",
      code: "needs_reauth",
      reason: "role_lost",
      message: "the person who signed in has lost the role that posting as it takes",
      wait: null,
    };
  }
  if (answer.kind === "not_derived") {
    const { code, message, retryAfter } = answer;
    const told = retryAfter === null ? wait : seconds(retryAfter);
    // It is the login that is dead: this token may live on, and is tried for as long as the platform takes it.
    const login = code === "needs_reauth";
    return {
      kind: "transient",
      code,
      reason: login ? "login_ended" : code,
      message,
      wait: login ? null : told,
    };
  }
  if (isThrottled(answer)) {
    const told = answer.retryAfter === null ? seconds(60) : Math.min(seconds(answer.retryAfter), days(1));
    return {
      kind: "throttled",
      code: "rate_limited",
      reason: "rate_limited",
      message: "the server asks to wait",
      wait: told,
    };
  }
  if (answer.kind === "oauth_error") return judgeOAuthError(answer, rules, wait);
  if (answer.status >= 500 || answer.status === 408) {
    return {
      kind: "ambiguous",
      code: "platform_fault",
      reason: `http_${answer.status}`,
      message: `the server answered ${answer.status}`,
      wait,
    };
  }
  // A firewall's or a captive portal's page says nothing about the grant: wait, and look again over a day.
  return {
    kind: "suspicious",
    code: "platform_fault",
    reason: `http_${answer.status}_without_oauth_error`,
    message: `something in between answered ${answer.status} without an OAuth error`,
    wait: Math.max(wait, rules.failureCount >= 3 ? hours(8) : 0),
  };
}

function isThrottled(answer: Extract<RefreshAnswer, { kind: "oauth_error" | "http_error" }>): boolean {
  if (answer.kind === "oauth_error" && answer.error === "slow_down") return true;
  return answer.status === 429 || (answer.status === 503 && answer.retryAfter !== null);
}

function judgeOAuthError(
  answer: Extract<RefreshAnswer, { kind: "oauth_error" }>,
  rules: VerdictRules,
  wait: number,
): RefreshVerdict {
  const { error } = answer;
  const told = answer.description === null ? error : `${error}: ${answer.description}`;
  if (error === "invalid_grant" || rules.deadGrantErrors.includes(error)) {
    return {
      kind: "dead",
      code: "needs_reauth",
      reason: error,
      message: `the authorization is no longer valid (${told})`,
      wait: null,
    };
  }
  if (appErrors.has(error)) {
    return {
      kind: "app",
      code: "app_refused",
      reason: error,
      message: `the developer app was refused (${told})`,
      wait: appProbePause(rules.failureCount),
    };
  }
  return {
    kind: "transient",
    code: "platform_fault",
    reason: error,
    message: `the server refused for now (${told})`,
    wait,
  };
}

/** The status a credential takes after a verdict; null: unchanged. */
export const statusAfter: Record<RefreshVerdict["kind"], CredentialStatus | null> = {
  success: "active",
  dead: "reauth_required",
  app: "paused",
  throttled: null,
  transient: null,
  suspicious: null,
  ambiguous: null,
};

/** Milliseconds after an answer that was lost at which the same token is presented again: inside the usual grace of 30 s. */
export const replayPauses = [seconds(1), seconds(5), seconds(15)] as const;

/** A refused app is asked after again by one of its accounts, more and more seldom (milliseconds). */
function appProbePause(failureCount: number): number {
  return Math.min(hours(1) * 2 ** Math.min(failureCount, 5), days(1));
}

/** The server that a pause is about. */
export function pauseScope(platform: string, issuer: string | null): string {
  return `${platform} ${issuer ?? ""}`;
}
