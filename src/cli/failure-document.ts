import type { Failure } from "../domain/failure.ts";

/** A failure inside a larger JSON document. */
export function failureDocumentOf(failure: Failure | null) {
  return failure && { code: failure.code, message: failure.message, hint: failure.hint ?? null };
}
