import { dirname, resolve } from "node:path";
import type { LineCounter as Lines } from "yaml";
import { Failure } from "../domain/failure.ts";
import type { FieldPath, Raw, RawPost } from "../domain/input/raw-post.ts";
import type { PostFiles } from "../domain/ports/post-files.ts";
import { readTextFile } from "./text-file.ts";

const mostBytes = 1024 * 1024;

export const postFiles: PostFiles = {
  read: async (path) => parsePost(await readTextFile(path, mostBytes), path, dirname(path)),
  parse: (text, source) => parsePost(text, source, "."),
  readTable: async (path) => (await import("./post-tables.ts")).readTable(path),
};

async function parsePost(text: string, source: string, folder: string): Promise<RawPost> {
  const paths = { source, resolve: (path: string) => resolve(folder, path) };
  const parts = frontMatter(text);
  if (parts === null) return { ...paths, fields: new Map(), body: text, place: () => "" };
  if (parts.body === null) throw invalid(source, "line 1", "the front matter has no end: a line of ---");
  const { fields, place } = await parseYaml(parts.yaml, source);
  return { ...paths, fields, body: parts.body, place };
}

/** Between two lines of `---`, the first of them at the very beginning. */
function frontMatter(text: string): { yaml: string; body: string | null } | null {
  const opening = /^\uFEFF?---[ \t]*\r?\n/.exec(text);
  if (!opening) return null;
  const rest = text.slice(opening[0].length);
  const closing = /^(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/m.exec(rest);
  if (!closing) return { yaml: rest, body: null };
  return { yaml: rest.slice(0, closing.index), body: rest.slice(closing.index + closing[0].length) };
}

/** The opening line. */
const linesBefore = 1;

async function parseYaml(yaml: string, source: string): Promise<Pick<RawPost, "fields" | "place">> {
  const { isMap, LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  // Without types: a title of 2026 and a key of 007 are what was typed.
  const document = parseDocument(yaml, {
    schema: "failsafe",
    customTags: ["null"],
    lineCounter,
    prettyErrors: false,
    logLevel: "silent",
  });
  const line = (offset: number) => `line ${lineAt(lineCounter, offset)}`;
  const [error] = document.errors;
  if (error) throw invalid(source, line(error.pos[0]), error.message);
  if (document.contents === null) return { fields: new Map(), place: () => "" };
  if (!isMap(document.contents)) throw invalid(source, line(0), "the front matter is not made of keys (key: value)");
  const place = (path: FieldPath): string => {
    for (let length = path.length; length > 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true) as { range?: readonly number[] } | undefined;
      if (node?.range?.[0] !== undefined) return line(node.range[0]);
    }
    return "";
  };
  try {
    return { fields: document.toJS({ mapAsMap: true, maxAliasCount: 100 }) as ReadonlyMap<string, Raw>, place };
  } catch (cause) {
    throw invalid(source, "line 2", "too many aliases", cause);
  }
}

function lineAt(lines: Lines, offset: number): number {
  return lines.linePos(offset).line + linesBefore;
}

function invalid(source: string, place: string, message: string, cause?: unknown): Failure {
  const [first = ""] = message.split("\n");
  return new Failure("post_file_invalid", `${source} ${place}: ${first}`, {
    hint: "docs/post-files.md shows how a post is written",
    cause,
  });
}
