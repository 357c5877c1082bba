import type { FailureCode } from "../../src/domain/failure.ts";

/** What a platform brings to the suite: data, not tests. */
export interface ConformanceData {
  /** The request that makes a post public. */
  readonly post: { readonly method: string; readonly path: string };
  /** What `prepare` gives for a text alone. */
  readonly prepared: unknown;
  /** The twin's named error → the failure a user sees. */
  readonly errors: Readonly<Record<string, FailureCode>>;
  /** The same for the steps of OAuth 1.0a, where the platform has it. */
  readonly oauth1Errors?: Readonly<Record<string, FailureCode>>;
}
