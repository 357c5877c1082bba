import { knownPlatforms } from "../app/services.ts";
import { Failure } from "../domain/failure.ts";
import type { CommandEntry, CommandModule } from "./command.ts";
import { type DescribedCommand, renderCompletion } from "./completion-scripts.ts";

/** Completion knows every command by asking it, so it is given the table rather than importing it. */
export const completionOf = (entries: readonly CommandEntry[]): CommandModule => ({
  declare: (command) =>
    command
      .argument("<shell>", "bash, zsh or fish")
      .addHelpText(
        "after",
        "\nExamples:\n  echo 'eval \"$(agencyiq completion bash)\"' >> ~/.bashrc\n  agencyiq completion fish > ~/.config/fish/completions/agencyiq.fish",
      ),
  run: async (context, input) => {
    const shell = String(input.args[0]);
    const script = renderCompletion(shell, await described(entries), await knownPlatforms(context.services));
    if (script === null)
      throw new Failure("usage", `there is no completion for "${shell}"`, { hint: "bash, zsh or fish" });
    context.output.value(script);
    return null;
  },
});

/** Every command with its flags, asked of the commands themselves. */
async function described(entries: readonly CommandEntry[]): Promise<DescribedCommand[]> {
  const { Command } = await import("commander");
  return Promise.all(
    entries.map(async ({ path, summary, load }) => {
      const command = new Command(path);
      (await load()).declare(command);
      const flags = command.options
        .filter(({ hidden }) => !hidden)
        .map(({ long }) => long)
        .filter((long) => typeof long === "string");
      return { path, summary, flags: [...flags, "--json", "--quiet", "--debug", "--help"] };
    }),
  );
}
