import { addressOf } from "../../domain/account.ts";
import { relativeTime } from "../../domain/time.ts";
import type { CommandModule } from "../command.ts";
import { cycleText } from "../cycle/status.ts";
import { asLines, brandDocument, brandText, cycleDocument, requireOne } from "./describe.ts";

export const show: CommandModule = {
  declare: (command) =>
    command.argument("<brand>", "which brand").addHelpText("after", "\nExample:\n  agencyiq brands show globex"),
  run: async (context, input) => {
    const vault = await context.services.vault();
    const brand = requireOne(await vault.brands(), String(input.args[0]));
    const now = context.services.clock.now();
    const [standing] = await vault.standings(now, brand.id);
    const connected = (await vault.accounts({ brand: brand.id })).map(addressOf);
    const rest = asLines([
      ["this cycle", standing ? cycleText(standing, now) : null],
      ["accounts", connected.join(", ") || "none"],
      ["since", relativeTime(brand.createdAt, now)],
    ]);
    context.output.result(() => `${brandText(brand)}\n${rest}`, {
      ...brandDocument(brand),
      connected,
      cycle: standing ? cycleDocument(standing, now) : null,
    });
    return null;
  },
};
