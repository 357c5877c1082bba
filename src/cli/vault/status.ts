import type { VaultStatus } from "../../domain/ports/vault-custody.ts";
import { relativeTime, toTimestamp, toTimestampOrNull } from "../../domain/time.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { overallFinding } from "./findings.ts";
import { declareKeySource, keySourceOptions } from "./key-source-flags.ts";

interface StatusOptions {
  readonly check?: boolean;
}

export const status: CommandModule = {
  declare: (command) =>
    declareKeySource(command.option("--check", "open every record and verify the ledger's chain (needs the key)")),
  run: async (context, input) => {
    const custody = await context.administration.custody();
    const { check = false } = optionsOf<StatusOptions>(input);
    const told = await custody.status();
    const { output } = context;
    const findings =
      check && told.exists
        ? await output.progress(
            "opening every record",
            custody.verify(context.administration.unlockPlan(keySourceOptions(input))),
          )
        : null;
    const now = context.services.clock.now();
    const bad = findings?.filter(({ ok }) => !ok) ?? [];
    output.result(
      () =>
        [
          describe(told, now),
          ...(findings === null
            ? []
            : [
                checked(
                  findings.length,
                  bad.map(({ message }) => message),
                ),
              ]),
        ].join("\n"),
      { ...documentOf(told), check: findings },
    );
    return overallFinding(bad);
  },
};

function checked(total: number, problems: readonly string[]): string {
  if (problems.length === 0) return `checked       ${total} things, all in order`;
  return ["checked       found:", ...problems.map((problem) => `  - ${problem}`)].join("\n");
}

function documentOf(told: VaultStatus) {
  return {
    path: told.path,
    exists: told.exists,
    id: told.id,
    format: told.format,
    createdAt: toTimestampOrNull(told.createdAt),
    accounts: told.accounts,
    sizeBytes: told.sizeBytes,
    slots: told.slots.map(({ id, kind, parameters, createdAt, lastUsedAt }) => ({
      id,
      kind,
      parameters,
      createdAt: toTimestamp(createdAt),
      lastUsedAt: toTimestampOrNull(lastUsedAt),
    })),
    dataKeys: told.dataKeys.map(({ term, records, createdAt }) => ({
      term,
      records,
      createdAt: toTimestamp(createdAt),
    })),
  };
}

function describe(told: VaultStatus, now: number): string {
  if (!told.exists) return `There is no vault at ${told.path}.\nMake one with: agencyiq vault init`;
  const slots = told.slots.map(({ id, kind, parameters, lastUsedAt }) => {
    const where = parameters["path"] ?? parameters["command"] ?? "";
    const used = lastUsedAt === null ? "not used yet" : `last used ${relativeTime(lastUsedAt, now)}`;
    return `  ${kind.padEnd(10)} ${id.slice(0, 8)}  ${used}${where === "" ? "" : `  ${where}`}`;
  });
  return [
    `vault         ${told.path}`,
    `id            ${told.id ?? "unknown"}, format ${told.format ?? "unknown"}`,
    `accounts      ${told.accounts}`,
    `data keys     ${told.dataKeys.map(({ term, records }) => `${term} (${records} records)`).join(", ") || "none"}`,
    "opened by",
    ...slots,
  ].join("\n");
}
