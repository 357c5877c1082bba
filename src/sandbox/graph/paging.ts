/** Graph's lists: a page of `limit`, cursors, and the address of the next one. */
import type { Parameters } from "./parameters.ts";

export function paged<Item extends { readonly id: unknown }>(
  url: string,
  parameters: Parameters,
  items: readonly Item[],
): { readonly data: readonly Item[]; readonly paging?: unknown } {
  const limit = Math.min(100, Math.max(1, Number(parameters.text("limit") ?? 25) || 25));
  const after = parameters.text("after");
  const from = after === null ? 0 : items.findIndex(({ id }) => cursorOf(id) === after) + 1;
  const data = items.slice(from, from + limit);
  const [first, last] = [data[0], data.at(-1)];
  if (!first || !last) return { data };
  const cursors = { before: cursorOf(first.id), after: cursorOf(last.id) };
  if (from + limit >= items.length) return { data, paging: { cursors } };
  const next = new URL(url);
  next.searchParams.set("after", cursors.after);
  return { data, paging: { cursors, next: next.href } };
}

const cursorOf = (id: unknown): string => Buffer.from(`cursor ${id}`).toString("base64url");
