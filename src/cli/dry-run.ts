/** What would go where: everything is checked, counted and measured, and nothing is sent. */
import { checkPost } from "../app/check-post.ts";
import { requirePlaceForEach } from "../app/publish.ts";
import { Failure } from "../domain/failure.ts";
import { checkedDocuments, checkedLines, type Looked, unfit } from "./checked-posts.ts";
import type { Context } from "./context.ts";
import { answer, inFile, type Wanted } from "./wanted-post.ts";

export async function look(context: Context, wanted: readonly Wanted[]): Promise<Looked[]> {
  const looked: Looked[] = [];
  for (const { source, request } of wanted) {
    const checked = await inFile(source, () => checkPost(context.services, request));
    looked.push({ source, key: request.key, checked });
  }
  return looked;
}

export async function dryRun(context: Context, wanted: readonly Wanted[]): Promise<Failure | null> {
  const looked = await look(context, wanted);
  context.output.result(
    () => checkedLines(looked),
    () =>
      answer(
        looked.map((one) => ({
          source: one.source,
          post: { id: null, key: one.key },
          deliveries: checkedDocuments(one),
        })),
      ),
  );
  const failure = unfit(looked);
  if (failure) return failure;
  try {
    await requirePlaceForEach(
      context.services,
      wanted.map(({ request }) => request),
    );
    return null;
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}
