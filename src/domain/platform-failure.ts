import type { FailureCode } from "./failure.ts";

/** What an error answer of a platform's API means, in the words every platform shares. */
export type FailureClass =
  /** The token is no longer accepted: refresh once, then ask to connect again. */
  | "reauth"
  /** The token lacks a scope: connect again. */
  | "scope"
  | "rate_limited"
  | "transient"
  | "invalid_content"
  | "duplicate"
  | "permission"
  /** What was asked for or about is not there any more. */
  | "gone"
  /** The developer app, its plan or its credit: for its owner, not for the account. */
  | "app"
  /** This machine's clock is wrong. */
  | "clock";

/** class → failure code, and whether the same request may be sent again later. */
export const failureClasses: Record<FailureClass, { readonly code: FailureCode; readonly retryable: boolean }> = {
  reauth: { code: "needs_reauth", retryable: false },
  scope: { code: "scope_missing", retryable: false },
  rate_limited: { code: "rate_limited", retryable: true },
  transient: { code: "platform_fault", retryable: true },
  invalid_content: { code: "content_invalid", retryable: false },
  duplicate: { code: "duplicate_content", retryable: false },
  permission: { code: "not_permitted", retryable: false },
  gone: { code: "not_found", retryable: false },
  app: { code: "app_refused", retryable: false },
  clock: { code: "app_refused", retryable: false },
};
