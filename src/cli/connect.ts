import type { ConnectEvents } from "../app/authorize.ts";
import { callbackCertificate } from "../app/callback-certificate.ts";
import { type ConnectMode, connectAccount } from "../app/connect.ts";
import { identityWords, type Offer } from "../app/identities.ts";
import { scopeFailure } from "../app/missing-scopes.ts";
import { knownPlatforms } from "../app/services.ts";
import { addressOf, defaultBrand, requireBrand, requireHandle } from "../domain/account.ts";
import { inOrderOfUse } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { days, seconds, spanOfTime, toTimestamp } from "../domain/time.ts";
import type { Identity } from "../platforms/platform.ts";
import { accountDocument } from "./accounts/list.ts";
import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { Context } from "./context.ts";
import { wholeNumber } from "./numbers.ts";
import type { Styles } from "./output.ts";

export interface ConnectOptions {
  readonly brand?: string;
  readonly as?: string;
  readonly select?: readonly string[];
  readonly browser?: boolean;
  readonly manual?: boolean;
  readonly device?: boolean;
  readonly port?: string;
  readonly redirectUri?: string;
  readonly https?: boolean;
  readonly certificate?: string;
  readonly timeout?: string;
  readonly issuer?: string;
  readonly instance?: string;
  readonly set?: readonly string[];
  readonly tokenStdin?: boolean;
  readonly clientId?: string;
  readonly scope?: readonly string[];
  readonly credential?: string;
  readonly dpop?: boolean;
}

export const connect: CommandModule = {
  declare: (command) =>
    command
      .argument("[platform]", "which platform: agencyiq platforms list")
      .option("--brand <brand>", "the customer this account belongs to", defaultBrand)
      .option("--as <name>", "what to call the account here")
      .option("--select <identity>", "who to post as, of several: an id, a name, or all; repeatable", collect)
      .option("--no-browser", "print the address instead of opening it")
      .option("--manual", "paste the address (with oauth1: type a PIN) back: over SSH, or for https redirects")
      .option("--https", "answer at an https redirect URI on this machine, with a certificate of agencyiq's own")
      .option("--certificate <file>", "write the public certificate of --https to FILE, to trust it, and end")
      .option("--device", "approve on another device, with a code")
      .option("--port <port>", "port of the callback server (0: any free one)")
      .option("--redirect-uri <uri>", "the whole redirect URI as registered")
      .option("--timeout <seconds>", "how long to wait for the person", "300")
      .option("--issuer <url>", "the authorization server, for oidc")
      .option("--instance <server>", "which server, where a platform has many (mastodon, bluesky, wordpress)")
      .option("--set <name=value>", "an answer to what a way to connect asks; repeatable", collect)
      .option("--token-stdin", "read the API key, token or webhook address from standard input")
      .option("--client-id <id>", "the developer app, if not the stored one")
      .option("--scope <scope>", "in place of the usual scopes; repeatable", collect)
      .option("--credential <method>", "which way to connect, where a platform has several (platforms list)")
      .option("--dpop", "ask for tokens bound to a key (RFC 9449)")
      .addHelpText(
        "after",
        "\nExamples:\n  agencyiq connect x\n  agencyiq connect x --brand globex --no-browser\n  agencyiq connect threads --https\n  agencyiq connect facebook --select all      every Page that you may post as\n  agencyiq connect linkedin --credential organization\n  agencyiq connect --certificate agencyiq.crt   then trust it: docs/connecting.md\n  agencyiq connect oidc --issuer https://login.example.com --device\n  agencyiq connect x --credential oauth1      a second way to act for the account, if the first fails",
      ),
  run: async (context, input) => {
    const options = optionsOf<ConnectOptions>(input);
    if (options.certificate !== undefined) return writeCertificate(context, options.certificate);
    const platform = (input.args[0] as string | undefined) ?? (await askPlatform(context));
    const accounts = await connectWith(context, platform, options);
    const { output } = context;
    output.result(() => accounts.map((account) => connectedLine(account, output.styles)).join("\n"), {
      event: "connected",
      accounts: accounts.map(accountDocument),
      caution: (await context.services.loadPlatform(platform))?.caution ?? null,
    });
    await warnOfEnds(context, accounts);
    await warnOfScopes(context, accounts);
    await warnOfPlatform(context, platform);
    for (const account of accounts) {
      if (account.externalId !== null) continue;
      output.warn(
        `${account.platform} did not say who this is; the token is kept. Name it: agencyiq accounts rename ${addressOf(account)} NAME`,
      );
    }
    return null;
  },
};

/** A login that lasts for weeks at most, where others of its kind last for good. */
async function warnOfEnds({ services, output }: Context, accounts: readonly ConnectedAccount[]): Promise<void> {
  const now = services.clock.now();
  for (const account of accounts) {
    const why = (await services.loadPlatform(account.platform))?.tokens.endsSoonBecause;
    const ends = account.credentials.flatMap(({ refreshable, refreshExpiresAt }) =>
      refreshable && refreshExpiresAt !== null ? [refreshExpiresAt] : [],
    );
    const end = Math.min(...ends);
    if (why === undefined || end - now > days(30)) continue;
    output.warn(`${addressOf(account)} must be connected again within ${spanOfTime(end - now)}: ${why}`);
  }
}

/** Its maker may have given it up. */
export async function warnOfPlatform({ services, output }: Context, id: string): Promise<void> {
  const platform = await services.loadPlatform(id);
  if (platform?.caution) output.warn(`${platform.name}: ${platform.caution}`);
}

/** The person may have taken some out of the dialog, or `--scope` and `apps set --scope` ask for too few. */
async function warnOfScopes({ services, output }: Context, accounts: readonly ConnectedAccount[]): Promise<void> {
  for (const account of accounts) {
    const platform = await services.loadPlatform(account.platform);
    const failure = platform && scopeFailure(platform, account, services.clock.now());
    if (failure) output.warn(`${addressOf(account)}: ${failure.message}; grant it: ${failure.hint}`);
  }
}

async function writeCertificate(context: Context, file: string): Promise<null> {
  const { services, output, machine } = context;
  const { certificate, fingerprint, expiresAt } = await callbackCertificate(services, await services.vaultOrNew());
  const path = await machine.writePublic(file, certificate);
  output.result(
    () =>
      `${path} is the certificate of agencyiq connect --https: docs/connecting.md says how to trust it\n${fingerprint}`,
    { event: "certificate", file: path, fingerprint, expiresAt: toTimestamp(expiresAt) },
  );
  return null;
}

function connectedLine({ name, credentials, ...account }: ConnectedAccount, { strong }: Styles): string {
  const tried = inOrderOfUse(credentials);
  const several = tried.length < 2 ? "" : `; tried in order: ${tried.map(({ method }) => method).join(", ")}`;
  return `Connected ${strong(addressOf(account))}${name ? ` (${name})` : ""}${several}`;
}

export async function askPlatform(context: Context): Promise<string> {
  const choices = (await knownPlatforms(context.services)).map((id) => ({ name: id, value: id }));
  return context.prompts.choose("Which platform?", choices, "PLATFORM as the first argument");
}

export async function connectWith(context: Context, platform: string, options: ConnectOptions) {
  const timeout = seconds(wholeNumber(options.timeout ?? "300", "--timeout", 1, 86_400));
  return connectAccount(
    context.services,
    {
      platform,
      brand: requireBrand(options.brand ?? defaultBrand),
      as: options.as === undefined ? undefined : requireHandle(options.as),
      select: options.select?.flatMap((text) => text.split(",")).filter((text) => text.trim() !== ""),
      mode: modeOf(options),
      method: options.credential,
      issuer: options.issuer,
      instance: options.instance,
      answers: answersIn(options.set ?? []),
      keyGiven: options.tokenStdin,
      clientId: options.clientId,
      scopes: options.scope?.flatMap((scope) => scope.split(/[\s,]+/)).filter(Boolean),
      port: options.port === undefined ? undefined : wholeNumber(options.port, "--port", 0, 65_535),
      redirectUri: options.redirectUri,
      https: options.https,
      timeout,
      dpop: options.dpop ?? false,
      signal: context.signal,
    },
    eventsFor(context, options),
  );
}

/** `name=value`, each. @throws Failure `usage` */
function answersIn(given: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([a-z-]+)=(.*)$/s.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw new Failure("usage", `"${text}" is no answer`, { hint: "write --set NAME=VALUE" });
    }),
  );
}

function modeOf(options: ConnectOptions): ConnectMode {
  if (options.https && options.device) {
    throw new Failure("usage", "--https and --device exclude each other", { hint: "the device flow has no redirect" });
  }
  if (options.manual && options.device) {
    throw new Failure("usage", "--manual and --device exclude each other", { hint: "choose one" });
  }
  if (options.device) return "device";
  if (options.manual) return "manual";
  return options.browser === false ? "no-browser" : "browser";
}

function eventsFor(context: Context, options: ConnectOptions): ConnectEvents {
  const { output, prompts } = context;
  return {
    certificate: ({ redirectUri, certificate: { fingerprint, expiresAt } }) => {
      const text = `The developer app must have this redirect URI: ${redirectUri}
The browser warns of its certificate, which was made on this machine. Its SHA-256 fingerprint:
  ${fingerprint}
Compare it and go on past the warning; or trust it once for good: agencyiq connect --certificate FILE (docs/connecting.md)\n`;
      output.event({ event: "certificate", redirectUri, fingerprint, expiresAt: toTimestamp(expiresAt) }, text);
    },
    chooseRedirect: ({ platform, redirectUri }) => {
      if (prompts.interactive) {
        output.note(
          `${platform} sends browsers back by https only. Register this redirect URI in the developer app:\n  ${redirectUri}`,
        );
      }
      return prompts.choose(
        `${platform} wants an https redirect. How is its answer received?`,
        [
          { name: "by agencyiq, with a certificate of its own that the browser warns of (--https)", value: "https" },
          { name: "by you: copy the address of the page that does not load (--manual)", value: "manual" },
        ],
        "--https or --manual",
      );
    },
    authorize: ({ url, redirectUri, opened, manual }) => {
      const intro = opened
        ? "Approve in the browser that just opened. If none did, open:"
        : "Open this address and approve:";
      const wait = manual ? "" : `\nWaiting for the answer at ${redirectUri} (Ctrl-C ends it) …`;
      output.event({ event: "authorize", url, redirectUri }, `${intro}\n\n  ${url}\n${wait}`);
    },
    device: async ({ verificationUri, verificationUriComplete, userCode, expiresAt }) => {
      const text = `On any device, open ${output.styles.strong(verificationUri)} and enter the code ${output.styles.strong(userCode)}`;
      output.event({ event: "device", verificationUri, userCode, expiresAt }, text);
      if (verificationUriComplete && !output.json && !output.quiet) await showQrCode(context, verificationUriComplete);
    },
    app: ({ is, instance, clientId }) => {
      const said = {
        registered: `agencyiq registered itself at ${instance}.`,
        forgotten: `${instance} knows the app that agencyiq made there no more; another one is made.`,
      };
      output.event({ event: `app_${is}`, instance, clientId }, said[is]);
    },
    doubt: (text) => output.warn(text),
    unusable: ({ name, handle, kind, unusable }) =>
      output.warn(`${name ?? handle}${kind ? ` (${kind})` : ""} cannot be posted as: ${unusable}`),
    choose: prompts.interactive ? (offers, most) => choose(context, offers, most) : null,
    answer: ({ name, say, example, optional }, flag = `--set ${name}=VALUE`) =>
      prompts.text(`${say}${example ? ` (${example})` : ""}${optional ? ", or nothing" : ""}:`, flag),
    key: ({ name, example, warning }) => {
      if (warning) output.warn(warning);
      if (options.tokenStdin) return context.readStdin();
      return prompts.secret(`${name}${example ? ` (${example})` : ""}:`, "it on standard input with --token-stdin");
    },
    paste: async (what) => {
      if (!prompts.interactive) return context.readStdin();
      if (what === "code") return prompts.secret("The code it shows after you approved:", "the code on standard input");
      if (what === "pin") return prompts.secret("The PIN it shows after you approved:", "the PIN on standard input");
      output.note("After approving, the browser ends on a page that may not load. Copy its whole address.");
      return prompts.secret("Paste the address:", "the address on standard input");
    },
  };
}

/** Those that are connected already are taken unless they are taken out; where none is, all are. */
async function choose(
  { prompts }: Context,
  offers: readonly Offer[],
  most: "one" | "several",
): Promise<readonly Identity[]> {
  const anew = offers.every(({ connected }) => !connected);
  const choices = offers.map(({ identity, connected }) => ({
    name: `${identityWords(identity)}${connected ? ", connected already" : ""}`,
    value: identity.externalId,
    checked: anew || connected,
  }));
  const question = "Who is to be posted as?";
  const chosen =
    most === "one"
      ? [await prompts.choose(`${question} (for another one connect again)`, choices, "--select")]
      : await prompts.chooseSeveral(question, choices, "--select");
  return offers.map(({ identity }) => identity).filter(({ externalId }) => chosen.includes(externalId));
}

/** Only a complete URI goes into a QR code (RFC 8628 section 3.3.1); the code is shown above it all the same. */
async function showQrCode(context: Context, uri: string): Promise<void> {
  const { renderUnicodeCompact } = await import("uqr");
  context.output.note(`\n${renderUnicodeCompact(uri)}\n${uri}`);
}
