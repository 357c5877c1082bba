import { describe, expect, it } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { route } from "../../src/cli/route.ts";
import { Failure } from "../../src/domain/failure.ts";

function routed(line: string): string {
  try {
    const found = route(commands, line.split(" ").filter(Boolean));
    if (found.kind === "command") return `${found.entry.path} | ${found.rest.join(" ")}`;
    return found.kind === "help" ? `help ${found.group ?? "all"}` : found.kind;
  } catch (error) {
    if (error instanceof Failure) return `${error.code} ${error.hint}`;
    throw error;
  }
}

describe("routing", () => {
  it.each([
    ["", "help all"],
    ["--help", "help all"],
    ["--version", "version"],
    ["connect x --json", "connect | x --json"],
    ["--json tokens status x", "tokens status | --json x"],
    ["tokens", "tokens status | "],
    ["tokens --json", "tokens status | --json"],
    ["tokens --help", "help tokens"],
    ["accounts", "accounts list | "],
    ["help", "help all"],
    ["help tokens", "help tokens"],
    ["help tokens print", "tokens print | --help"],
    ["publish -- --json", "publish | -- --json"],
    ["conect x", "unknown_command did you mean: agencyiq connect"],
    ["tokens stats", "unknown_command did you mean: agencyiq tokens status"],
    ["frobnicate", "unknown_command agencyiq --help lists them"],
  ])("%s", (line, expected) => {
    expect(routed(line)).toBe(expected);
  });

  it("has no two commands with the same words", () => {
    expect(new Set(commands.map(({ path }) => path)).size).toBe(commands.length);
  });
});
