import { type Imported, importToken, wayOf } from "../app/import-tokens.ts";
import { overallFailure } from "../app/overall-failure.ts";
import type { Services } from "../app/services.ts";
import { addressOf, defaultBrand, requireBrand, requireHandle } from "../domain/account.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import { tokensInVariables } from "../domain/import/environment-shapes.ts";
import { type Findings, type FoundToken, platformNamed } from "../domain/import/found-token.ts";
import { tokensInGh, tokensInJson, tokensInToot, tokensInXurl } from "../domain/import/token-files.ts";
import { type ImportFile, type ImportSource, importSources } from "../domain/ports/import-files.ts";
import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";

interface ImportOptions {
  readonly from?: string;
  readonly platform?: string;
  readonly brand?: string;
  readonly as?: string;
  readonly select?: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export const importTokens: CommandModule = {
  declare: (command) =>
    command
      .argument("[file]", "where they are; with --from: by default where the program keeps them")
      .option("--from <source>", `what wrote it: ${importSources.join(", ")} (default: by the file's name)`)
      .option("--platform <platform>", "of which platform a JSON file's only token is")
      .option("--brand <brand>", "the customer the accounts belong to", defaultBrand)
      .option("--as <name>", "what to call the account here, where it is one")
      .option("--select <identity>", "who to post as, of several (default: all); repeatable", collect)
      .option("--dry-run", "show what was found; ask nobody, keep nothing")
      .option("-y, --yes", "do not ask")
      .addHelpText(
        "after",
        "\nEach token is tried at its platform, and kept if that knows it. The file stays\nas it is.\n\nExamples:\n  agencyiq import .env --dry-run\n  agencyiq import .env --yes\n  agencyiq import --from xurl\n  agencyiq import tokens.json --brand globex",
      ),
  run: async (context, input) => {
    const options = optionsOf<ImportOptions>(input);
    const file = await context.readImportFile((input.args[0] as string | undefined) ?? null, sourceIn(options.from));
    const findings = findingsIn(file, options.platform);
    for (const token of findings.tokens) keepSecrets(context.services, token);
    if (findings.tokens.length + findings.passedOver.length === 0) {
      throw new Failure("usage", `${file.file} holds no token of a shape that is known`, {
        hint: "docs/importing.md lists them; another kind of file is named with --from",
      });
    }
    if (options.as !== undefined && findings.tokens.length > 1) {
      throw new Failure("usage", `--as names one account, and ${file.file} has ${findings.tokens.length} tokens`, {
        hint: "leave it out, and rename them after: agencyiq accounts rename",
      });
    }
    const outcomes = options.dryRun ? await planned(context, findings) : await taken(context, file, findings, options);
    show(context, file, outcomes, options.dryRun ?? false);
    return verdictOn(outcomes);
  },
};

function sourceIn(given: string | undefined): ImportSource | null {
  const source = importSources.find((each) => each === given);
  if (source || given === undefined) return source ?? null;
  throw new Failure("usage", `nothing is known of --from ${given}`, { hint: `it takes: ${importSources.join(", ")}` });
}

function findingsIn({ source, raw }: ImportFile, platform: string | undefined): Findings {
  if (source === "env") return tokensInVariables(raw as Readonly<Record<string, string>>);
  if (source === "gh") return tokensInGh(raw);
  if (source === "toot") return tokensInToot(raw);
  if (source === "xurl") return tokensInXurl(raw);
  return tokensInJson(raw, platform === undefined ? null : platformNamed(platform));
}

/** Before anything is shown of them. */
function keepSecrets({ keepSecret }: Services, { token, tokenSecret, refreshToken, app }: FoundToken): void {
  for (const secret of [token, tokenSecret, refreshToken, app?.clientSecret]) keepSecret(secret);
}

interface Outcome {
  readonly place: string;
  readonly platform: string | null;
  readonly outcome: "taken" | "found" | "already" | "skipped" | "refused";
  readonly credential: string | null;
  readonly imported: Imported | null;
  readonly why: string | null;
  readonly failure: Failure | null;
}

function passed(findings: Findings): Outcome[] {
  return findings.passedOver.map(({ place, platform, why }) => ({
    place,
    platform,
    outcome: "skipped",
    credential: null,
    imported: null,
    why,
    failure: new Failure("usage", `${place}: ${why}`),
  }));
}

function failed(found: FoundToken, credential: string | null, failure: Failure): Outcome {
  const { place, platform } = found;
  const outcome =
    failure.code === "already_connected" ? "already" : failure.category === "usage" ? "skipped" : "refused";
  const why = failure.hint === undefined ? failure.message : `${failure.message} (${failure.hint})`;
  const own = outcome === "already" ? null : failure;
  return { place, platform, outcome, credential, imported: null, why, failure: own };
}

async function planned({ services }: Context, findings: Findings): Promise<Outcome[]> {
  const found = findings.tokens.map(async (token): Promise<Outcome> => {
    const { place, platform } = token;
    try {
      const { method } = await wayOf(services, token);
      return { place, platform, outcome: "found", credential: method.id, imported: null, why: null, failure: null };
    } catch (error) {
      return failed(token, null, toFailure(error));
    }
  });
  return [...(await Promise.all(found)), ...passed(findings)];
}

async function taken(context: Context, { file }: ImportFile, findings: Findings, options: ImportOptions) {
  const { services, prompts, signal } = context;
  const { tokens } = findings;
  const brand = requireBrand(options.brand ?? defaultBrand);
  const as = options.as === undefined ? undefined : requireHandle(options.as);
  const select = options.select?.flatMap((text) => text.split(",")).filter((text) => text.trim() !== "");
  const question = `Try and keep what ${file} holds (${tokens.map(({ place }) => place).join(", ")})?`;
  if (tokens.length > 0 && !options.yes && !(await prompts.confirm(question, "--yes, or --dry-run to see it", true))) {
    throw new Failure("usage", "nothing was taken");
  }
  const outcomes: Outcome[] = [];
  // One after the other: two of them may be of the same account.
  for (const token of tokens) {
    const { place, platform } = token;
    let credential: string | null = null;
    try {
      credential = (await wayOf(services, token)).method.id;
      const wish = { brand, as, select, signal };
      const imported = await context.output.progress(`Trying ${place}`, importToken(services, token, wish));
      outcomes.push({ place, platform, outcome: "taken", credential, imported, why: null, failure: null });
    } catch (error) {
      const failure = toFailure(error);
      // The vault's own trouble is no word on a token.
      if (failure.category === "locked" || failure.category === "integrity") throw failure;
      outcomes.push(failed(token, credential, failure));
    }
  }
  return [...outcomes, ...passed(findings)];
}

function show({ output }: Context, { file, source }: ImportFile, outcomes: readonly Outcome[], dryRun: boolean): void {
  output.result(() => outcomes.flatMap(linesOf).join("\n"), {
    file,
    source,
    dryRun,
    tokens: outcomes.map(({ place, platform, outcome, credential, imported, why, failure }) => ({
      place,
      platform,
      outcome,
      credential,
      accounts: imported?.accounts.map(addressOf) ?? [],
      app: imported?.app ?? null,
      notes: imported?.notes ?? [],
      why,
      code: failure?.code ?? null,
    })),
  });
}

function linesOf({ place, platform, outcome, credential, imported, why }: Outcome): string[] {
  if (outcome === "found") return [`${place}: would be tried as the ${credential} of ${platform}`];
  if (!imported) return [`${place}: ${outcome === "already" ? "" : `${outcome}, `}${why ?? ""}`];
  const app = imported.app === null ? "" : `, with the app ${imported.app}`;
  const addresses = imported.accounts.map(addressOf).join(", ");
  return [`${place}: taken as ${addresses} (${credential})${app}`, ...imported.notes.map((note) => `  ${note}`)];
}

/** Where something was taken, whatever else there was is part of it. */
function verdictOn(outcomes: readonly Outcome[]): Failure | null {
  const failures = outcomes.filter(({ failure }) => failure !== null);
  if (failures.length === 0) return null;
  if (failures.length < outcomes.length) {
    return new Failure("partial", `${failures.length} of ${outcomes.length} were not taken`, {
      hint: "each is named above",
    });
  }
  // What was refused says more than what is not for agencyiq at all.
  const refused = outcomes.filter(({ outcome }) => outcome === "refused");
  return overallFailure(refused.length > 0 ? refused : outcomes);
}
