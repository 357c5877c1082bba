import { Failure } from "../domain/failure.ts";

/** A flag's whole number between two bounds. @throws Failure `usage` */
export function wholeNumber(text: string, flag: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new Failure("usage", `${flag} must be a whole number from ${min} to ${max}, not "${text}"`);
}
