/** Comma-separated values (RFC 4180), as people's spreadsheets write them. */
import { dirname, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { Table, TableRow } from "../domain/input/post-columns.ts";
import { readTextFile } from "./text-file.ts";

const mostBytes = 16 * 1024 * 1024;

export async function readTable(path: string): Promise<Table> {
  const [header, ...rows] = await parseRows(await readTextFile(path, mostBytes), path);
  if (!header) throw invalid(path, "line 1: there is no line with the names of the columns");
  return { source: path, header, rows, resolve: (file) => resolve(dirname(path), file) };
}

interface ParsedRow {
  readonly record: readonly string[];
  /** `lines`: how many have been read when the record ends. */
  readonly info: { readonly lines: number };
}

async function parseRows(text: string, path: string): Promise<TableRow[]> {
  const { CsvError, parse } = await import("csv-parse/sync");
  try {
    const parsed = parse(text, {
      bom: true,
      info: true,
      delimiter: delimiterOf(text),
      relax_column_count_less: true,
    }) as unknown as readonly ParsedRow[];
    return withLines(parsed);
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    const [first = ""] = cause.message.split("\n");
    throw invalid(path, `line ${cause["lines"]}: ${mistakes[cause.code] ?? first}`, cause);
  }
}

const mistakes: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened before it, and never closed",
  CSV_RECORD_INCONSISTENT_FIELDS_LENGTH: "it has more cells than there are columns",
  CSV_INVALID_CLOSING_QUOTE: 'a quote ends in the middle of a cell (a quote itself is written "")',
  INVALID_OPENING_QUOTE: "a quote begins in the middle of a cell",
};

/** A quoted cell may hold line ends: a record begins after the lines of those before it. */
function withLines(parsed: readonly ParsedRow[]): TableRow[] {
  return parsed.map(({ record }, index) => ({ line: (parsed[index - 1]?.info.lines ?? 0) + 1, cells: record }));
}

/** Spreadsheets of many countries write semicolons; some people copy columns with tabs. */
function delimiterOf(text: string): string {
  const [first = ""] = text.split(/\r?\n/, 1);
  const count = (mark: string) => first.split(mark).length;
  return [",", ";", "\t"].reduce((best, mark) => (count(mark) > count(best) ? mark : best));
}

function invalid(path: string, why: string, cause?: unknown): Failure {
  return new Failure("post_file_invalid", `${path} ${why}`, {
    hint: "docs/post-files.md shows how a table is written",
    cause,
  });
}
