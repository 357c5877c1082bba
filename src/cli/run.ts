/** From a command line to an exit code: the one place that maps failures to codes. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { CommandEntry, CommandInput, CommandModule } from "./command.ts";
import { commands } from "./commands.ts";
import type { Context } from "./context.ts";
import { exitCodes, signalExitCodes } from "./exit.ts";
import { helpText } from "./help.ts";
import { Output, type OutputSettings } from "./output.ts";
import { route } from "./route.ts";

export interface Shell {
  readonly version: string;
  readonly output: (flags: Pick<OutputSettings, "json" | "quiet" | "debug">) => OutputSettings;
  /** Ctrl-C or SIGTERM came: whatever fails from now on is its doing, and its handler ends the process. */
  readonly interrupted: () => boolean;
  /** Builds the ports; called only for a command that really runs. */
  readonly context: (output: Output) => Context;
}

/** Runs a command line; never throws. */
export async function runCommandLine(argv: readonly string[], shell: Shell): Promise<number> {
  const has = (...names: string[]) => beforeDashes(argv).some((word) => names.includes(word));
  const flags = { json: has("--json"), quiet: has("--quiet", "-q"), debug: has("--debug") };
  const output = new Output(shell.output(flags));
  try {
    const found = route(commands, argv);
    if (found.kind === "version") return print(output, shell.version);
    if (found.kind === "help") return print(output, helpText(commands, found.group, shell.version));
    await output.loadStyles();
    const module = await found.entry.load();
    const input = await parse(found.entry, module, found.rest, output);
    if (input === null) return 0;
    const failure = await module.run(shell.context(output), input);
    if (failure && !flags.json) output.failure(failure);
    return failure ? exitCodes[failure.category] : 0;
  } catch (error) {
    // Ctrl-C at a question: the prompt library ends it with this error.
    if (error instanceof Error && error.name === "ExitPromptError") return signalExitCodes.SIGINT;
    if (shell.interrupted()) return signalExitCodes.SIGINT;
    const failure = toFailure(error);
    if (flags.json) output.failureDocument(failure);
    if (!flags.json || flags.debug) output.failure(failure);
    return exitCodes[failure.category];
  }
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const dashes = argv.indexOf("--");
  return dashes === -1 ? argv : argv.slice(0, dashes);
}

function print(output: Output, text: string): number {
  output.value(text);
  return 0;
}

/** commander reads the flags; its complaints become our failures. null: help was shown. */
async function parse(
  entry: CommandEntry,
  module: CommandModule,
  rest: readonly string[],
  output: Output,
): Promise<CommandInput | null> {
  const { Command, CommanderError } = await import("commander");
  const command = new Command(`agencyiq ${entry.path}`).description(entry.summary).exitOverride();
  command.configureOutput({ writeOut: (text) => output.value(text), writeErr: () => {} });
  module.declare(command);
  command
    .option("--json", "one JSON document on stdout")
    .option("-q, --quiet", "nothing unless something failed")
    .option("--debug", "stack traces and an HTTP trace, without secrets");
  try {
    command.parse(rest, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return null;
    throw new Failure("usage", error.message.replace(/^error: /, "").replace(/\n/g, " "), {
      hint: `agencyiq ${entry.path} --help`,
    });
  }
  return { args: command.processedArgs as CommandInput["args"], options: command.opts() };
}
