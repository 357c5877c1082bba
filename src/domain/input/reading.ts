/** Reads fields one by one, and keeps on after a mistake: all of them are told of at once. */
import { nearest } from "../nearest.ts";
import { type OptionValue, type PostOption, readOption } from "../post-option.ts";
import { canonicalName, type FieldPath, type Raw, type RawPost } from "./raw-post.ts";

/** What was given for each field, and where. */
export type Fields = ReadonlyMap<string, readonly [Raw, FieldPath]>;

export class Reading {
  readonly problems: string[] = [];
  readonly #raw: RawPost;

  constructor(raw: RawPost) {
    this.#raw = raw;
  }

  problem(path: FieldPath, what: string): void {
    const place = this.#raw.place(path);
    this.problems.push(place === "" ? what : `${place}: ${what}`);
  }

  /** Null for a field that is empty. */
  text(value: Raw, path: FieldPath): string | null {
    if (typeof value === "string") return value.trim() === "" ? null : value;
    if (value !== null) this.problem(path, `${nameOf(path)} is not a text`);
    return null;
  }

  /** A list, or one that stands for a list of one. */
  list(value: Raw): readonly Raw[] {
    if (value === null || value === "") return [];
    return Array.isArray(value) ? value : [value];
  }

  /** A list, or words with commas between them. */
  words(value: Raw, path: FieldPath): string[] {
    const parts = typeof value === "string" ? value.split(",") : this.list(value);
    return parts.map((part, index) => this.text(part, [...path, index])?.trim() ?? "").filter((word) => word !== "");
  }

  count(value: Raw, path: FieldPath): number | null {
    const text = this.text(value, path)?.trim();
    if (text === undefined) return null;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    this.problem(path, `${nameOf(path)} is not a whole number: ${text}`);
    return null;
  }

  flag(value: Raw, path: FieldPath): boolean | null {
    const text = this.text(value, path)?.trim().toLowerCase();
    if (text === undefined) return null;
    const meant = { true: true, yes: true, false: false, no: false }[text];
    if (meant === undefined) this.problem(path, `${nameOf(path)} is neither yes nor no: ${text}`);
    return meant ?? null;
  }

  /** What only one platform has; null for a field that is empty. */
  option(option: PostOption, value: Raw, path: FieldPath): OptionValue | null {
    const text = this.text(value, path);
    if (text === null) return null;
    const read = readOption(option, text, this.#raw.resolve);
    if ("value" in read) return read.value;
    this.problem(path, read.problem);
    return null;
  }

  file(value: Raw, path: FieldPath): string | null {
    const text = this.text(value, path)?.trim();
    if (text === undefined) return null;
    if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return this.#raw.resolve(text);
    this.problem(path, `${text} is an address: only files of this machine are sent`);
    return null;
  }

  /** Each known field once, by its canonical name; the others are problems. */
  fields(map: ReadonlyMap<string, Raw>, path: FieldPath, known: readonly string[]): Fields {
    const found = new Map<string, readonly [Raw, FieldPath]>();
    for (const [written, value] of map) {
      const name = canonicalName(written);
      const at = [...path, written];
      if (!known.includes(name)) this.problem(at, unknown("key", written, known));
      else if (found.has(name)) this.problem(at, `${name} is given twice`);
      else found.set(name, [value, at]);
    }
    return found;
  }
}

export function unknown(kind: "key" | "column", written: string, known: readonly string[]): string {
  const suggestion = nearest(canonicalName(written), known);
  return `unknown ${kind} "${written}"${suggestion ? `; did you mean ${suggestion}?` : ""}`;
}

function nameOf(path: FieldPath): string {
  return path.filter((step) => typeof step === "string").join(" ") || "it";
}
