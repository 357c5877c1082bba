/** Reads a file that declares a platform, and tells everything that is wrong with it at once. */
import type { DeclaredPlatform } from "../domain/declared-platform.ts";
import type { PlatformFileProblem, ReadPlatform } from "../domain/ports/declared-platforms.ts";
import { readTextFile } from "./text-file.ts";

const mostBytes = 256 * 1024;

/** `variablesTaken`: the environment variables of other platforms' apps, which it must not be able to name. */
export interface PlatformFileRules {
  readonly builtIn: readonly string[];
  readonly variablesTaken: (id: string) => readonly string[];
}

/** @throws Failure `file_unreadable` */
export async function readPlatformFile(path: string, rules: PlatformFileRules): Promise<ReadPlatform> {
  const text = await readTextFile(path, mostBytes);
  const { isMap, LineCounter, parseDocument } = await import("yaml");
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map(({ message, pos }) => ({
        line: lineAt(pos[0]),
        path: "",
        problem: message.split("\n")[0] ?? "no YAML",
      })),
    };
  }
  if (!isMap(document.contents))
    return { problems: [{ line: 1, path: "", problem: "expected keys (id: …, name: …)" }] };
  const raw = plainValue(document);
  if (raw === null) return { problems: [{ line: 1, path: "", problem: "expected fewer aliases" }] };
  const { declaredIn } = await import("./platform-schema.ts");
  const read = declaredIn(raw, rules);
  if ("declared" in read) return { declared: read.declared satisfies DeclaredPlatform };
  const lineOf = (place: readonly PropertyKey[], key: string | undefined): number | null => {
    for (let length = place.length; length >= 0; length -= 1) {
      const node = document.getIn(place.slice(0, length), true);
      if (!node) continue;
      // The unknown key itself, where there is one.
      const pair = key !== undefined && isMap(node) ? node.items.find((item) => String(item.key) === key) : undefined;
      const range = ((pair?.key ?? node) as { range?: readonly number[] | null }).range;
      if (range?.[0] !== undefined) return lineAt(range[0]);
    }
    return null;
  };
  const problems: PlatformFileProblem[] = read.problems.map(({ place, key, problem }) => ({
    line: lineOf(place, key),
    path: place.map(String).join("."),
    problem,
  }));
  return { problems: problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)) };
}

/** null: its aliases would make more of it than a file may hold. */
function plainValue(document: { toJS(options: { maxAliasCount: number }): unknown }): unknown {
  try {
    return document.toJS({ maxAliasCount: 20 });
  } catch {
    return null;
  }
}
