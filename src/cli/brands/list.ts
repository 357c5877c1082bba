import type { KeptBrand } from "../../domain/ports/brand-book.ts";
import type { CommandModule } from "../command.ts";
import { renderTable } from "../table.ts";
import { brandDocument, vaultIfAny } from "./describe.ts";

export const list: CommandModule = {
  declare: (command) => command.addHelpText("after", "\nExample:\n  agencyiq brands --json"),
  run: async (context) => {
    const brands = (await (await vaultIfAny(context))?.brands()) ?? [];
    const { output } = context;
    output.result(
      () => asTable(brands, output.width),
      () => ({ brands: brands.map(brandDocument) }),
    );
    if (brands.length === 0)
      output.note("There is no brand yet. Begin with: agencyiq brands add NAME, or agencyiq setup x");
    return null;
  },
};

function asTable(brands: readonly KeptBrand[], width: number): string {
  if (brands.length === 0) return "";
  const columns = [
    { title: "BRAND" },
    { title: "NAME", flexible: true },
    { title: "ACCOUNTS" },
    { title: "CYCLE" },
    { title: "QUOTA" },
    { title: "TIME ZONE" },
  ];
  const rows = brands.map(({ id, name, accounts, cycle, timeZone }) => [
    id,
    name ?? "",
    String(accounts),
    cycle ? `${cycle.days} d from ${cycle.start}` : "",
    cycle?.quota?.toString() ?? "",
    timeZone ?? "",
  ]);
  return renderTable(columns, rows, width);
}
