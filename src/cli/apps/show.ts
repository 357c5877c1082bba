import { noAppTaken } from "../../app/developer-app.ts";
import { appKindOf, takesApp } from "../../app/methods.ts";
import { redirectFor } from "../../app/redirect.ts";
import { requirePlatform } from "../../app/services.ts";
import type { App } from "../../domain/app.ts";
import type { CommandModule } from "../command.ts";
import type { Context } from "../context.ts";
import { appDocument, storedApps } from "./list.ts";

export const show: CommandModule = {
  declare: (command) => command.argument("<platform>", "which platform"),
  run: async (context, input) => {
    const { output } = context;
    const platform = await requirePlatform(context.services, String(input.args[0]));
    const apps = (await storedApps(context)).filter((app) => app.platform === platform.id);
    const usual = await redirectUriOf(context, { platform: platform.id, redirectUri: null });
    if (apps.length === 0) {
      const text = `No ${platform.name} app is stored.\nRedirect URI to register: ${usual}\nStore one with: agencyiq apps set ${platform.id} --client-id ID`;
      output.result(text, { platform: platform.id, apps: [], redirectUri: usual });
      return null;
    }
    const shown = await Promise.all(
      apps.map(async (app) => ({ ...appDocument(app), redirectUri: await redirectUriOf(context, app) })),
    );
    output.result(() => shown.map(describe).join("\n\n"), { platform: platform.id, apps: shown, redirectUri: usual });
    return null;
  },
};

function describe(app: ReturnType<typeof appDocument> & { redirectUri: string }): string {
  const lines = [
    `credential    ${app.credential}`,
    `client id     ${app.clientId}`,
    `secret        ${app.hasSecret ? "stored, sealed" : "none (public client)"}`,
    `redirect URI  ${app.redirectUri}`,
    ...(app.issuer ? [`issuer        ${app.issuer}`] : []),
    ...(app.scopes ? [`scopes        ${app.scopes.join(" ")}`] : []),
  ];
  return lines.join("\n");
}

/** The exact URI to register for an app. */
export async function redirectUriOf(
  context: Context,
  app: Pick<App, "platform" | "redirectUri"> & { readonly kind?: App["kind"] },
): Promise<string> {
  const uri = await redirectUriIfAny(context, app);
  if (uri === null) throw noAppTaken(await requirePlatform(context.services, app.platform));
  return uri;
}

/** The same; null for a platform that takes no app. */
export async function redirectUriIfAny(
  context: Context,
  app: Pick<App, "platform" | "redirectUri"> & { readonly kind?: App["kind"] },
): Promise<string | null> {
  const platform = await requirePlatform(context.services, app.platform);
  const methods = platform.methods.filter(takesApp);
  const method = methods.find((candidate) => appKindOf(candidate) === app.kind) ?? methods[0];
  if (!method) return null;
  const rules = method.redirect;
  const { uri, portIsFree } = redirectFor({ platform: platform.id, rules, uri: app.redirectUri, port: undefined });
  if (!portIsFree || !rules.registeredPort) return uri;
  return uri.replace(/:\d+(?=\/)/, rules.registeredPort === "none" ? "" : `:${rules.registeredPort}`);
}
