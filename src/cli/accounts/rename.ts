import { addressOf, requireHandle } from "../../domain/account.ts";
import { pickAccount } from "../account-lookup.ts";
import type { CommandModule } from "../command.ts";
import { accountDocument } from "./list.ts";

export const rename: CommandModule = {
  declare: (command) => command.argument("<account>", "the account").argument("<name>", "its new handle here"),
  run: async (context, input) => {
    const account = await pickAccount(context, String(input.args[0]));
    const handle = requireHandle(String(input.args[1]));
    await (await context.services.vault()).renameAccount(account.id, handle);
    const renamed = { ...account, handle };
    context.output.result(`${addressOf(account)} is now ${addressOf(renamed)}`, accountDocument(renamed));
    return null;
  },
};
