import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { importsOf, layers, loadedWith, roots, sharedByPlatforms, violations } from "./architecture.ts";

const folder = fileURLToPath(new URL("../src/", import.meta.url));
const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
const read = (path: string) => readFileSync(`${folder}${path}`, "utf8");

describe("the layers", () => {
  it("are kept by every file", () => {
    const found = paths.flatMap((path) => violations(path, read(path)).map((text) => `${path}: ${text}`));
    expect(found).toEqual([]);
  });

  it("cover what is there", () => {
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(folders.map(({ name }) => name).sort()).toEqual(Object.keys(layers).sort());
    expect(paths.filter((path) => !path.includes("/")).sort()).toEqual([...roots].sort());
    expect(paths.length).toBeGreaterThan(100);
    expect(paths.flatMap((path) => importsOf(read(path))).length).toBeGreaterThan(400);
    for (const path of sharedByPlatforms) expect(paths).toContain(path);
  });

  it("leave to each command what it loads", () => {
    const { files, packages } = loadedWith("main.ts", read);
    expect([...packages]).toEqual([]);
    expect([...files].filter((path) => /^(oauth|vault|sandbox)\/|^platforms\/(?!index|platform)/.test(path))).toEqual(
      [],
    );
    expect(files.size).toBeGreaterThan(10);
  });
});

describe("a planted violation is found:", () => {
  it.each([
    ["domain/a.ts", 'import { b } from "../app/b.ts";', "domain imports app/b.ts"],
    ["domain/a.ts", 'import { readFileSync } from "node:fs";', "domain imports node:fs"],
    ["domain/a.ts", 'import type { z } from "zod";', "domain imports zod"],
    ["platforms/x.ts", 'import { open } from "../vault/open.ts";', "platforms imports vault/open.ts"],
    ["platforms/x.ts", 'import { post } from "./oidc.ts";', "a platform imports platforms/oidc.ts"],
    ["platforms/x.ts", 'import twitterText from "twitter-text";', "imports twitter-text before it is needed"],
    ["platforms/x.ts", 'const { request } = await import("undici");', "platforms imports undici"],
    ["oauth/a.ts", 'import { http } from "../system/http.ts";', "oauth imports system/http.ts"],
    ["oauth/a.ts", 'import { x } from "../platforms/x.ts";', "oauth imports platforms/x.ts"],
    ["oauth/a.ts", 'export * from "node:crypto";', "oauth imports node:crypto"],
    ["vault/a.ts", 'import type { Platform } from "../platforms/platform.ts";', "vault imports platforms/platform.ts"],
    ["vault/migrations/b.ts", 'export { run } from "../../cli/run.ts";', "vault imports cli/run.ts"],
    ["system/a.ts", 'import "../vault/open.ts";', "system imports vault/open.ts"],
    ["system/a.ts", 'import { Agent } from "undici";', "imports undici before it is needed"],
    ["system/a.ts", 'import open from "open";', "imports open before it is needed"],
    ["app/a.ts", 'import { join } from "node:path";', "app imports node:path"],
    ["app/a.ts", 'import {\n  type A,\n  b,\n} from "../system/clock.ts";', "app imports system/clock.ts"],
    ["app/a.ts", 'const { x } = await import("../platforms/x.ts");', "app imports platforms/x.ts"],
    ["app/a.ts", 'import * as oauth from "oauth4webapi";', "app imports oauth4webapi"],
    ["cli/tokens/a.ts", 'import { open } from "../../vault/open.ts";', "cli imports vault/open.ts"],
    ["cli/a.ts", 'import { definePlatform } from "../platforms/platform.ts";', "cli imports platforms/platform.ts"],
    ["cli/a.ts", 'import inquirer from "inquirer";', "imports inquirer before it is needed"],
    ["cli/a.ts", 'import { Chalk } from "chalk";', "imports chalk before it is needed"],
    ["cli/a.ts", 'import ora from "ora";', "imports ora before it is needed"],
    ["cli/a.ts", 'import { Hono } from "hono/tiny";', "cli imports hono/tiny"],
    ["cli/a.ts", "const command = await import(file);", "cli imports file"],
    ["sandbox/a.ts", 'import { publish } from "../app/publish.ts";', "sandbox imports app/publish.ts"],
    ["sandbox/x/a.ts", 'import { open } from "../../vault/open.ts";', "sandbox imports vault/open.ts"],
    ["wiring.ts", 'import Sqlite from "better-sqlite3";', "imports better-sqlite3 before it is needed"],
    ["wiring.ts", 'import { Kysely } from "kysely";', "imports kysely before it is needed"],
    ["lib/a.ts", 'import { b } from "../domain/b.ts";', "a file outside every layer"],
    ["cli/a.ts", "process.exit(1);", "process.exit: exit codes are set in one place"],
    ["app/a.ts", "process.stdout.write(text);", "process.stdout: printing and asking go through Output and Prompts"],
    ["app/a.ts", "console.log(text);", "console.log: printing goes through Output"],
    ["app/a.ts", 'process.env["HOME"];', "process.env: what the process is comes in through ports"],
    ["domain/a.ts", "const now = Date.now();", "Date.now: time comes in through Clock"],
    ["vault/a.ts", "const now = new Date();", "new Date(): time comes in through Clock"],
    ["oauth/a.ts", "const id = crypto.randomUUID();", "randomUUID: chance comes in through Random"],
    ["oauth/a.ts", "await fetch(url);", "await fetch(: requests go through Http"],
    ["vault/a.ts", 'const pg = require("pg");', "require(: what is required is not seen by this test"],
  ])("%s: %s", (path, source, expected) => {
    expect(violations(path, source)).toContain(expected);
  });

  it("a heavy package behind two files that are loaded at once", () => {
    const sources: Record<string, string> = {
      "main.ts": 'import { a } from "./cli/a.ts";\nconst b = () => import("./cli/c.ts");',
      "cli/a.ts": 'export { b } from "../app/b.ts";\nimport type { Kysely } from "kysely";',
      "app/b.ts": 'import * as oauth from "oauth4webapi";',
    };
    const { files, packages } = loadedWith("main.ts", (path) => sources[path] ?? "");
    expect([...files].sort()).toEqual(["app/b.ts", "cli/a.ts", "main.ts"]);
    expect([...packages]).toEqual(["oauth4webapi"]);
  });
});

/** Every pair of layers, and each layer's door to Node, not only those that somebody thought of. */
describe("no layer reaches another but by the table:", () => {
  const names = Object.keys(layers);
  const forms = (target: string) => [
    `import { a } from "${target}";`,
    `import type { A } from "${target}";`,
    `export { a } from "${target}";`,
    `export * from "${target}";`,
    `const { a } = await import("${target}");`,
    `type A = import("${target}").A;`,
    `import "${target}";`,
  ];

  it.each(names)("%s", (name) => {
    for (const other of [...names, ...roots]) {
      if (other === name || layers[name]?.imports.includes(other)) continue;
      const target = other.endsWith(".ts") ? `../${other}` : `../${other}/planted.ts`;
      for (const source of forms(target))
        expect(violations(`${name}/planted.ts`, source), source).toContain(`${name} imports ${join(name, target)}`);
    }
    const node = violations(`${name}/planted.ts`, 'import { readFileSync } from "node:fs";');
    expect(node).toEqual(layers[name]?.node ? [] : [`${name} imports node:fs`]);
    expect(violations(`${name}/planted.ts`, 'import _ from "lodash";')).toEqual([`${name} imports lodash`]);
  });

  it("is the table that docs/architecture.md shows", () => {
    const page = readFileSync(new URL("../docs/architecture.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| .* \| (.*) \|$/gm)];
    expect(rows.map(([, name]) => name).sort()).toEqual(names.toSorted());
    for (const [, name = "", allowed = ""] of rows) {
      const words = allowed.split(", ").map((word) => word.replaceAll("`", ""));
      const { imports = [], node, packages = [] } = layers[name] ?? {};
      const told = words.filter((word) => !["itself", "node"].includes(word) && !/^its (drivers|packages)$/.test(word));
      expect(told.sort(), name).toEqual([...imports].sort());
      if (words.includes("node")) expect(node, name).toBe(true);
      if (words.some((word) => word.startsWith("its "))) expect(packages.length, name).toBeGreaterThan(0);
    }
  });
});

describe("what is allowed is let through:", () => {
  it.each([
    ["domain/a.ts", 'import type { B } from "./b.ts";'],
    ["platforms/x.ts", 'import { definePlatform } from "./platform.ts";'],
    ["platforms/x.ts", 'const { default: text } = await import("twitter-text");'],
    ["cli/a.ts", 'import type { Platform } from "../platforms/platform.ts";'],
    ["system/a.ts", 'import { type Agent, type Dispatcher } from "undici";'],
    ["system/a.ts", 'const agent = await import("undici/lib/dispatcher/agent.js");'],
    ["app/a.ts", '/** import { a } from "../vault/a.ts"; */\n// fetch(url)'],
    ["sandbox/x/a.ts", 'import { Hono } from "hono";'],
    ["system/clock.ts", "export const now = () => Date.now();"],
    ["oauth/a.ts", "await transport.fetch(url);"],
  ])("%s: %s", (path, source) => {
    expect(violations(path, source)).toEqual([]);
  });
});
