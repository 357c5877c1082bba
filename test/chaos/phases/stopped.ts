/** 4: the holder of an account's lock is stopped for a while: nobody sends in its place. */
import { runBinary } from "../binary.ts";
import { Field } from "../field.ts";
import type { Trouble } from "../messages.ts";
import type { Stage } from "../stage.ts";
import { countCall, expectThat, newTally, type Tally } from "../tally.ts";
import { close } from "../verdict.ts";

export interface Stopping {
  /** How long the holders are stopped. */
  readonly milliseconds: number;
  /** One of them is stopped for longer than anybody waits for a lock (45 s). */
  readonly outlast: boolean;
}

export async function stopped(stage: Stage, { milliseconds, outlast }: Stopping): Promise<Tally> {
  const tally = newTally("4 stopped holders");
  // The grace is for the one that sleeps through its own time limit; nobody else needs it.
  const graces = [null, null, ...(outlast ? [{ seconds: 120, answer: "same" } as const] : [])];
  const field = new Field(stage, { label: "stopped", graces });
  await field.prepare();
  const [before = "", after = "", long] = field.addresses;
  await Promise.all([
    stopOne(stage, field, tally, { address: before, trouble: "hold-before", milliseconds, outlast: false }),
    stopOne(stage, field, tally, { address: after, trouble: "hold-after", milliseconds, outlast: false }),
    ...(long ? [stopOne(stage, field, tally, { address: long, trouble: "hold-after", milliseconds, outlast })] : []),
  ]);
  await close(stage, field, tally);
  expectThat(tally, tally.reuses === 0, `${tally.reuses} reuse events`);
  return tally;
}

interface One extends Stopping {
  readonly address: string;
  /** Where its request is when it is stopped. */
  readonly trouble: Trouble;
}

async function stopOne(stage: Stage, field: Field, tally: Tally, one: One): Promise<void> {
  const { address, trouble, milliseconds, outlast } = one;
  const { authority } = stage;
  const login = address.slice("oidc/".length);
  await authority.order(login, trouble);
  const holder = stage.startWorker(field);
  const others = [stage.startWorker(field), stage.startWorker(field)];
  await Promise.all([holder, ...others].map(({ ready }) => ready));
  const held = authority.held((request) => request.login === login);
  const holding = holder.refresh(address);
  const { held: hold } = await held;
  holder.signal("SIGSTOP");
  tally.stops += 1;
  await authority.release(hold);
  const waiting = others.map((other) => other.refresh(address));
  const binary = runBinary(stage, field, ["tokens", "refresh", "--force", address, "--json"]);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  if (outlast) {
    const { code, stdout } = await binary;
    expectThat(
      tally,
      code === 6 && stdout.includes("refresh_busy"),
      `who waits for ever ended with ${code}: ${stdout}`,
    );
  }
  const presented = await authority.presented(login);
  expectThat(tally, presented === 1, `${trouble}: ${presented} requests while the holder was stopped`);
  holder.signal("SIGCONT");
  const calls = await Promise.all([holding, ...waiting]);
  for (const call of calls) {
    const code = call?.code ?? null;
    countCall(tally, code);
    const fine = code === null || (outlast && code === "refresh_busy");
    expectThat(tally, fine, `${trouble}: ended with ${code} ${call?.message}`);
  }
  const { code, stdout } = await binary;
  if (!outlast) expectThat(tally, code === 0, `${trouble}: the binary ended with ${code}: ${stdout}`);
  await Promise.all([holder, ...others].map((worker) => worker.kill()));
}
