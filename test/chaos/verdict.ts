/** What became of the accounts of a phase, asked of both sides. */
import type { Field, Standing } from "./field.ts";
import { lookForLeaks } from "./leaks.ts";
import type { Stage } from "./stage.ts";
import { expectThat, type Tally } from "./tally.ts";

export const lostResponse = "ambiguous_lost_response";

const worksAtServer = new Set(["live", "grace"]);

/** Adds one account that is looked at to the count. */
export function judge(tally: Tally, { address, credential, report, forgiving }: Standing): void {
  const { status, reason } = credential;
  const works = worksAtServer.has(report.state);
  if (status === "reauth_required") {
    // In grace at the time, or never asked: then only we said that it is over.
    if (works || report.refusals === 0) {
      tally.wronglyDead += 1;
      tally.problems.push(
        `${address} was declared dead, but the server says ${report.state}, refused ${report.refusals} times`,
      );
    } else if (reason === lostResponse) {
      tally.labelled += 1;
      expectThat(tally, !forgiving, `${address} is lost, though its server forgives`);
    } else {
      tally.lost += 1;
      tally.problems.push(`${address} is dead for the plain reason ${reason}`);
    }
  } else if (!works) {
    tally.lost += 1;
    tally.problems.push(`${address} is ${status}, but its stored token is ${report.state} at the server`);
  }
}

/** One process that nobody kills finishes what is open. */
export async function settle(stage: Stage, field: Field): Promise<void> {
  const worker = stage.startWorker(field);
  await worker.ready;
  for (const address of field.addresses) {
    for (let tries = 0; tries < 5; tries += 1) {
      const call = await worker.refresh(address);
      if (call === null) throw new Error("the last worker was killed");
      if (call.code === null || call.code === "needs_reauth") break;
    }
  }
  await worker.kill();
}

/** After the last call: every account, the server's counts, the ledger, the vault itself, and what can be read on disk. */
export async function close(stage: Stage, field: Field, tally: Tally): Promise<void> {
  for (const standing of await field.standings()) judge(tally, standing);
  await addCounts(stage, field, tally);
  for (const damage of await field.damage()) tally.problems.push(`damaged: ${damage}`);
  await lookForLeaks(stage, field, tally);
}

async function addCounts(stage: Stage, field: Field, tally: Tally): Promise<void> {
  const counts = await stage.authority.counts(field.label);
  tally.refreshes = counts.rotations;
  tally.reuses = counts.reuses;
  // Who replays a token whose answer was lost cannot know; who does it for any other reason is wrong.
  expectThat(
    tally,
    counts.reuses <= tally.labelled,
    `${counts.reuses} reuse events, but ${tally.labelled} lost answers`,
  );
  expectThat(tally, counts.refusedAgain === 0, `${counts.refusedAgain} tokens were presented after they were refused`);
  const entries = await field.open((vault) => vault.ledger({ limit: Number.MAX_SAFE_INTEGER }));
  tally.ambiguous = entries.filter(({ action }) => action === "token.refresh_unknown").length;
  const causes = tally.kills + tally.stops + tally.faults;
  expectThat(
    tally,
    tally.ambiguous <= causes,
    `${tally.ambiguous} unknown outcomes of ${causes} kills, stops and faults`,
  );
}
