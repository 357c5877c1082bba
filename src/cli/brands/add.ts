import { requireBrand } from "../../domain/account.ts";
import { changed } from "../../domain/brand.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { brandDocument, brandText } from "./describe.ts";
import { type BrandOptions, changeOf, declareBrandFlags } from "./flags.ts";

export const add: CommandModule = {
  declare: (command) =>
    declareBrandFlags(
      command.argument("<brand>", "how it is written in addresses: letters, digits, dots, - and _"),
    ).addHelpText(
      "after",
      '\nExamples:\n  agencyiq brands add globex\n  agencyiq brands add globex --name "Globex GmbH" --time-zone Europe/Berlin --cycle-start 2026-12-01 --quota 20',
    ),
  run: async (context, input) => {
    const id = requireBrand(String(input.args[0]));
    const change = changeOf(optionsOf<BrandOptions>(input));
    const blank = { id, name: null, timeZone: null, cycle: null, createdAt: context.services.clock.now() };
    const wanted = changed(blank, change, context.machine.timeZone());
    const brand = await (await context.services.vaultOrNew()).addBrand(wanted);
    context.output.result(() => brandText(brand), brandDocument(brand));
    context.output.note(`Connect its accounts with: agencyiq connect PLATFORM --brand ${id}`);
    return null;
  },
};
