import { requirePlatform } from "../../app/services.ts";
import { Failure } from "../../domain/failure.ts";
import { type CommandModule, optionsOf } from "../command.ts";
import { storedApps } from "./list.ts";

interface RemoveOptions {
  readonly clientId?: string;
  readonly yes?: boolean;
}

export const remove: CommandModule = {
  declare: (command) =>
    command
      .argument("<platform>", "which platform")
      .option("--client-id <id>", "which app, where there are several")
      .option("-y, --yes", "do not ask"),
  run: async (context, input) => {
    const { clientId, yes = false } = optionsOf<RemoveOptions>(input);
    const platform = await requirePlatform(context.services, String(input.args[0]));
    const found = (await storedApps(context)).filter(
      (app) => app.platform === platform.id && (clientId === undefined || app.clientId === clientId),
    );
    const [app] = found;
    if (!app) throw new Failure("not_found", `no ${platform.name} app is stored`, { hint: "agencyiq apps list" });
    if (found.length > 1) {
      const ids = found.map((each) => each.clientId).join(", ");
      throw new Failure("usage", `there are several: ${ids}`, { hint: "choose one with --client-id ID" });
    }
    const question = `Forget the app ${app.clientId}? Its accounts can no longer be refreshed.`;
    if (!yes && !(await context.prompts.confirm(question, "--yes"))) throw new Failure("usage", "the app is kept");
    await (await context.services.vault()).removeApp(app.id);
    context.output.result(`Forgot the ${platform.name} app ${app.clientId}`, {
      platform: platform.id,
      clientId: app.clientId,
    });
    return null;
  },
};
