/** A small checker of request bodies that complains in the words of Rest.li's validator. */

/** What is wrong with a value; nothing when it is right. `at` is its place: `/content/media`. */
export type Check = (value: unknown, at: string) => string[];

const wrong = (at: string, what: string): string[] => [`${at} :: ${what}`];

export const flag: Check = (value, at) =>
  typeof value === "boolean" ? [] : wrong(at, `${JSON.stringify(value)} cannot be coerced to Boolean`);

export function text({ shape, max = Number.POSITIVE_INFINITY }: { shape?: RegExp; max?: number } = {}): Check {
  return (value, at) => {
    if (typeof value !== "string") return wrong(at, `${JSON.stringify(value)} cannot be coerced to String`);
    if (value.length > max) return wrong(at, `length of "${value.slice(0, 20)}…" is out of range 0...${max}`);
    return !shape || shape.test(value) ? [] : wrong(at, `"${value}" is not valid`);
  };
}

export function oneOf(...symbols: readonly string[]): Check {
  return (value, at) =>
    typeof value === "string" && symbols.includes(value)
      ? []
      : wrong(at, `${JSON.stringify(value)} is not an enum symbol`);
}

export const count: Check = (value, at) =>
  typeof value === "number" && Number.isInteger(value) && value > 0
    ? []
    : wrong(at, `${JSON.stringify(value)} cannot be coerced to Long`);

export function list(item: Check, { min = 0, max }: { min?: number; max: number }): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return wrong(at, `${JSON.stringify(value)} is not an array`);
    if (value.length < min || value.length > max)
      return wrong(at, `size ${value.length} is out of range ${min}...${max}`);
    return value.flatMap((entry, index) => item(entry, `${at}/${index}`));
  };
}

export function record(fields: Readonly<Record<string, Check>>, required: readonly string[]): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(at || "/", "is not a record");
    const missing = required
      .filter((name) => !Object.hasOwn(value, name))
      .flatMap((name) => wrong(`${at}/${name}`, "field is required but not found and has no default value"));
    const given = Object.entries(value).flatMap(([name, entry]) => {
      const check = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return check ? check(entry, `${at}/${name}`) : wrong(`${at}/${name}`, "unrecognized field found but not allowed");
    });
    return [...missing, ...given];
  };
}

/** One of them, and no more. */
export function union(members: Readonly<Record<string, Check>>): Check {
  const check = record(members, []);
  return (value, at) => {
    const problems = check(value, at);
    if (problems.length > 0) return problems;
    const names = Object.keys(value as object);
    return names.length === 1 ? [] : wrong(at, `union has ${names.length} members, not one`);
  };
}
