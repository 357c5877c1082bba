/** The rows of a table as posts: a column is a field, and pairs of columns say what a list says in a post file. */
import type { PlatformOptions, PostOption } from "../post-option.ts";
import { contentFieldNames, postFieldNames, requireNone } from "./post-input.ts";
import { canonicalName, type FieldPath, type Raw, type RawPost } from "./raw-post.ts";
import { unknown } from "./reading.ts";

export interface TableRow {
  /** Of the file, where the row begins; the first is 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface Table {
  readonly source: string;
  readonly header: TableRow;
  readonly rows: readonly TableRow[];
  readonly resolve: (path: string) => string;
}

/** Columns that may stand several times, each adding to the same list; `alt` is of the file before it. */
const repeated = ["image", "images", "alt", "then", "poll"];
const onlyInTables = ["then", "poll-minutes"];

interface Column {
  /** As it is written, for messages. */
  readonly title: string;
  readonly platform: string | null;
  readonly name: string;
}

/** @throws Failure `post_file_invalid` naming every column that nobody knows */
export function rawPostsOf(table: Table, platforms: readonly string[], options: PlatformOptions = {}): RawPost[] {
  const columns = table.header.cells.map((title) => columnOf(title, platforms));
  const known = { platforms, options };
  const problems = columns.flatMap((column, index) => columnProblems(column, columns.slice(0, index), known));
  requireNone(problems.map((problem) => `${table.source} line ${table.header.line}: ${problem}`));
  return table.rows
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ""))
    .map((row) => rawPostOf(table, row, columns));
}

/** `text`, or `x.text` for what is said on X only. */
function columnOf(title: string, platforms: readonly string[]): Column {
  const [first = "", ...rest] = title.split(".");
  const platform = canonicalName(first);
  if (rest.length > 0 && platforms.includes(platform)) {
    return { title, platform, name: canonicalName(rest.join(".")) };
  }
  return { title, platform: null, name: canonicalName(title) };
}

interface Known {
  readonly platforms: readonly string[];
  readonly options: PlatformOptions;
}

function columnProblems(column: Column, before: readonly Column[], { platforms, options }: Known): string[] {
  const { title, platform, name } = column;
  const own = platform === null ? postFieldNames : [...contentFieldNames, ...optionNames(options[platform])];
  const names = [...own, ...onlyInTables];
  if (title.trim() === "") return ["a column has no name"];
  if (!names.includes(name)) {
    const known = platform === null ? [...names, ...platforms.map((id) => `${id}.text`)] : names;
    return [unknown("column", platform === null ? title : name, known)];
  }
  const twice = before.some((other) => other.platform === platform && other.name === name);
  return twice && !repeated.includes(name) ? [`the column "${title}" is there twice`] : [];
}

const optionNames = (options: readonly PostOption[] = []) => options.map(({ name }) => name);

/** The platforms that have a column of their own. */
export function platformsIn({ header }: Table, platforms: readonly string[]): string[] {
  const own = header.cells.map((title) => columnOf(title, platforms).platform);
  return [...new Set(own.filter((id) => id !== null))];
}

function rawPostOf({ source, resolve }: Table, { line, cells }: TableRow, columns: readonly Column[]): RawPost {
  const row = new Row();
  columns.forEach((column, index) => {
    const value = cells[index] ?? "";
    if (value.trim() !== "") row.add(column, value);
  });
  return {
    source: `${source} line ${line}`,
    fields: row.fields(),
    body: "",
    place: (path) => row.place(path),
    resolve,
  };
}

/** What a row says in one place: for all platforms, or for one. */
class Row {
  readonly #scopes = new Map<string | null, Map<string, Raw>>();
  /** Which column a field came from, by its path. */
  readonly #titles = new Map<string, string>();

  add({ title, platform, name }: Column, value: string): void {
    const scope = this.#scopes.get(platform) ?? new Map<string, Raw>();
    this.#scopes.set(platform, scope);
    const path = platform === null ? [] : [platform];
    const mark = (...steps: FieldPath) => this.#titles.set([...path, ...steps].join("\n"), title);
    const push = (list: string, item: Raw) => {
      const items = listIn(scope, list);
      scope.set(list, [...items, item]);
      mark(list, items.length);
    };
    if (name === "image" || name === "images") push("images", new Map([["file", value]]));
    else if (name === "alt") this.#describe(scope, value, () => mark("alt"));
    else if (name === "then") push("thread", value);
    else if (name === "poll" || name === "poll-minutes") {
      const poll = new Map((scope.get("poll") as ReadonlyMap<string, Raw> | undefined) ?? []);
      const options = listIn(poll, "options");
      if (name === "poll-minutes") poll.set("minutes", value);
      else poll.set("options", [...options, value]);
      scope.set("poll", poll);
      mark("poll", ...(name === "poll-minutes" ? ["minutes"] : ["options", options.length]));
    } else {
      scope.set(name, value);
      mark(name);
    }
  }

  /** The alternative text of the file that stands before it. */
  #describe(scope: Map<string, Raw>, value: string, mark: () => void): void {
    const images = listIn(scope, "images");
    const last = images.at(-1);
    const video = scope.get("video") ?? null;
    if (last instanceof Map) scope.set("images", [...images.slice(0, -1), new Map([...last, ["alt", value]])]);
    else if (typeof video === "string") {
      scope.set(
        "video",
        new Map([
          ["file", video],
          ["alt", value],
        ]),
      );
    } else {
      // Told of as an alternative text without a picture.
      scope.set("alt", value);
      mark();
    }
  }

  fields(): ReadonlyMap<string, Raw> {
    const fields = new Map<string, Raw>(this.#scopes.get(null) ?? []);
    for (const [platform, scope] of this.#scopes) if (platform !== null) fields.set(platform, scope);
    return fields;
  }

  place(path: FieldPath): string {
    for (let length = path.length; length > 0; length -= 1) {
      const title = this.#titles.get(path.slice(0, length).join("\n"));
      if (title !== undefined) return `column "${title}"`;
    }
    return "";
  }
}

function listIn(map: ReadonlyMap<string, Raw>, name: string): readonly Raw[] {
  const list = map.get(name);
  return Array.isArray(list) ? list : [];
}
