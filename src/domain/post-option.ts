/** What only one platform has: named, described and read by its definition. */
import type { MediaFile } from "./post.ts";

/** Something that only this platform has: `--option youtube.category=22`, or `category: 22` in a post file's part for it. */
export interface PostOption {
  /** In lower case, words joined by hyphens. */
  readonly name: string;
  readonly say: string;
  /** `instant`: as `--at` takes it. `file`: a path. A list: one of these words. */
  readonly takes: "flag" | "text" | "number" | "instant" | "file" | readonly string[];
}

/** A flag, a word, a number, an instant (milliseconds), or a file. */
export type OptionValue = boolean | string | number | MediaFile;

/** What options there are, by platform. */
export type PlatformOptions = Readonly<Record<string, readonly PostOption[]>>;

/**
 * A value as somebody wrote it. An instant stays the text that it is: who reads it must know the zone.
 * `resolve`: a path as it is meant from where it is written.
 */
export function readOption(
  { name, takes }: PostOption,
  written: string,
  resolve: (path: string) => string,
): { readonly value: OptionValue } | { readonly problem: string } {
  const text = written.trim();
  // A text may begin with spaces.
  const value = takes === "text" ? written : read(takes, text, resolve);
  return value === undefined ? { problem: `${name} takes ${inWords(takes)}, not "${text}"` } : { value };
}

function read(takes: PostOption["takes"], text: string, resolve: (path: string) => string): OptionValue | undefined {
  if (typeof takes === "object") return takes.find((word) => word.toLowerCase() === text.toLowerCase());
  switch (takes) {
    case "flag":
      return { true: true, yes: true, false: false, no: false }[text.toLowerCase()];
    case "number":
      return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
    case "file":
      return /^$|^[a-z][a-z0-9+.-]+:\/\//i.test(text) ? undefined : { file: resolve(text), alt: null };
    default:
      return text === "" ? undefined : text;
  }
}

/** For people: "yes or no", "a number", "one of: reel, story". */
export function inWords(takes: PostOption["takes"]): string {
  if (typeof takes === "object") return `one of: ${takes.join(", ")}`;
  return { flag: "yes or no", text: "a text", number: "a number", instant: "a time, as --at", file: "a file" }[takes];
}
