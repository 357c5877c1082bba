import { readFileSync } from "node:fs";

/** The names that docs/scripting.md promises for a command's JSON, of its innermost list if it has one. */
export function documented(command: string): string[] {
  const contract = readFileSync(new URL("../../docs/scripting.md", import.meta.url), "utf8");
  const line = contract.split("\n").find((each) => each.startsWith(`- \`${command}`)) ?? "";
  const shape = /`\{(?:"\w+":\[\{)?([^}]*)\}/.exec(line)?.[1] ?? "";
  return [...shape.matchAll(/"(\w+)"/g)].map(([, name = ""]) => name);
}
