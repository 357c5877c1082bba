import { declaredPlatforms, knownPlatforms, requirePlatform } from "../../app/services.ts";
import type { Platform } from "../../platforms/platform.ts";
import type { CommandModule } from "../command.ts";
import { renderTable } from "../table.ts";

export const list: CommandModule = {
  declare: (command) => command,
  run: async (context) => {
    const { output, services } = context;
    const platforms = await Promise.all((await knownPlatforms(services)).map((id) => requirePlatform(services, id)));
    output.result(() => asTable(platforms, services.platformIds, output.width), {
      platforms: platforms.map(({ id, name, site, publish, methods }) => ({
        platform: id,
        name,
        site,
        declared: !services.platformIds.includes(id),
        publishes: publish !== undefined,
        credentials: methods.map((method) => method.id),
      })),
    });
    for (const { id } of await declaredPlatforms(services)) {
      // An upgrade brought it. Its file cannot be meant any more.
      if (services.platformIds.includes(id))
        output.warn(`${id} is built in now, and your file for it is passed over: agencyiq platforms remove ${id}`);
    }
    return null;
  },
};

function asTable(platforms: readonly Platform[], builtIn: readonly string[], width: number): string {
  const columns = [
    { title: "PLATFORM" },
    { title: "NAME", flexible: true },
    { title: "CONNECT" },
    { title: "PUBLISH" },
  ];
  const rows = platforms.map(({ id, name, methods, publish }) => [
    id,
    name,
    methods.map((method) => method.id).join(", "),
    publish ? "yes" : `tokens only${builtIn.includes(id) ? "" : " (from a file)"}`,
  ]);
  return renderTable(columns, rows, width);
}
