import type { Command } from "commander";
import type { BrandChange } from "../../domain/brand.ts";
import { requireDay, requireTimeZone } from "../../domain/brand.ts";
import { Failure } from "../../domain/failure.ts";
import { wholeNumber } from "../numbers.ts";

export interface BrandOptions {
  readonly name?: string;
  readonly timeZone?: string;
  /** false: `--no-cycle`. */
  readonly cycle?: boolean;
  readonly cycleStart?: string;
  readonly cycleDays?: string;
  /** false: `--no-quota`. */
  readonly quota?: string | false;
}

/** What a brand is made and changed with. */
export function declareBrandFlags(command: Command): Command {
  return command
    .option("--name <name>", 'the name in full; "" for none')
    .option("--time-zone <zone>", "where its days begin and its times are read: Europe/Berlin")
    .option("--cycle-start <day>", "first day of its first posting cycle: 2026-12-01")
    .option("--cycle-days <days>", "days in a cycle (30)")
    .option("--quota <posts>", "posts that may go out in a cycle");
}

/** @throws Failure `usage` */
export function changeOf(options: BrandOptions): BrandChange {
  const { name, timeZone, cycle = true, cycleStart, cycleDays, quota } = options;
  if (!cycle && [cycleStart, cycleDays, quota || undefined].some((given) => given !== undefined)) {
    throw new Failure("usage", "--no-cycle takes the cycle away, and the other flags give one", { hint: "choose one" });
  }
  return {
    ...(name === undefined ? {} : { name: nameOf(name) }),
    ...(timeZone === undefined ? {} : { timeZone: requireTimeZone(timeZone) }),
    ...(cycle ? {} : { cycleStart: null }),
    ...(cycleStart === undefined ? {} : { cycleStart: requireDay(cycleStart, "--cycle-start") }),
    ...(cycleDays === undefined ? {} : { cycleDays: wholeNumber(cycleDays, "--cycle-days", 1, 366) }),
    ...(quota === undefined ? {} : { quota: quota === false ? null : wholeNumber(quota, "--quota", 0, 1_000_000) }),
  };
}

function nameOf(text: string): string | null {
  const name = text.trim();
  if (/\p{Cc}/u.test(name)) throw new Failure("usage", "--name must be one line, without control characters");
  return name === "" ? null : name;
}
