import type { PublishRequest } from "../app/publish.ts";
import { Failure } from "../domain/failure.ts";

/** A post to be published, and the file it was read from; null: it was said in flags. */
export interface Wanted {
  readonly source: string | null;
  readonly request: PublishRequest;
}

/** What fails about a file names it. */
export async function inFile<Result>(source: string | null, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Failure) || source === null) throw error;
    const { code, message, hint, account } = error;
    throw new Failure(code, `${source}: ${message}`, { hint, account, cause: error });
  }
}

interface Answered {
  readonly source: string | null;
  readonly post: { readonly id: string | null; readonly key: string | null };
  readonly deliveries: readonly object[];
}

/** One post from flags as it always was; posts from files beside it one by one. */
export function answer(posts: readonly Answered[]): object {
  const [first] = posts;
  const deliveries = posts.flatMap((each) => each.deliveries);
  if (first && first.source === null) return { post: first.post, deliveries };
  return { post: posts.length === 1 ? (first?.post ?? null) : null, deliveries, posts };
}
