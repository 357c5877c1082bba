import type { Disconnected } from "../app/disconnect.ts";
import { addressOf } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import { pickAccount } from "./account-lookup.ts";
import { type CommandModule, optionsOf } from "./command.ts";

interface DisconnectOptions {
  readonly revoke?: boolean;
  readonly yes?: boolean;
}

export const disconnect: CommandModule = {
  declare: (command) =>
    command
      .argument("<account>", "which account")
      .option("--revoke", "tell the platform to end the tokens (default)", true)
      .option("--no-revoke", "forget here only")
      .option("-y, --yes", "do not ask")
      .addHelpText("after", "\nExample:\n  agencyiq disconnect x/acme --yes"),
  run: async (context, input) => {
    const { revoke = true, yes = false } = optionsOf<DisconnectOptions>(input);
    const account = await pickAccount(context, String(input.args[0]));
    const address = addressOf(account);
    if (!yes && !(await context.prompts.confirm(`Disconnect ${address}?`, "--yes"))) {
      throw new Failure("usage", `${address} stays connected`);
    }
    const { output } = context;
    const operations = await context.operations();
    const ended = await output.progress("revoking", operations.disconnect(account, { revoke }));
    const { revoked, keptFor, keysLeft, removeAccessAt } = ended;
    output.result(`Disconnected ${address} (${howItEnded(ended)})`, {
      account: address,
      revoked,
      keptFor,
      keysLeft,
      removeAccessAt,
    });
    return null;
  },
};

function howItEnded({ revoked, keptFor, keysLeft, removeAccessAt }: Disconnected): string {
  const others = keptFor.length === 1 ? "lives" : "live";
  const kept = `the login is not revoked: ${keptFor.join(", ")} ${others} by it`;
  const there = removeAccessAt === null ? "" : `: ${removeAccessAt}`;
  const works = keysLeft.length === 1 ? "works until it is" : "work until they are";
  const left = `the ${keysLeft.join(" and the ")} ${works} deleted at the platform${there}`;
  const parts = [
    revoked ? "its tokens are revoked" : "forgotten here",
    ...(keptFor.length > 0 ? [kept] : []),
    ...(keysLeft.length > 0 ? [left] : []),
  ];
  if (revoked || parts.length > 1) return parts.join("; ");
  const byHand = removeAccessAt === null ? "" : `; to take the app's access away${there}`;
  return `forgotten here; the platform was not told${byHand}`;
}
