/** 9: every file a phase left, searched for every token the server ever gave, in every dress a secret could leave in. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dressesOf } from "../security/dresses.ts";
import type { Field } from "./field.ts";
import type { Stage } from "./stage.ts";
import type { Tally } from "./tally.ts";

/** So many characters of a token, or of a dress of it, are a leak: a random text does not hold them. */
const telling = 16;
/** What a dress is made of: enough for `telling` characters of it. */
const beginning = 24;

export class Needles {
  readonly #needles = new Set<string>();

  constructor(tokens: readonly string[]) {
    for (const token of tokens)
      for (const dress of dressesOf(token.slice(0, beginning))) this.#needles.add(dress.slice(0, telling));
  }

  get size(): number {
    return this.#needles.size;
  }

  /** How many tokens a text holds. */
  in(text: string): number {
    let found = 0;
    for (const [run] of text.matchAll(/[\w+/%=-]{16,}/g)) {
      for (let at = 0; at + telling <= run.length; at += 1)
        if (this.#needles.has(run.slice(at, at + telling))) found += 1;
    }
    return found;
  }
}

interface Left {
  readonly path: string;
  readonly content: Buffer;
}

/** What is on disk of a phase now: the vault's folder (its write-ahead log too, as long as a process has it open) and the logs. */
export function whatIsLeft(stage: Stage, field: Field): Left[] {
  const paths = [...filesBelow(field.home), join(stage.folder, "logs", `${field.label}.log`)];
  return paths.map((path) => ({ path, content: readFileSync(path) }));
}

/** Searches it for tokens in clear. */
export async function lookForLeaks(
  stage: Stage,
  field: Field,
  tally: Tally,
  left: readonly Left[] = whatIsLeft(stage, field),
): Promise<void> {
  const needles = new Needles(await stage.authority.issued(field.label));
  for (const { path, content } of left) {
    tally.searched += content.length;
    if (path.endsWith("-wal")) tally.searchedLog += content.length;
    const found = needles.in(content.toString("latin1"));
    if (found > 0) tally.problems.push(`${path} holds ${found} tokens in clear`);
  }
}

/** What is not expected to hold anything is searched all the same. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
