import { categoryPrecedence, Failure } from "../domain/failure.ts";

/** The failure of a whole run: the weightiest of its parts, or `partial` when some went well and nothing outweighs that. */
export function overallFailure(results: readonly { readonly failure: Failure | null }[]): Failure | null {
  const failures = results.flatMap(({ failure }) => (failure ? [failure] : []));
  if (failures.length > 0 && failures.length < results.length) {
    failures.push(
      new Failure("partial", `${failures.length} of ${results.length} did not succeed`, {
        hint: "each is named above",
      }),
    );
  }
  const weight = (failure: Failure) => categoryPrecedence.indexOf(failure.category);
  return failures.sort((a, b) => weight(a) - weight(b))[0] ?? null;
}
