import { changed } from "../../domain/brand.ts";
import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { brandDocument, brandText } from "./describe.ts";
import { type BrandOptions, changeOf, declareBrandFlags } from "./flags.ts";

export const set: CommandModule = {
  declare: (command) =>
    declareBrandFlags(command.argument("<brand>", "which brand"))
      .option("--no-quota", "as many posts a cycle as one likes")
      .option("--no-cycle", "no cycles, and no quota")
      .addHelpText(
        "after",
        "\nExamples:\n  agencyiq brands set globex --cycle-start 2026-12-01 --cycle-days 30 --quota 20\n  agencyiq brands set globex --time-zone America/New_York\n  agencyiq brands set globex --no-quota",
      ),
  run: async (context, input) => {
    const id = String(input.args[0]);
    const change = changeOf(optionsOf<BrandOptions>(input));
    if (Object.keys(change).length === 0) {
      throw new Failure("usage", "nothing is to be changed", { hint: "agencyiq brands set --help lists the flags" });
    }
    const machineZone = context.machine.timeZone();
    const vault = await context.services.vault();
    const brand = await vault.changeBrand(id, (present) => changed(present, change, machineZone));
    context.output.result(() => brandText(brand), brandDocument(brand));
    return null;
  },
};
