import { addressOf } from "../../domain/account.ts";
import { relativeTime, toTimestamp, toTimestampOrNull } from "../../domain/time.ts";
import { pickAccount } from "../account-lookup.ts";
import type { CommandModule } from "../command.ts";
import { accountDocument } from "./list.ts";

export const show: CommandModule = {
  declare: (command) => command.argument("<account>", "PLATFORM, PLATFORM/HANDLE or BRAND:PLATFORM/HANDLE"),
  run: async (context, input) => {
    const account = await pickAccount(context, String(input.args[0]));
    const now = context.services.clock.now();
    const credentials = account.credentials.map((credential) => ({
      method: credential.method,
      clientId: credential.clientId,
      status: credential.status,
      reason: credential.reason,
      scopes: credential.scopes,
      tokenType: credential.tokenType,
      refreshable: credential.refreshable,
      obtainedAt: toTimestamp(credential.obtainedAt),
      expiresAt: credential.accessExpiresAt === null ? null : toTimestamp(credential.accessExpiresAt),
    }));
    const lines = [
      ["account", addressOf(account)],
      ["brand", account.brand],
      ["name", account.name],
      ["id there", account.externalId],
      ["url", account.url],
      ["issuer", account.issuer],
      ...Object.entries(account.facts).map(([name, value]) => [name.replaceAll(/[_-]/g, " "), value]),
      ["connected", relativeTime(account.createdAt, now)],
      ...credentials.flatMap((credential) => [
        ["credential", `${credential.method}, ${credential.tokenType}, ${credential.status}`],
        ["  app", credential.clientId],
        ["  scopes", credential.scopes.join(" ")],
        ["  expires", credential.expiresAt ?? "never"],
      ]),
    ];
    const text = lines
      .filter(([, value]) => value)
      .map(([name, value]) => `${String(name).padEnd(11)} ${value}`)
      .join("\n");
    context.output.result(text, {
      ...accountDocument(account),
      facts: account.facts,
      factsAt: toTimestampOrNull(account.factsAt),
      credentials,
    });
    return null;
  },
};
