import type { FailureCategory } from "../domain/failure.ts";

/** The documented exit codes. */
export const exitCodes: Record<FailureCategory, number> = {
  unexpected: 1,
  usage: 2,
  partial: 3,
  reauthorize: 4,
  locked: 5,
  later: 6,
  refused: 7,
  integrity: 8,
  unknown_outcome: 9,
};

/** 128 + the signal's number, as shells do. */
export const signalExitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
