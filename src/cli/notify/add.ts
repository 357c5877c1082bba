import { keep } from "../../app/notify.ts";
import { requireBrand } from "../../domain/account.ts";
import {
  type ChannelKind,
  type ChannelTarget,
  channelKinds,
  channelSecrets,
  describeTarget,
} from "../../domain/channel.ts";
import {
  chatTarget,
  emailTarget,
  eventsOf,
  freeName,
  requireBotToken,
  requireChannelName,
  telegramTarget,
  webhookTarget,
} from "../../domain/channel-target.ts";
import { Failure } from "../../domain/failure.ts";
import { nearest } from "../../domain/nearest.ts";
import { notificationKinds } from "../../domain/notification.ts";
import { connectedAccounts } from "../account-lookup.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { channelDocument } from "./list.ts";

interface AddOptions {
  readonly name?: string;
  readonly on?: string;
  readonly brand?: string;
  readonly smtp?: string;
  readonly from?: string;
  readonly secretStdin?: boolean;
}

export const add: CommandModule = {
  declare: (command) =>
    command
      .argument("<kind>", channelKinds.join(", "))
      .argument("[to]", "e-mail: the addresses; webhook: the URL; telegram: the chat; command: its line")
      .option("--name <name>", "what to call it (default: its kind)")
      .option("--on <events>", `only these: ${notificationKinds.join(", ")}`)
      .option("--brand <brand>", "only of this brand's accounts")
      .option("--smtp <url>", "email: smtps://USER@HOST or smtp://USER@HOST:587")
      .option("--from <address>", "email: the sender")
      .option(
        "--secret-stdin",
        "read the secret from standard input: the password, the signing secret, the chat's webhook URL, or the bot's token",
      )
      .addHelpText(
        "after",
        [
          "",
          "Examples:",
          "  agencyiq notify add email me@example.com --smtp smtps://me@mail.example.com",
          "  agencyiq notify add webhook https://example.com/hook   prints its signing secret",
          "  agencyiq notify add slack --on needs_reauth,expiring   asks for its URL",
          "  agencyiq notify add discord --secret-stdin < url.txt",
          "  agencyiq notify add telegram @channel   asks for a bot's token",
          "  agencyiq notify add command '/usr/local/bin/page --urgent'",
          "  agencyiq notify add desktop",
        ].join("\n"),
      ),
  run: async (context, input) => {
    const options = optionsOf<AddOptions>(input);
    const kind = requireKind(String(input.args[0]));
    requireFitting(kind, options);
    const { target, secret, generated = null } = await makers[kind](context, input.args[1] as string, options);
    const on = options.on === undefined ? null : eventsOf(options.on);
    const brand = options.brand === undefined ? null : requireBrand(options.brand);
    const { services, output } = context;
    const name = options.name === undefined ? null : requireChannelName(options.name);
    const vault = await services.vaultOrNew();
    const taken = (await vault.channels()).map((channel) => channel.name);
    const channel = await vault.addChannel({ name: name ?? freeName(kind, taken), target, secret, on, brand });
    const lines = [
      `Added ${channel.name}: ${describeTarget(target)}`,
      ...(generated === null ? [] : [`Its signing secret, shown this once: ${generated}`]),
      `Try it: agencyiq notify test ${channel.name}`,
    ];
    output.result(lines.join("\n"), { ...channelDocument(channel), signingSecret: generated });
    await warnOfBrand(context, brand);
    return null;
  },
};

function requireKind(text: string): ChannelKind {
  const kind = channelKinds.find((each) => each === text);
  if (kind) return kind;
  const suggestion = nearest(text, channelKinds);
  throw new Failure("usage", `there is no kind of channel "${text}"`, {
    hint: suggestion ? `did you mean ${suggestion}?` : channelKinds.join(", "),
  });
}

/** A flag that would do nothing was meant to do something. */
function requireFitting(kind: ChannelKind, { smtp, from, secretStdin }: AddOptions): void {
  const flag = smtp !== undefined ? "--smtp" : from !== undefined ? "--from" : null;
  if (flag && kind !== "email") throw new Failure("usage", `${flag} is for e-mail`, { hint: "leave it out" });
  if (secretStdin && channelSecrets[kind] === null) {
    throw new Failure("usage", `a ${kind} channel has no secret`, { hint: "leave --secret-stdin out" });
  }
}

interface Made {
  readonly target: ChannelTarget;
  readonly secret: string | null;
  /** A secret that was made here, to be shown once. */
  readonly generated?: string;
}

type Make = (context: Context, to: string | undefined, options: AddOptions) => Promise<Made>;

const makers: Readonly<Record<ChannelKind, Make>> = {
  email: async (context, given, options) => {
    const { prompts } = context;
    const to = given ?? (await prompts.text("Send to:", "the address after email"));
    const smtp = options.smtp ?? (await prompts.text("Mail server (smtps://USER@HOST):", "--smtp URL"));
    const target = emailTarget(to, smtp, options.from);
    const { user } = target;
    if (user === null && options.secretStdin) {
      throw new Failure("usage", "a password without a user", { hint: "name the user: --smtp smtps://USER@HOST" });
    }
    return { target, secret: user === null ? null : await askSecret(context, `Password of ${user}:`, options) };
  },
  webhook: async (context, given, options) => {
    const target = webhookTarget(given ?? (await context.prompts.text("URL:", "the URL after webhook")));
    if (options.secretStdin) return { target, secret: requireSigningSecret(await askSecret(context, "", options)) };
    const secret = `whsec_${Buffer.from(context.services.random.bytes(32)).toString("base64")}`;
    return { target, secret, generated: secret };
  },
  slack: (context, given, options) => makeChat("slack", context, given, options),
  discord: (context, given, options) => makeChat("discord", context, given, options),
  telegram: async (context, given, options) => {
    const chat = given ?? (await context.prompts.text("Chat (@channel, or its number):", "the chat after telegram"));
    const target = telegramTarget(chat);
    return { target, secret: requireBotToken(await askSecret(context, "Bot token:", options)) };
  },
  command: async ({ prompts }, given) => {
    const line = given ?? (await prompts.text("Command:", "the command line after command"));
    if (line.trim() === "") throw new Failure("usage", "the command is empty", { hint: "name a program" });
    return { target: { kind: "command", line: line.trim() }, secret: null };
  },
  desktop: async (_context, given) => {
    if (given !== undefined) throw new Failure("usage", "desktop takes nothing after it", { hint: "leave it out" });
    return { target: { kind: "desktop" }, secret: null };
  },
};

async function makeChat(
  kind: "slack" | "discord",
  context: Context,
  given: string | undefined,
  options: AddOptions,
): Promise<Made> {
  if (given !== undefined) {
    keep(context.services, given);
    throw new Failure("usage", "a chat's webhook URL is a secret: it does not belong on the command line", {
      hint: "leave it out: it is asked for, or comes from --secret-stdin. Make a new one where others use this machine",
    });
  }
  const secret = await askSecret(context, "Webhook URL:", options);
  return { target: chatTarget(kind, secret), secret };
}

async function askSecret({ prompts, services, readStdin }: Context, question: string, { secretStdin }: AddOptions) {
  const text = secretStdin ? await readStdin() : await prompts.secret(question, "--secret-stdin");
  const secret = text.trim();
  keep(services, secret);
  if (secret !== "") return secret;
  throw new Failure("usage", "the secret is empty", { hint: "… --secret-stdin < FILE" });
}

/** Standard Webhooks: 24 to 64 bytes in base64 after its prefix. */
function requireSigningSecret(secret: string): string {
  const [, encoded = ""] = /^whsec_([A-Za-z0-9+/]+=*)$/.exec(secret) ?? [];
  const size = Buffer.from(encoded, "base64").length;
  if (size >= 24 && size <= 64) return secret;
  throw new Failure("usage", "that is no signing secret", {
    hint: "whsec_ and the base64 of 24 to 64 bytes; without --secret-stdin one is made",
  });
}

async function warnOfBrand(context: Context, brand: string | null): Promise<void> {
  if (brand === null || (await connectedAccounts(context)).some((account) => account.brand === brand)) return;
  context.output.warn(`no account of the brand ${brand} is connected yet`);
}
