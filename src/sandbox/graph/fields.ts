/** `fields=id,name,picture{url}`: a node answers with what was asked for, and with nothing else. */
import { invalidParameter } from "./errors.ts";

/** The names asked for, without what is asked of each; a Response for one that the node type does not have. */
export function fieldsOf(
  asked: string | null,
  type: string,
  known: readonly string[],
  usual: readonly string[],
): readonly string[] | Response {
  const names = asked === null ? usual : topLevelNames(asked);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return [...new Set([...names, "id"])];
  return invalidParameter(`Tried accessing nonexisting field (${unknown}) on node type (${type})`);
}

function topLevelNames(asked: string): string[] {
  let flat = asked;
  while (/\{[^{}]*\}/.test(flat)) flat = flat.replace(/\{[^{}]*\}/g, "");
  return flat.split(",").flatMap((name) => {
    // `limit(5)` and the like are settings of a field.
    const bare = name.trim().replace(/\..*$/, "");
    return bare === "" ? [] : [bare];
  });
}

export function picked(node: Readonly<Record<string, unknown>>, fields: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(node).filter(([name, value]) => fields.includes(name) && value !== undefined),
  );
}
