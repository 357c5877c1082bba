import type { Fallback } from "../app/token-in-hand.ts";
import type { Output } from "./output.ts";

/** That an account is used through another credential than its first, why, and the command that mends it. */
export function warnOfFallback(output: Output, address: string, { method, inPlaceOf }: Fallback): void {
  const { message, hint } = inPlaceOf.failure;
  output.warn(
    `${address}: by its ${method} credential, since ${inPlaceOf.method}: ${message}${hint ? ` (${hint})` : ""}`,
  );
}
