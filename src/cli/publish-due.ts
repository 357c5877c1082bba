import { sendDueOnce } from "../app/due-posts.ts";
import { overallFailure } from "../app/overall-failure.ts";
import { unattended } from "../app/unattended.ts";
import type { Failure } from "../domain/failure.ts";
import type { Context } from "./context.ts";
import { tellDeliveries } from "./delivery-report.ts";

/** `publish --due`, for cron: sends what is due. Says nothing where nothing was. */
export async function publishDue({ services, output, signal, machine }: Context): Promise<Failure | null> {
  const results = await output.progress(
    "sending what is due",
    services.uninterrupted(() => sendDueOnce(unattended(services), { signal })),
  );
  if (results === null) {
    // For a cron line beside a daemon, or one that takes longer than a minute, this is as it should be.
    output.result("another process sends what is due; the work is left to it", { deliveries: [], daemon: true });
    return null;
  }
  tellDeliveries({ output, now: services.clock.now(), timeZone: machine.timeZone }, results);
  return overallFailure(results);
}
