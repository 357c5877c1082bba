/** Posts sent, or written down for later, and what became of each. */
import { overallFailure } from "../app/overall-failure.ts";
import { requirePlaceForEach } from "../app/publish.ts";
import type { PublishResult } from "../app/publish-post.ts";
import { Failure, type FailureCategory } from "../domain/failure.ts";
import { showInZone } from "../domain/zoned-time.ts";
import { unfit } from "./checked-posts.ts";
import type { Context } from "./context.ts";
import { deliveryDocument, deliveryLine, tellFailures } from "./delivery-report.ts";
import { look } from "./dry-run.ts";
import { uploadBar, uploadLines } from "./upload-bar.ts";
import { answer, inFile, type Wanted, zoneOf } from "./wanted-post.ts";

interface Telling {
  /** A line for each step of an upload. */
  readonly lines: boolean;
}

/** What became of one post; a failure by itself is one before its deliveries. */
interface Sent {
  readonly wanted: Wanted;
  readonly result: PublishResult | null;
  readonly failure: Failure | null;
}

/** Whether the next post can fare better. */
const othersMayGo: ReadonlySet<FailureCategory> = new Set(["usage", "refused", "later", "unknown_outcome"]);

/** One after another, each to all of its accounts at once. */
export async function sendPosts(
  context: Context,
  wanted: readonly Wanted[],
  telling: Telling,
): Promise<Failure | null> {
  // One post is looked at by whoever sends it; of several, all before the first is written down.
  if (wanted.length > 1) await requireAll(context, wanted);
  const sent: Sent[] = [];
  for (const one of wanted) {
    const label = wanted.length > 1 ? `publishing ${sent.length + 1} of ${wanted.length}` : "publishing";
    const done = await sendOne(context, one, label, telling);
    sent.push(done);
    if (done.failure && !othersMayGo.has(done.failure.category)) break;
  }
  if (wanted.length === 1 && sent[0]?.failure) throw sent[0].failure;
  tell(context, sent, wanted.length);
  return overallFailure(sent.flatMap(outcomesOf));
}

async function requireAll(context: Context, wanted: readonly Wanted[]): Promise<void> {
  const failure = unfit(await look(context, wanted));
  if (failure) throw failure;
  await requirePlaceForEach(
    context.services,
    wanted.map(({ request }) => request),
  );
}

async function sendOne(context: Context, wanted: Wanted, label: string, { lines }: Telling): Promise<Sent> {
  const { output } = context;
  const { source, request } = wanted;
  try {
    const operations = await context.operations();
    const result = await inFile(source, () =>
      lines
        ? operations.publish(request, uploadLines(output))
        : output.progress(label, (say) => operations.publish(request, uploadBar(say))),
    );
    return { wanted, result, failure: null };
  } catch (error) {
    if (error instanceof Failure) return { wanted, result: null, failure: error };
    throw error;
  }
}

function outcomesOf({ result, failure }: Sent): readonly { readonly failure: Failure | null }[] {
  return result?.results ?? [{ failure }];
}

function tell(context: Context, sent: readonly Sent[], wanted: number): void {
  const { output } = context;
  output.result(
    () => sent.flatMap((one) => linesOf(context, one)).join("\n"),
    () => answer(sent.map(documentOf)),
  );
  for (const one of sent) noteWhatIsContinued(context, one);
  tellFailures(
    output,
    sent.flatMap(({ result }) => result?.results ?? []),
    sent.flatMap(outcomesOf),
  );
  if (sent.length < wanted) output.warn(`${wanted - sent.length} of ${wanted} posts were not tried`);
}

function linesOf(context: Context, { wanted, result }: Sent): string[] {
  const { output, services } = context;
  const reader = { output, now: services.clock.now(), timeZone: () => zoneOf(context, wanted.request) };
  const lead = wanted.source === null ? "" : `${wanted.source}: `;
  return (result?.results ?? []).map((each) => `${lead}${deliveryLine(each, reader)}`);
}

function documentOf({ wanted, result, failure }: Sent) {
  return {
    source: wanted.source,
    post: result ? { id: result.post.id, key: result.post.key } : { id: null, key: wanted.request.key },
    deliveries: (result?.results ?? []).map(deliveryDocument),
    ...(failure ? { error: { code: failure.code, message: failure.message, hint: failure.hint ?? null } } : {}),
  };
}

function noteWhatIsContinued(context: Context, { wanted, result }: Sent): void {
  if (!result?.existing || wanted.request.key !== null) return;
  const since = showInZone(result.post.createdAt, zoneOf(context, wanted.request));
  context.output.note(`Went on with the post of ${since}: the same words, not out everywhere.`);
}
