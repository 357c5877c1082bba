import { daysLeft, placesLeft, type Standing } from "../../domain/cycle.ts";
import { Failure } from "../../domain/failure.ts";
import { type Instant, relativeTime } from "../../domain/time.ts";
import { cycleDocument, requireOne, vaultIfAny } from "../brands/describe.ts";
import type { CommandModule } from "../command.ts";
import type { Context } from "../context.ts";
import { renderTable } from "../table.ts";

export const status: CommandModule = {
  declare: (command) =>
    command
      .argument("[brand]", "which brand (default: all that have cycles)")
      .addHelpText("after", "\nExamples:\n  agencyiq cycle status\n  agencyiq cycle status globex --json"),
  run: async (context, input) => {
    const found = await standingsOf(context, input.args[0] as string | undefined);
    const { output } = context;
    const now = context.services.clock.now();
    output.result(
      () => asTable(found, now, output.width),
      () => ({ cycles: found.map((standing) => cycleDocument(standing, now)) }),
    );
    if (found.length === 0) {
      output.note("No brand has a posting cycle. Begin with: agencyiq brands set BRAND --cycle-start YYYY-MM-DD");
    }
    return null;
  },
};

async function standingsOf(context: Context, brand: string | undefined): Promise<Standing[]> {
  const vault = brand === undefined ? await vaultIfAny(context) : await context.services.vault();
  if (!vault) return [];
  const found = await vault.standings(context.services.clock.now(), brand);
  if (brand === undefined || found.length > 0) return found;
  const { id } = requireOne(await vault.brands(), brand);
  throw new Failure("not_found", `brand "${id}" has no posting cycle`, {
    hint: `agencyiq brands set ${id} --cycle-start YYYY-MM-DD --quota 20`,
  });
}

/** In one line, for `brands show`. */
export function cycleText(standing: Standing, now: Instant): string {
  const { plan, cycle, use } = standing;
  const left = placesLeft(plan, use);
  const note = noteOf(standing, now);
  return [
    `${cycle.firstDay} to ${cycle.lastDay}`,
    `${usedText(standing)} used`,
    `${use.scheduled} scheduled`,
    ...(left === null ? [] : [`${left} left`]),
    `${daysLeft(plan, cycle, now)} days left`,
    ...(note === "" ? [] : [note]),
  ].join(", ");
}

function asTable(standings: readonly Standing[], now: Instant, width: number): string {
  if (standings.length === 0) return "";
  const columns = [
    { title: "BRAND" },
    { title: "CYCLE" },
    { title: "USED" },
    { title: "SCHEDULED" },
    { title: "LEFT" },
    { title: "DAYS LEFT" },
    { title: "NOTE", flexible: true },
  ];
  const rows = standings.map((standing) => {
    const { brand, plan, cycle, use } = standing;
    return [
      brand,
      `${cycle.firstDay} to ${cycle.lastDay}`,
      usedText(standing),
      String(use.scheduled),
      placesLeft(plan, use)?.toString() ?? "no quota",
      String(daysLeft(plan, cycle, now)),
      noteOf(standing, now),
    ];
  });
  return renderTable(columns, rows, width);
}

function usedText({ plan, use }: Standing): string {
  return plan.quota === null ? String(use.used) : `${use.used} of ${plan.quota}`;
}

function noteOf({ begun, cycle, use }: Standing, now: Instant): string {
  const notes = [
    ...(begun ? [] : [`begins ${relativeTime(cycle.from, now)}`]),
    ...(use.waiting > 0 ? [`${use.waiting} under way or unknown`] : []),
  ];
  return notes.join(", ");
}
