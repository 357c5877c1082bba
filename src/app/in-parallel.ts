/** Runs `work` over `items`, at most `limit` at once; answers keep the order of the items. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  const worker = async () => {
    for (const [index, item] of waiting) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** The same with a limit for each group, and the groups side by side. */
export async function inParallelBy<Item, Result>(
  items: readonly Item[],
  groupOf: (item: Item) => string,
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const groups = new Map<string, [number, Item][]>();
  for (const entry of items.entries()) {
    const name = groupOf(entry[1]);
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  const runGroup = (group: readonly [number, Item][]) =>
    inParallel(group, limit, async ([index, item]) => {
      results[index] = await work(item);
    });
  await Promise.all([...groups.values()].map(runGroup));
  return results;
}
