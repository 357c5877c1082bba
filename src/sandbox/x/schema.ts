/** A small checker of request bodies that complains in the words of X's own validator. */

/** What is wrong with a value; nothing when it is right. `at` is its place, `$` the whole body. */
export type Check = (value: unknown, at: string) => string[];

const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
};

const wrongType = (value: unknown, at: string, expected: string): string[] => [
  `${at}: ${typeOf(value)} found, ${expected} expected`,
];

export const boolean: Check = (value, at) => (typeof value === "boolean" ? [] : wrongType(value, at, "boolean"));

export function text({ min = 0, max }: { min?: number; max?: number } = {}): Check {
  return (value, at) => {
    if (typeof value !== "string") return wrongType(value, at, "string");
    const { length } = [...value];
    if (length < min) return [`${at}: must be at least ${min} characters long`];
    return max !== undefined && length > max ? [`${at}: may only be ${max} characters long`] : [];
  };
}

/** Ids are 64-bit numbers written as texts. */
export const id: Check = (value, at) => {
  if (typeof value !== "string") return wrongType(value, at, "string");
  return /^[0-9]{1,19}$/.test(value) ? [] : [`${at}: does not match the regex pattern ^[0-9]{1,19}$`];
};

export function oneOf(...values: readonly string[]): Check {
  return (value, at) =>
    typeof value === "string" && values.includes(value)
      ? []
      : [`${at}: does not have a value in the enumeration [${values.join(", ")}]`];
}

export function integer(min: number, max: number): Check {
  return (value, at) => {
    if (typeof value !== "number" || !Number.isInteger(value)) return wrongType(value, at, "integer");
    if (value < min) return [`${at}: must have a minimum value of ${min}`];
    return value > max ? [`${at}: must have a maximum value of ${max}`] : [];
  };
}

export function list(item: Check, { min = 0, max }: { min?: number; max?: number } = {}): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return wrongType(value, at, "array");
    if (value.length < min) return [`${at}: there must be a minimum of ${min} items in the array`];
    if (max !== undefined && value.length > max) return [`${at}: there must be a maximum of ${max} items in the array`];
    return value.flatMap((entry, index) => item(entry, `${at}[${index}]`));
  };
}

export function object(properties: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrongType(value, at, "object");
    const missing = required
      .filter((key) => !Object.hasOwn(value, key))
      .map((key) => `${at}.${key}: is missing but it is required`);
    const wrong = Object.entries(value).flatMap(([key, entry]) => {
      const check = Object.hasOwn(properties, key) ? properties[key] : undefined;
      return check
        ? check(entry, `${at}.${key}`)
        : [`${at}.${key}: is not defined in the schema and the schema does not allow additional properties`];
    });
    return [...missing, ...wrong];
  };
}
