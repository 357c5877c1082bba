/** Which deliveries are meant: by their id, their post's id, or how either begins. */
import type { Delivery } from "../../domain/delivery.ts";
import { Failure } from "../../domain/failure.ts";
import type { StoredPost } from "../../domain/ports/post-store.ts";
import { excerpt } from "../../domain/post-notification.ts";
import type { Context } from "../context.ts";

/** The post that a text means, with the deliveries it means of it. @throws Failure `not_found`, `usage` where it could be several */
export async function pickPost(context: Context, text: string): Promise<StoredPost> {
  const wanted = text.trim().toLowerCase();
  const vault = await context.services.vault();
  const found = wanted === "" ? [] : await vault.posts({ ids: [wanted] });
  const [only] = found;
  if (!only) throw new Failure("not_found", `there is no post or delivery "${text}"`, { hint: "agencyiq posts list" });
  const deliveries = narrowed(only, wanted);
  if (found.length === 1 && deliveries) return { post: only.post, deliveries };
  const could = found.flatMap(({ post, deliveries }) =>
    deliveries.map(({ id, address }) => `${id} (${address}, “${excerpt(post.draft.text, 20)}”)`),
  );
  throw new Failure("usage", `"${text}" could mean ${could.join(", ")}`, { hint: "give more of the id" });
}

/** All of a post's, where its own id was meant; else the one; null: it could be several. */
function narrowed({ post, deliveries }: StoredPost, wanted: string): readonly Delivery[] | null {
  if (post.id.startsWith(wanted)) return deliveries;
  return deliveries.length === 1 ? deliveries : null;
}

/** Each delivery once. */
export async function pickDeliveries(context: Context, texts: readonly string[]): Promise<Delivery[]> {
  const picked = new Map<string, Delivery>();
  for (const text of texts) {
    const { deliveries } = await pickPost(context, text);
    for (const delivery of deliveries) picked.set(delivery.id, delivery);
  }
  return [...picked.values()];
}

/** As much of an id as is shown where there is little room; commands take it. */
export const shortId = (id: string): string => id.slice(0, 8);
