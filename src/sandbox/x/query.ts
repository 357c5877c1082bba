/** Query parameters as X reads them: an unknown one, or a value out of range, is refused. */

export interface QueryRules {
  readonly lists: Readonly<Record<string, readonly string[]>>;
  /** Others, with the shape of their value. */
  readonly values: Readonly<Record<string, RegExp>>;
}

/** What is wrong with the query, in X's words; nothing when it is right. */
export function queryProblems(query: URLSearchParams, { lists, values }: QueryRules): string[] {
  const names = [...Object.keys(lists), ...Object.keys(values)];
  return [...query].flatMap(([name, value]) => {
    const allowed = Object.hasOwn(lists, name) ? lists[name] : undefined;
    if (allowed) return wrongItems(name, value, allowed);
    const shape = Object.hasOwn(values, name) ? values[name] : undefined;
    if (!shape) return [`The query parameter [${name}] is not one of [${names.join(",")}]`];
    return shape.test(value) ? [] : [`The \`${name}\` query parameter value [${value}] is not valid`];
  });
}

function wrongItems(name: string, value: string, allowed: readonly string[]): string[] {
  return value
    .split(",")
    .filter((item) => !allowed.includes(item))
    .map((item) => `The \`${name}\` query parameter value [${item}] is not one of [${allowed.join(",")}]`);
}

export function listOf(query: URLSearchParams, ...names: readonly string[]): string[] {
  return names.flatMap((name) => query.get(name)?.split(",") ?? []);
}
