/** Which command the words of a command line mean. Pure, and without loading any of them. */
import { Failure } from "../domain/failure.ts";
import { nearest } from "../domain/nearest.ts";
import type { CommandEntry } from "./command.ts";

export type Route =
  | { readonly kind: "command"; readonly entry: CommandEntry; readonly rest: readonly string[] }
  | { readonly kind: "help"; readonly group: string | null }
  | { readonly kind: "version" };

const globalFlags = new Set(["--json", "--quiet", "-q", "--debug"]);

/** @throws Failure `unknown_command` */
export function route(entries: readonly CommandEntry[], argv: readonly string[]): Route {
  // Global flags may stand before the command: they belong to it all the same.
  const leading = argv.findIndex((word) => !globalFlags.has(word));
  const words = leading === -1 ? [] : argv.slice(leading);
  const flags = leading === -1 ? argv : argv.slice(0, leading);
  const [first, second] = words;
  if (first === undefined || first === "--help" || first === "-h") return { kind: "help", group: null };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first === "help") return helpFor(entries, words.slice(1));
  const exact = entries.find(({ path }) => path === `${first} ${second}` || path === first);
  if (exact) return { kind: "command", entry: exact, rest: [...flags, ...words.slice(exact.path.split(" ").length)] };
  return routeGroup(entries, first, words.slice(1), flags);
}

function routeGroup(
  entries: readonly CommandEntry[],
  first: string,
  rest: readonly string[],
  flags: readonly string[],
): Route {
  const group = entries.filter(({ path }) => path.startsWith(`${first} `));
  const [second] = rest;
  if (group.length === 0) throw unknownCommand(entries, first);
  if (second === "--help" || second === "-h") return { kind: "help", group: first };
  const fallback = group.find((entry) => entry.groupDefault);
  if (fallback && (second === undefined || second.startsWith("-"))) {
    return { kind: "command", entry: fallback, rest: [...flags, ...rest] };
  }
  if (second === undefined) return { kind: "help", group: first };
  throw unknownCommand(group, `${first} ${second}`);
}

function helpFor(entries: readonly CommandEntry[], words: readonly string[]): Route {
  const [first] = words;
  if (first === undefined) return { kind: "help", group: null };
  const entry = entries.find(({ path }) => path === words.slice(0, 2).join(" ") || path === first);
  if (entry) return { kind: "command", entry, rest: ["--help"] };
  if (entries.some(({ path }) => path.startsWith(`${first} `))) return { kind: "help", group: first };
  throw unknownCommand(entries, first);
}

function unknownCommand(entries: readonly CommandEntry[], typed: string): Failure {
  const names = typed.includes(" ")
    ? entries.map(({ path }) => path)
    : [...new Set(entries.map(({ path }) => path.split(" ")[0] ?? path))];
  const suggestion = nearest(typed, names);
  return new Failure("unknown_command", `there is no command "${typed}"`, {
    hint: suggestion ? `did you mean: agencyiq ${suggestion}` : "agencyiq --help lists them",
  });
}
