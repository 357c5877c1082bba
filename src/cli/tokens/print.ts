import { presentationOf } from "../../app/methods.ts";
import { addressOf } from "../../domain/account.ts";
import { Failure } from "../../domain/failure.ts";
import { parseDuration } from "../../domain/time.ts";
import { pickAccount } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { warnOfFallback } from "../fallback-note.ts";
import { tokenFormats } from "./token-formats.ts";

interface PrintOptions {
  readonly format?: string;
  readonly validFor?: string;
  readonly json?: boolean;
}

export const print: CommandModule = {
  declare: (command) =>
    command
      .argument("<account>", "which account")
      .option("--format <format>", "token, header, env or json", "token")
      .option(
        "--valid-for <duration>",
        "refresh first unless it is good for this long (default: 5m, at most half its life)",
      )
      .addHelpText(
        "after",
        '\nExamples:\n  curl -H "$(agencyiq tokens print x --format header)" https://api.x.com/2/users/me\n  eval "$(agencyiq tokens print x --format env)"',
      ),
  run: async (context, input) => {
    const { format = "token", validFor, json } = optionsOf<PrintOptions>(input);
    const render = tokenFormats[json ? "json" : format];
    if (!render) throw new Failure("usage", `there is no format "${format}"`, { hint: "token, header, env or json" });
    const validity = validFor === undefined ? null : parseDuration(validFor);
    if (validFor !== undefined && validity === null) {
      throw new Failure("usage", `"${validFor}" is not a duration`, { hint: "write 90s, 10m or 2h" });
    }
    const account = await pickAccount(context, String(input.args[0]));
    const { output } = context;
    const operations = await context.operations();
    const wanted = validity === null ? {} : { validity };
    const token = await output.progress("refreshing", operations.freshToken(account, wanted));
    if (token.warning) output.warn(`${addressOf(account)}: ${token.warning.message}; the present token still works`);
    const { method, inPlaceOf } = token;
    if (inPlaceOf) warnOfFallback(output, addressOf(account), { method, inPlaceOf });
    const platform = await context.services.loadPlatform(account.platform);
    output.value(render(account, token, platform ? presentationOf(platform, method) : undefined));
    return null;
  },
};
