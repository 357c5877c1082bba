import { addressOf } from "../../domain/account.ts";
import { pickAccount } from "../account-lookup.ts";
import type { CommandModule } from "../command.ts";
import { accountDocument } from "./list.ts";

export const makeDefault: CommandModule = {
  declare: (command) => command.argument("<account>", "the account that its platform's name alone shall mean"),
  run: async (context, input) => {
    const account = await pickAccount(context, String(input.args[0]));
    await (await context.services.vault()).setDefaultAccount(account.id);
    const text = `"${account.platform}" now means ${addressOf(account)}`;
    context.output.result(text, accountDocument({ ...account, isDefault: true }));
    return null;
  },
};
