/** Bodies as TikTok's pages describe them. What is not described is refused, so that no misspelling goes unnoticed. */
import type { HonoRequest } from "hono";

/** What is wrong with a request, in words. */
export class BodyProblem extends Error {
  override readonly name = "BodyProblem";
}

export type Body = Readonly<Record<string, unknown>>;

/** The pages want this very type, charset and all. @throws BodyProblem */
export async function jsonOf(request: HonoRequest): Promise<Body> {
  if (!/^application\/json;\s*charset=utf-8$/i.test(request.header("content-type") ?? "")) {
    throw new BodyProblem("Content-Type must be application/json; charset=UTF-8");
  }
  try {
    return objectAt(JSON.parse(await request.text()), "the body");
  } catch (error) {
    if (error instanceof BodyProblem) throw error;
    throw new BodyProblem("the body is not JSON");
  }
}

export function objectAt(value: unknown, where: string): Body {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BodyProblem(`${where} must be an object`);
  }
  return value as Body;
}

export function only(body: Body, names: readonly string[], where: string): void {
  const other = Object.keys(body).find((name) => !names.includes(name));
  if (other !== undefined) throw new BodyProblem(`${where} has no field ${other}`);
}

export function textAt(body: Body, name: string, maximum: number): string {
  const value = body[name];
  if (value === undefined) return "";
  if (typeof value !== "string") throw new BodyProblem(`${name} must be a string`);
  if (value.length > maximum) throw new BodyProblem(`${name} is longer than ${maximum} UTF-16 runes`);
  return value;
}

export function wordAt<Word extends string>(body: Body, name: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === body[name]);
  if (found === undefined) throw new BodyProblem(`${name} must be ${words.join(" or ")}`);
  return found;
}

export function flagAt(body: Body, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== "boolean") throw new BodyProblem(`${name} must be a boolean`);
  return value;
}

export function integerAt(body: Body, name: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = body[name];
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new BodyProblem(`${name} must be an integer of at least ${least}`);
  }
  return value;
}
