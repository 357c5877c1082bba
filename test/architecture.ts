/** Which file may import what (docs/architecture.md), as data, and what is wrong with a file by it. */
import { join } from "node:path/posix";

export interface Import {
  readonly specifier: string;
  /** `type` leaves no trace at run time; `dynamic` is loaded when it is reached. */
  readonly kind: "static" | "type" | "dynamic";
}

interface Layer {
  /** Folders, or single files, of `src`. A layer may always import itself. */
  readonly imports: readonly string[];
  /** Files of which only the types may be used. */
  readonly types?: readonly string[];
  readonly node: boolean;
  readonly packages: readonly string[];
}

export const layers: Readonly<Record<string, Layer>> = {
  domain: { imports: [], node: false, packages: [] },
  platforms: {
    imports: ["domain"],
    node: false,
    packages: ["@octokit/openapi-types", "marked", "nostr-tools", "twitter-text"],
  },
  oauth: { imports: ["domain", "platforms/platform.ts"], node: false, packages: ["oauth4webapi"] },
  vault: { imports: ["domain"], node: true, packages: ["better-sqlite3", "kysely"] },
  system: {
    imports: ["domain"],
    node: true,
    packages: [
      "@peculiar/x509",
      "csv-parse",
      "dotenv",
      "file-type",
      "image-size",
      "nodemailer",
      "open",
      "pino",
      "prom-client",
      "reflect-metadata",
      "sharp",
      "shlex",
      "undici",
      "ws",
      "yaml",
      "zod",
    ],
  },
  app: { imports: ["domain", "oauth", "platforms/platform.ts"], node: false, packages: [] },
  cli: {
    imports: ["app", "domain"],
    // `platforms show` prints a definition it is given.
    types: ["platforms/platform.ts"],
    node: false,
    packages: ["chalk", "chrono-node", "commander", "inquirer", "marked", "ora", "uqr"],
  },
  sandbox: {
    imports: ["domain", "platforms/index.ts"],
    node: true,
    packages: ["@hono/node-server", "graphql", "hono", "nostr-tools", "postal-mime", "twitter-text", "ws"],
  },
};

/** They join the layers, and may import everything. */
export const roots = ["main.ts", "wiring.ts", "agent.ts", "key-sources.ts"];

/** Dear to load (docs/decisions): imported for good only in these folders, else where they are needed. */
const lazy: Readonly<Record<string, readonly string[]>> = {
  "@hono/node-server": ["sandbox"],
  "@napi-rs/keyring": [],
  "@peculiar/x509": [],
  "better-sqlite3": ["vault"],
  chalk: [],
  "chrono-node": [],
  commander: [],
  "csv-parse": [],
  dotenv: [],
  "file-type": [],
  graphql: ["sandbox"],
  hono: ["sandbox"],
  "image-size": [],
  inquirer: [],
  kysely: ["vault"],
  marked: [],
  nodemailer: [],
  "nostr-tools": ["sandbox"],
  oauth4webapi: ["oauth"],
  open: [],
  ora: [],
  pino: [],
  "postal-mime": ["sandbox"],
  "prom-client": [],
  "reflect-metadata": [],
  sharp: [],
  // The sandbox as a whole is loaded when it is started.
  "twitter-text": ["sandbox"],
  undici: [],
  uqr: [],
  ws: ["sandbox"],
  yaml: [],
  // The file that it is in is loaded when a platform is added.
  zod: ["system"],
};

/** What only some files may touch, and why. */
const reserved: readonly { readonly use: RegExp; readonly files: RegExp; readonly because: string }[] = [
  {
    use: /\bprocess\.exit\b/,
    files: /^(wiring|system\/standard-streams)\.ts$/,
    because: "exit codes are set in one place",
  },
  {
    use: /\bprocess\.(stdin|stdout|stderr)\b/,
    files: /^(wiring|cli\/output|cli\/prompts|system\/standard-streams)\.ts$/,
    because: "printing and asking go through Output and Prompts",
  },
  {
    use: /\bconsole\.(log|error|warn|info|debug)\b/,
    files: /^cli\/output\.ts$/,
    because: "printing goes through Output",
  },
  {
    use: /\bprocess\.(env|argv|cwd|pid|platform)\b/,
    files: /^((main|wiring)\.ts|(system|vault)\/)/,
    because: "what the process is comes in through ports",
  },
  { use: /\bDate\.now\b|\bnew Date\(\)/, files: /^system\/clock\.ts$/, because: "time comes in through Clock" },
  {
    use: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b/,
    files: /^system\/random\.ts$/,
    because: "chance comes in through Random",
  },
  { use: /(await|return|=>|=)\s+fetch\(/, files: /^$/, because: "requests go through Http" },
  {
    use: /(?<![.\w])require\(|\bcreateRequire\b/,
    files: /^(system\/keychain-process|vault\/sqlite)\.ts$/,
    because: "what is required is not seen by this test",
  },
];

/** The imports of a file as biome lays it out: a statement begins a line, a specifier is in double quotes. */
export function importsOf(source: string): Import[] {
  const code = withoutComments(source);
  const statements = code.matchAll(
    /^[ \t]*(import|export)\b(?<clause>[\s\w$*{},]*?)(?:\bfrom\s*)?"(?<specifier>[^"\n]+)"/gm,
  );
  const found: Import[] = [];
  for (const { groups } of statements) {
    const { clause = "", specifier = "" } = groups ?? {};
    const onlyTypes = /^\s*type\b/.test(clause) || /^\s*\{(\s*type\s[^,}]*,?)+\s*\}\s*$/.test(clause);
    found.push({ specifier, kind: onlyTypes ? "type" : "static" });
  }
  for (const [, argument = ""] of code.matchAll(/\bimport\(\s*([^)]*?)\s*\)/g)) {
    // A name that is filled in below the file's own folder stays in its layer.
    const literal = /^"([^"]+)",?$/.exec(argument) ?? /^`(\.\/\$\{\w+\}\/[\w.-]+)`,?$/.exec(argument);
    // What else is computed cannot be checked, and is reported as an import of that text.
    found.push({ specifier: literal?.[1] ?? argument, kind: "dynamic" });
  }
  return found;
}

/** What a file does that it may not. `path` is relative to `src`. */
export function violations(path: string, source: string): string[] {
  const found = importsOf(source).flatMap((one) => importViolations(path, one));
  const code = withoutComments(source);
  for (const { use, files, because } of reserved) {
    const match = files.test(path) ? null : use.exec(code);
    if (match) found.push(`${match[0]}: ${because}`);
  }
  return found;
}

function importViolations(path: string, { specifier, kind }: Import): string[] {
  const layer = layerOf(path);
  if (layer === null)
    return roots.includes(path) ? lazyViolation(path, specifier, kind) : ["a file outside every layer"];
  if (specifier.startsWith(".")) return pathViolation(path, join(path, "..", specifier), kind);
  if (specifier.startsWith("node:")) return layers[layer]?.node ? [] : [`${layer} imports ${specifier}`];
  const allowed = layers[layer]?.packages.includes(packageOf(specifier));
  return allowed ? lazyViolation(path, specifier, kind) : [`${layer} imports ${specifier}`];
}

function pathViolation(path: string, target: string, kind: Import["kind"]): string[] {
  const layer = layerOf(path) ?? "";
  const { imports = [], types = [] } = layers[layer] ?? {};
  if (layerOf(target) === layer) return siblingViolation(path, target);
  if (imports.some((allowed) => target === allowed || target.startsWith(`${allowed}/`))) return [];
  if (kind === "type" && types.includes(target)) return [];
  return [`${layer} imports ${target}`];
}

/**
 * A platform is one page, or a page and a folder of its name: it shares with others only what is a file of its own and no
 * platform.
 */
function siblingViolation(path: string, target: string): string[] {
  if (!path.startsWith("platforms/") || path === "platforms/index.ts") return [];
  const own = /^platforms\/[^/.]+/.exec(path)?.[0];
  if (target.startsWith(`${own}/`)) return [];
  return sharedByPlatforms.includes(target) ? [] : [`a platform imports ${target}`];
}

export const sharedByPlatforms = [
  "platforms/platform.ts",
  "platforms/access.ts",
  "platforms/api.ts",
  "platforms/endpoints.ts",
  "platforms/failure-rule.ts",
  "platforms/status-text.ts",
  "platforms/google/access.ts",
  "platforms/google/addresses.ts",
  "platforms/google/failures.ts",
  "platforms/google/resumable-upload.ts",
  "platforms/google/token-info.ts",
  "platforms/google/user-info.ts",
  "platforms/containers.ts",
  "platforms/graph/api.ts",
  "platforms/graph/failures.ts",
  "platforms/graph/login-reply.ts",
  "platforms/graph/token-reply.ts",
  "platforms/graph/token.ts",
  "platforms/graph/usage.ts",
];

function lazyViolation(path: string, specifier: string, kind: Import["kind"]): string[] {
  const name = packageOf(specifier);
  if (kind !== "static" || !Object.hasOwn(lazy, name)) return [];
  return lazy[name]?.includes(layerOf(path) ?? "") ? [] : [`imports ${name} before it is needed`];
}

function layerOf(path: string): string | null {
  const [first = ""] = path.split("/");
  return Object.hasOwn(layers, first) ? first : null;
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return parts.slice(0, specifier.startsWith("@") ? 2 : 1).join("/");
}

/** Every file and package that is loaded with a file, whatever is done after. `read` takes a path in `src`. */
export function loadedWith(
  path: string,
  read: (path: string) => string,
): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const waiting = [path];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (files.has(next)) continue;
    files.add(next);
    for (const { specifier, kind } of importsOf(read(next))) {
      if (kind !== "static" || specifier.startsWith("node:")) continue;
      if (specifier.startsWith(".")) waiting.push(join(next, "..", specifier));
      else packages.add(packageOf(specifier));
    }
  }
  return { files, packages };
}

function withoutComments(source: string): string {
  return source.replace(/\/\*.*?\*\//gs, "").replace(/^\s*\/\/.*$/gm, "");
}
