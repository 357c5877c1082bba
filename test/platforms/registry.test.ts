import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { platformIds } from "../../src/platforms/index.ts";

const src = new URL("../../src", import.meta.url).pathname;

/** Every source file with its text, by its path in `src`. */
const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => [path, readFileSync(join(src, path), "utf8")] as const);

/** Where a platform is named by its id, beside its own files: as a string, a key, or a module. */
function namedIn(id: string): string[] {
  const named = new RegExp(`["'\`]${id}["'\`]|^\\s*"?${id}"?:|/${id}(?:\\.ts|/)`, "m");
  const own = new RegExp(`^(?:platforms|sandbox)/${id}(?:/|\\.ts$)`);
  return sources.filter(([path, text]) => !own.test(path) && named.test(withoutComments(text))).map(([path]) => path);
}

const withoutComments = (text: string) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");

// Those that nobody imports tokens from by name, and that share no hosts with another: adding one is as small as it gets.
const plain = ["google-calendar", "hackernews", "pinterest", "reddit", "spotify", "tumblr", "twitch"];

it.each(plain)("%s is added by its own files and one line of the registry", (id) => {
  expect(platformIds).toContain(id);
  expect(namedIn(id)).toEqual(["platforms/index.ts"]);
});
