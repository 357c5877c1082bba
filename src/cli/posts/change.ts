/** What the commands that change deliveries have in common. */
import { overallFailure } from "../../app/overall-failure.ts";
import type { PostsRequest } from "../../app/posts.ts";
import type { Failure } from "../../domain/failure.ts";
import type { Context } from "../context.ts";
import { type Reader, tellDeliveries } from "../delivery-report.ts";

/** Has it done, here or by the daemon, and tells how each delivery stands. */
export async function changeAndTell(context: Context, request: PostsRequest, label: string): Promise<Failure | null> {
  const operations = await context.operations();
  const results = await context.output.progress(label, operations.changePosts(request));
  tellDeliveries(readerOf(context), results);
  return overallFailure(results);
}

export function readerOf({ output, services, machine }: Context): Reader {
  return { output, now: services.clock.now(), timeZone: machine.timeZone };
}
