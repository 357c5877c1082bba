import { presentationOf } from "../../app/methods.ts";
import type { HandedToken } from "../../app/operations.ts";
import { addressOf } from "../../domain/account.ts";
import { Failure } from "../../domain/failure.ts";
import type { ConnectedAccount } from "../../domain/ports/vault.ts";
import { parseDuration, toTimestampOrNull } from "../../domain/time.ts";
import type { Presentation } from "../../platforms/platform.ts";
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
    const platform = await context.services.loadPlatform(account.platform);
    output.value(render(account, token, platform ? presentationOf(platform, method) : undefined));
    return null;
  },
};

type Render = (account: ConnectedAccount, token: HandedToken, presentation: Presentation | undefined) => string;

const formats: Readonly<Record<string, Render>> = {
  token: (account, { accessToken }, presentation) => {
    refuseNothing(account, presentation);
    return accessToken;
  },
  header: headerLine,
  env: (account, { accessToken }, presentation) => {
    refuseNothing(account, presentation);
    return `export ${variableFor(account)}=${shellQuoted(accessToken)}`;
  },
  json: (account, { accessToken, tokenType, expiresAt }, presentation) => {
    refuseNothing(account, presentation);
    return JSON.stringify({
      account: addressOf(account),
      accessToken,
      tokenType: presentation ? null : tokenType,
      presentation: presentation ?? null,
      expiresAt: toTimestampOrNull(expiresAt),
    });
  },
};

/** As the platform wants it: a key may have a header of its own. */
function headerLine(account: ConnectedAccount, token: HandedToken, presentation: Presentation | undefined): string {
  const { accessToken, tokenType } = token;
  refuseNothing(account, presentation);
  switch (presentation?.in) {
    case "header":
      return `${presentation.name}: ${presentation.prefix ?? ""}${accessToken}`;
    case "basic":
      return `Authorization: Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(accessToken)))}`;
    case "path":
      throw new Failure("platform_cannot", `${addressOf(account)}: its key is a part of the address, not of a header`, {
        hint: "--format token prints the key alone",
      });
    default:
      return `Authorization: ${tokenType} ${accessToken}`;
  }
}

function refuseNothing(account: ConnectedAccount, presentation: Presentation | undefined): void {
  if (presentation?.in !== "nothing") return;
  throw new Failure("platform_cannot", `${addressOf(account)} has no token that another program could present`);
}

/** `X_ACCESS_TOKEN`, `GOOGLE_CALENDAR_ACCESS_TOKEN`. */
function variableFor(account: ConnectedAccount): string {
  return `${account.platform.toUpperCase().replaceAll("-", "_")}_ACCESS_TOKEN`;
}

/** For `eval`: a token is opaque, so nothing about its characters is assumed. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
