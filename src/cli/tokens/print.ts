import type { HandedToken } from "../../app/operations.ts";
import { addressOf } from "../../domain/account.ts";
import { Failure } from "../../domain/failure.ts";
import type { ConnectedAccount } from "../../domain/ports/vault.ts";
import { parseDuration, toTimestampOrNull } from "../../domain/time.ts";
import { pickAccount } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { warnOfFallback } from "../fallback-note.ts";

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
    const render = formats[json ? "json" : format];
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
    output.value(render(account, token));
    return null;
  },
};

const formats: Readonly<Record<string, (account: ConnectedAccount, token: HandedToken) => string>> = {
  token: (_account, { accessToken }) => accessToken,
  header: (_account, { accessToken, tokenType }) => `Authorization: ${tokenType} ${accessToken}`,
  env: (account, { accessToken }) => `export ${variableFor(account)}=${shellQuoted(accessToken)}`,
  json: (account, { accessToken, tokenType, expiresAt }) =>
    JSON.stringify({ account: addressOf(account), accessToken, tokenType, expiresAt: toTimestampOrNull(expiresAt) }),
};

/** `X_ACCESS_TOKEN`, `GOOGLE_CALENDAR_ACCESS_TOKEN`. */
function variableFor(account: ConnectedAccount): string {
  return `${account.platform.toUpperCase().replaceAll("-", "_")}_ACCESS_TOKEN`;
}

/** For `eval`: a token is opaque, so nothing about its characters is assumed. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
