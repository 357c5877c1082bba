import { type PlannedJob, planJob } from "../../app/keep-alive-job.ts";
import { Failure } from "../../domain/failure.ts";
import type { KeyCredential } from "../../domain/ports/scheduler.ts";
import type { CommandInput } from "../command.ts";
import type { Context } from "../context.ts";
import { keySourceOptions } from "../vault/key-source-flags.ts";

interface Wish {
  /** Minutes; null: the daemon. */
  readonly every: number | null;
  readonly credential: KeyCredential | null;
}

/** The job for this vault, by the key flags and the environment. @throws Failure `vault_missing`, and what `planJob` throws */
export async function planFor(context: Context, input: CommandInput, { every, credential }: Wish): Promise<PlannedJob> {
  const { program, surroundings, pathForCommand } = await context.scheduling();
  const { exists, path, id, slots } = await (await context.administration.custody()).status();
  if (!exists) {
    throw new Failure("vault_missing", `there is no vault at ${path}`, {
      hint: "agencyiq vault init --key-file ~/.config/agencyiq.key",
    });
  }
  return planJob({
    home: context.machine.home,
    vaultId: id ?? "",
    slots,
    named: { ...context.administration.namedKey(keySourceOptions(input)), credential },
    every,
    program,
    surroundings: surroundings.kept,
    pathForCommand,
  });
}
