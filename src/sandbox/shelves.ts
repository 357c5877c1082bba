/** What one platform's twin keeps and no other knows of: forgotten with everything else at a reset. */
export class Shelves {
  readonly #shelves = new Map<string, Map<string, unknown>>();

  /** The same map for the same name, until a reset empties it. */
  of<Kept>(name: string): Map<string, Kept> {
    const shelf = this.#shelves.get(name) ?? new Map<string, unknown>();
    this.#shelves.set(name, shelf);
    return shelf as Map<string, Kept>;
  }

  clear(): void {
    for (const shelf of this.#shelves.values()) shelf.clear();
  }
}
