import { requirePlatform } from "../../app/services.ts";
import type { Platform } from "../../platforms/platform.ts";
import type { CommandModule } from "../command.ts";
import { renderTable } from "../table.ts";

export const list: CommandModule = {
  declare: (command) => command,
  run: async (context) => {
    const { output, services } = context;
    const platforms = await Promise.all(services.platformIds.map((id) => requirePlatform(services, id)));
    output.result(() => asTable(platforms, output.width), {
      platforms: platforms.map(({ id, name, site, publish, methods }) => ({
        platform: id,
        name,
        site,
        publishes: publish !== undefined,
        credentials: methods.map((method) => method.id),
      })),
    });
    return null;
  },
};

function asTable(platforms: readonly Platform[], width: number): string {
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
    publish ? "yes" : "tokens only",
  ]);
  return renderTable(columns, rows, width);
}
