import type { Instant } from "./time.ts";

/** What the headers of an answer say of a limit that is near. */
export interface Pace {
  /** No request before. */
  readonly until: Instant;
  readonly why: string;
}
