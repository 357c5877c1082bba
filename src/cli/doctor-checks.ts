/** What doctor says of one thing it looked at. */
import type { Failure } from "../domain/failure.ts";
import type { Context } from "./context.ts";

export interface Check {
  readonly id: string;
  readonly ok: boolean;
  readonly message: string;
  /** What to do; null where nothing is wrong. */
  readonly fix: string | null;
  /** The exit code's reason, where the check found one. */
  readonly failure?: Failure;
}

export const fine = (id: string, message: string): Check => ({ id, ok: true, message, fix: null });
export const wrong = (id: string, message: string, fix: string): Check => ({ id, ok: false, message, fix });

/** What an examination that failed found. */
export const failed = (id: string, failure: Failure): Check => ({
  id,
  ok: false,
  message: failure.message,
  fix: failure.hint ?? null,
  failure,
});

export function checkLine({ ok, message, fix }: Check, context: Context): string {
  const { good, bad } = context.output.styles;
  return `${ok ? good("ok   ") : bad("wrong")}  ${message}${fix === null ? "" : `\n       fix: ${fix}`}`;
}

export function documentOf({ id, ok, message, fix }: Check) {
  return { id, ok, message, fix };
}
