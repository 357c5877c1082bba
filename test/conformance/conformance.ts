import type { FailureCode } from "../../src/domain/failure.ts";
import type { PostDraft } from "../../src/domain/post.ts";
import type { Facts, FailureRule } from "../../src/platforms/platform.ts";

/** What a platform brings to the suite: data, not tests. */
export interface ConformanceData {
  /** The request that makes a post public; of a platform of tokens alone, the one of its live check. */
  readonly post: { readonly method: string; readonly path: string };
  /** How often it is sent where it is refused because something is not ready yet; absent: once. */
  readonly tries?: number;
  /** What `prepare` gives for a text alone. */
  readonly prepared: unknown;
  /** Who posts, where the path says so. */
  readonly externalId?: string;
  /** The way in whose token is used; absent: the first one by OAuth 2, or the first of a platform that has none. */
  readonly method?: string;
  /** A token that looks like one, where the definition reads it; absent: `any`. */
  readonly token?: string;
  /** Those of its server, where they are discovered. */
  readonly endpoints?: { readonly userinfo: string };
  /** The server, of a platform that exists many times. */
  readonly instance?: string;
  readonly facts?: Facts;
  /** What is posted, where words alone are no post. */
  readonly draft?: Partial<PostDraft>;
  /** The twin's named error → the failure a user sees. */
  readonly errors: Readonly<Record<string, FailureCode>>;
  /** Names of the twin's errors that are told otherwise than as an answer. */
  readonly otherErrors?: RegExp;
  /** Rows of the failure table that are for other requests than the one that posts; their tests are named where they are. */
  readonly metElsewhere?: (rule: FailureRule) => boolean;
  /** What a lost answer means; absent: that it may be public. */
  readonly unanswered?: FailureCode;
  /** The same for the steps of OAuth 1.0a, where the platform has it. */
  readonly oauth1Errors?: Readonly<Record<string, FailureCode>>;
}
