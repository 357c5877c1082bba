/** Reads what other programs keep their tokens in; nothing is ever written there. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Failure } from "../domain/failure.ts";
import type { ImportFile, ImportSource } from "../domain/ports/import-files.ts";
import { readTextFile } from "./text-file.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const mostBytes = 1024 * 1024;

/** @throws Failure `file_unreadable`, `import_unreadable`, `usage` */
export async function readImportFile(
  environment: Environment,
  given: string | null,
  named: ImportSource | null,
): Promise<ImportFile> {
  const source = named ?? (given === null ? null : sourceOf(given));
  if (source === null) {
    throw new Failure(
      "usage",
      given === null ? "import what?" : `what kind of file ${given} is, its name does not tell`,
      {
        hint: "agencyiq import .env, or --from env, json, gh, toot or xurl",
      },
    );
  }
  const file = given === null ? usualPlace(source, environment) : resolve(given);
  return { source, file, raw: await parsed(source, file, await readTextFile(file, mostBytes)) };
}

function sourceOf(file: string): ImportSource | null {
  const name = basename(file);
  if (name === "hosts.yml") return "gh";
  if (name === ".xurl" || name === "auth.yml") return "xurl";
  if (name === "config.json" && basename(resolve(file, "..")) === "toot") return "toot";
  if (/^\.env(\..+)?$|\.env$/.test(name)) return "env";
  return name.endsWith(".json") ? "json" : null;
}

/** As the programs' own documentation has it. */
function usualPlace(source: ImportSource, environment: Environment): string {
  const home = environment["HOME"] || homedir();
  const configuration = environment["XDG_CONFIG_HOME"] || join(home, ".config");
  if (source === "gh") return join(environment["GH_CONFIG_DIR"] || join(configuration, "gh"), "hosts.yml");
  if (source === "toot") return join(configuration, "toot", "config.json");
  if (source === "env") return resolve(".env");
  // Newer ones have a folder there.
  if (source === "xurl") return [join(home, ".xurl", "auth.yml")].find(existsSync) ?? join(home, ".xurl");
  throw new Failure("usage", "which file?", { hint: "agencyiq import FILE.json" });
}

async function parsed(source: ImportSource, file: string, text: string): Promise<unknown> {
  if (source === "env") return (await import("dotenv")).parse(text);
  try {
    if (source === "json" || source === "toot") return JSON.parse(text) as unknown;
    const { parse } = await import("yaml");
    return parse(text, { maxAliasCount: 20, logLevel: "silent" }) as unknown;
  } catch {
    // What a parser says quotes what it stumbled over: secrets, here.
    const format = source === "json" || source === "toot" ? "JSON" : "YAML";
    throw new Failure("import_unreadable", `${file} is not ${format}`, {
      hint: "name another file, or its kind with --from",
    });
  }
}
