import type { App } from "../../domain/app.ts";
import { Failure } from "../../domain/failure.ts";
import { toTimestamp } from "../../domain/time.ts";
import type { CommandModule } from "../command.ts";
import type { Context } from "../context.ts";
import { renderTable } from "../table.ts";

export const list: CommandModule = {
  declare: (command) => command,
  run: async (context) => {
    const apps = await storedApps(context);
    const { output } = context;
    output.result(() => asTable(apps, output.width), { apps: apps.map(appDocument) });
    if (apps.length === 0) output.note("No developer app is stored. Begin with: agencyiq setup x");
    return null;
  },
};

/** All stored apps; none where there is no vault yet. */
export async function storedApps(context: Context): Promise<App[]> {
  try {
    return await (await context.services.vault()).apps();
  } catch (error) {
    if (error instanceof Failure && error.code === "vault_missing") return [];
    throw error;
  }
}

export function appDocument(app: App) {
  return {
    platform: app.platform,
    issuer: app.issuer,
    credential: app.kind,
    clientId: app.clientId,
    hasSecret: app.hasSecret,
    redirectUri: app.redirectUri,
    scopes: app.scopes,
    registered: app.registered,
    updatedAt: toTimestamp(app.updatedAt),
  };
}

function asTable(apps: readonly App[], width: number): string {
  if (apps.length === 0) return "";
  const columns = [
    { title: "PLATFORM" },
    { title: "CREDENTIAL" },
    { title: "CLIENT ID", flexible: true },
    { title: "SECRET" },
    { title: "ISSUER", flexible: true },
  ];
  const rows = apps.map((app) => [
    app.platform,
    app.kind,
    app.clientId,
    app.hasSecret ? "stored" : "none",
    app.issuer ?? "",
  ]);
  return renderTable(columns, rows, width);
}
