/** A post as somebody wrote it down: names and texts, not yet understood. */

/** YAML without types, or the cells of a table: what `01` or `yes` means, the field decides. */
export type Raw = string | null | readonly Raw[] | ReadonlyMap<string, Raw>;

export type FieldPath = readonly (string | number)[];

export interface RawPost {
  /** For people: `posts/monday.md`, `calendar.csv line 3`. */
  readonly source: string;
  readonly fields: ReadonlyMap<string, Raw>;
  /** What is said, where it is not a field. */
  readonly body: string;
  /** Where a field stands: `line 4`, `column "at"`. */
  readonly place: (path: FieldPath) => string;
  /** A path as it is meant from where it is written. */
  readonly resolve: (path: string) => string;
}

/** `replyTo`, `reply_to` and `Reply to` are all `reply-to`. */
export function canonicalName(name: string): string {
  return name
    .trim()
    .replace(/([a-z])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replace(/[_\s]+/g, "-");
}
