import { toFailure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";

/** Tells now what there is to tell. What cannot be sent waits, and is no failure of the command that it came of. */
export async function tellOwner({ operations, output, signal }: Context): Promise<void> {
  try {
    const told = await (await operations()).tell({ signal });
    const failed = new Map(told.flatMap(({ channel, error }) => (error === null ? [] : [[channel, error]])));
    for (const [channel, error] of failed) {
      output.warn(`a notification through ${channel} was not sent: ${error}; see: agencyiq notify log`);
    }
  } catch (error) {
    output.warn(`notifications wait: ${toFailure(error).message}`);
  }
}
