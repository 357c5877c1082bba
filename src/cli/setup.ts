import { takesApp } from "../app/methods.ts";
import { requirePlatform } from "../app/services.ts";
import { addressOf } from "../domain/account.ts";
import { Failure } from "../domain/failure.ts";
import type { Platform } from "../platforms/platform.ts";
import { accountDocument } from "./accounts/list.ts";
import { storedApps } from "./apps/list.ts";
import { saveApp } from "./apps/set.ts";
import { redirectUriOf } from "./apps/show.ts";
import type { CommandModule } from "./command.ts";
import { askPlatform, connectWith, warnOfPlatform } from "./connect.ts";
import type { Context } from "./context.ts";

export const setup: CommandModule = {
  declare: (command) =>
    command
      .argument("[platform]", "which platform")
      .addHelpText(
        "after",
        "\nWalks through the developer app, stores it, connects an account and checks it.\nWhere a platform takes a key: walks to the page that has it, and asks for it.\nWithout a terminal use: agencyiq apps set, then agencyiq connect;\nfor a key agencyiq connect --token-stdin.\n\nExample:\n  agencyiq setup x",
      ),
  run: async (context, input) => {
    const { prompts, output, services } = context;
    const named = input.args[0] as string | undefined;
    const platform = await requirePlatform(services, named ?? (await askPlatform(context)));
    if (!prompts.interactive) {
      throw new Failure("question_without_terminal", "setup asks questions, and there is no terminal", {
        hint: withoutTerminal(platform),
      });
    }
    if (!needsApp(platform)) await walk(context, platform);
    const issuer = needsApp(platform) ? await makeApp(context, platform) : null;
    const accounts = await connectWith(context, platform.id, issuer === null ? {} : { issuer });
    output.result(
      `Connected ${accounts.map(addressOf).join(", ")}. Next:\n  agencyiq tokens status\n${nextStep(platform)}`,
      {
        event: "connected",
        accounts: accounts.map(accountDocument),
        caution: platform.caution ?? null,
      },
    );
    await warnOfPlatform(context, platform.id);
    return null;
  },
};

function needsHttps({ methods: [usual] }: Platform): boolean {
  return usual !== undefined && takesApp(usual) && usual.redirect.https === "required";
}

/** By the usual way in. A server that registers apps itself needs none either. */
function needsApp({ methods: [usual] }: Platform): boolean {
  return usual !== undefined && takesApp(usual) && !(usual.kind === "oauth2" && usual.server);
}

function withoutTerminal(platform: Platform): string {
  const { id, methods } = platform;
  const [usual] = methods;
  if (needsApp(platform)) {
    const flag = needsHttps(platform) ? " --https" : "";
    return `agencyiq apps set ${id} --client-id ID --secret-stdin < FILE, then: agencyiq connect ${id}${flag}`;
  }
  const server = usual && usual.kind !== "oauth1" && usual.server ? ` --instance ${usual.server.example}` : "";
  if (usual?.kind !== "key") return `agencyiq connect ${id}${server}`;
  const asked = (usual.asks ?? []).filter(({ optional }) => !optional).map(({ name }) => ` --set ${name}=VALUE`);
  const key = usual.name === null ? "" : " --token-stdin < FILE";
  return `agencyiq connect ${id}${server}${asked.join("")}${key}`;
}

function nextStep(platform: Platform): string {
  return platform.publish
    ? `  agencyiq publish --platform ${platform.id} ${platform.firstPost ?? '"Hello"'}`
    : `  agencyiq tokens print ${platform.id}`;
}

/** The issuer, where the platform exists many times. */
async function makeApp(context: Context, platform: Platform): Promise<string | null> {
  const { prompts, output, services } = context;
  const methods = platform.methods.filter(takesApp);
  const discovered = methods.some(({ endpoints }) => endpoints === "discovery");
  const fixed = methods.flatMap((method) => ("issuer" in method && method.issuer ? [method.issuer] : []))[0];
  const issuer = fixed ?? (discovered ? await prompts.text("Issuer URL (https://…):", "--issuer URL") : null);
  const stored = (await storedApps(context)).find(
    (app) => app.platform === platform.id && app.kind === "oauth2" && (issuer === null || app.issuer === issuer),
  );
  const fromEnvironment = services.appFromEnvironment(platform.id);
  const known = fromEnvironment?.clientId ?? stored?.clientId;
  if (known && (await prompts.confirm(`Use the app ${known} that is known already?`, "agencyiq connect", true)))
    return issuer;
  const redirectUri = await redirectUriOf(context, { platform: platform.id, redirectUri: null });
  await walk(context, platform);
  const registered = methods.some(({ redirect }) => !redirect.unregistered);
  output.note(registered ? `\nRedirect URI to register, exactly:\n\n  ${redirectUri}\n` : "");
  const registers =
    issuer !== null &&
    (await prompts.confirm("Let agencyiq register itself, if the server offers it?", "--client-id ID", true));
  if (!registers) await saveApp(context, platform.id, issuer === null ? {} : { issuer });
  return issuer;
}

/** What a person does at the platform, step by step. */
async function walk({ prompts, output, services }: Context, { name, setup: steps }: Platform): Promise<void> {
  output.note(`\nSetting up ${name}: ${steps.length} ${steps.length === 1 ? "step" : "steps"}\n`);
  for (const [index, step] of steps.entries()) {
    output.note(`${index + 1}. ${output.styles.strong(step.title)}\n   ${step.text}`);
    if (step.open && (await prompts.confirm(`Open ${step.open}?`, "agencyiq connect", true))) {
      if (!(await services.browser.open(step.open))) output.note(`   Open it yourself: ${step.open}`);
    }
  }
}
