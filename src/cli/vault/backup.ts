import { toTimestamp } from "../../domain/time.ts";
import type { CommandModule } from "../command.ts";

export const backup: CommandModule = {
  declare: (command) =>
    command
      .argument("[file]", "where to (default: agencyiq-vault-DATE.db in the current folder)")
      .addHelpText(
        "after",
        "\nThe copy is as sealed as the vault; it is worth nothing without a key.\nExample:\n  agencyiq vault backup /mnt/backup/agencyiq.db",
      ),
  run: async (context, input) => {
    const stamp = toTimestamp(context.services.clock.now()).replaceAll(/[-:]/g, "");
    const destination = (input.args[0] as string | undefined) ?? `agencyiq-vault-${stamp}.db`;
    const custody = await context.administration.custody();
    const { path, sizeBytes } = await context.output.progress("copying", custody.backup(destination));
    context.output.result(`Wrote ${path} (${Math.ceil(sizeBytes / 1024)} KiB).`, { path, sizeBytes });
    return null;
  },
};
