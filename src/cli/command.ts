import type { Command } from "commander";
import type { Failure } from "../domain/failure.ts";
import type { Context } from "./context.ts";

/**
 * One command. `declare` says which flags there are; `run` does the work with what they gave.
 * null: all went well. A returned Failure sets the exit code of a run whose answer was printed already.
 */
export interface CommandModule {
  declare(command: Command): void;
  run(context: Context, input: CommandInput): Promise<Failure | null>;
}

export interface CommandInput {
  /** Positional arguments in order; a variadic one is an array. */
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** A command's own options, as its `declare` promised them to commander. */
export function optionsOf<Options>(input: CommandInput): Options {
  return input.options as Options;
}

export interface CommandEntry {
  /** The words a user types: `tokens status`. */
  readonly path: string;
  readonly summary: string;
  /** Runs when only the first word was typed. */
  readonly groupDefault?: boolean;
  readonly load: () => Promise<CommandModule>;
}

/** For repeatable flags. */
export function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}
