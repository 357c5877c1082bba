import { addressOf } from "../../domain/account.ts";
import { type DeclaredPlatform, movedDestinations } from "../../domain/declared-platform.ts";
import { Failure } from "../../domain/failure.ts";
import type { PlatformFileProblem } from "../../domain/ports/declared-platforms.ts";
import type { Vault } from "../../domain/ports/vault.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";

export const add: CommandModule = {
  declare: (command) =>
    command
      .argument("<file>", "a YAML file: docs/platforms/your-own.md, examples/platforms/")
      .option("-y, --yes", "do not ask, also where its accounts' tokens go elsewhere by it")
      .addHelpText(
        "after",
        "\nIts accounts are connected, kept alive and printed like any other. A file that\nwas changed is added again.\n\nExamples:\n  agencyiq platforms add gitlab.yaml\n  agencyiq connect gitlab\n  agencyiq tokens print gitlab",
      ),
  run: async (context, input) => {
    const file = String(input.args[0]);
    const read = await context.readPlatformFile(file);
    if ("problems" in read) throw invalid(file, read.problems);
    const { declared } = read;
    const vault = await context.services.vaultOrNew();
    const before = await vault.declaredPlatform(declared.id);
    const { yes = false } = optionsOf<{ readonly yes?: boolean }>(input);
    if (!yes) await confirmMove(context, vault, before, declared);
    await vault.declarePlatform(declared);
    const { id, name, hosts } = declared;
    const next = before
      ? ""
      : `\nNext: agencyiq setup ${id}, or: agencyiq apps set ${id}, then: agencyiq connect ${id}`;
    context.output.result(
      `${before ? "Changed" : "Added"} ${name} (${id}); nothing of it goes anywhere but to ${hosts.join(", ")}${next}`,
      { platform: id, name, hosts, changed: before !== null },
    );
    return null;
  },
};

/** All of it at once, a line each. */
function invalid(file: string, problems: readonly PlatformFileProblem[]): Failure {
  const lines = problems.map(({ line, path, problem }) => {
    const place = [line === null ? null : `line ${line}`, path || null].filter((part) => part !== null).join(", ");
    return place === "" ? problem : `${place}: ${problem}`;
  });
  const message =
    lines.length === 1 ? `${file} ${lines[0]}` : `${file} has ${lines.length} problems:\n  ${lines.join("\n  ")}`;
  return new Failure("platform_file_invalid", message, { hint: "docs/platforms/your-own.md has every key" });
}

/** Accounts and apps that there are would send what is theirs to where the new file says. */
async function confirmMove(
  { prompts }: Context,
  vault: Vault,
  before: DeclaredPlatform | null,
  after: DeclaredPlatform,
): Promise<void> {
  const moved = movedDestinations(before, after);
  if (moved.length === 0) return;
  const accounts = (await vault.accounts({ platform: after.id })).map(addressOf);
  const apps = (await vault.apps()).filter(({ platform }) => platform === after.id).map(({ clientId }) => clientId);
  if (accounts.length + apps.length === 0) return;
  const whose = [
    ...(accounts.length > 0 ? [`the tokens of ${accounts.join(", ")}`] : []),
    ...(apps.length > 0 ? [`the app ${apps.join(", ")}`] : []),
  ].join(" and ");
  const question = `By this file, ${whose} may be sent elsewhere (${moved.join("; ")}). Is that right?`;
  if (!prompts.interactive) {
    throw new Failure("question_without_terminal", question, { hint: "look at the file, then give --yes" });
  }
  if (!(await prompts.confirm(question, "--yes"))) throw new Failure("usage", "the platform is left as it was");
}
