// Bundles src/main.ts for a fast start (docs/decisions/0003-the-bundle.md): our own code in one file whose modules run when
// they are first needed, and each large package in a file of its own that is read when it is first needed.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import Module from "node:module";
import { resolve } from "node:path";
import { Script } from "node:vm";
import { build } from "esbuild";
import { thirdPartyLicences } from "./third-party-licences.mjs";

/** Package → the file in dist/vendor it goes to. The rest is small enough to be read with our own code. */
const vendored = {
  "@peculiar/x509": "x509",
  "reflect-metadata": "x509",
  "chrono-node/en": "chrono",
  kysely: "kysely",
  "csv-parse/sync": "csv-parse",
  "file-type/core": "file-type",
  graphql: "graphql",
  hono: "hono",
  "hono/html": "hono",
  "@hono/node-server": "hono",
  "image-size": "image-size",
  inquirer: "inquirer",
  marked: "marked",
  nodemailer: "nodemailer",
  open: "open",
  ora: "ora",
  pino: "pino",
  "postal-mime": "postal-mime",
  "prom-client": "prom-client",
  "nostr-tools/nip19": "nostr-tools",
  "nostr-tools/nip49": "nostr-tools",
  "nostr-tools/pure": "nostr-tools",
  "twitter-text": "twitter-text",
  "undici/lib/api/api-request.js": "undici",
  "undici/lib/api/api-connect.js": "undici",
  "undici/lib/dispatcher/agent.js": "undici",
  "undici/lib/dispatcher/env-http-proxy-agent.js": "undici",
  ws: "ws",
  yaml: "yaml",
  "zod/mini": "zod",
};

const shared = {
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  supported: { "dynamic-import": false },
  legalComments: "none",
  logLevel: "warning",
  metafile: true,
  // import.meta.url of a package that asks where it is: its file here.
  define: { "import.meta.url": "__moduleUrl" },
  banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  external: ["@napi-rs/keyring", "bindings", "sharp"],
};

/** What our own code imports from a vendored package: the one file it shares with its siblings. */
const intoVendor = {
  name: "into-vendor",
  setup(bundler) {
    bundler.onResolve({ filter: /.*/ }, ({ path }) =>
      Object.hasOwn(vendored, path) ? { path, namespace: "vendored" } : null,
    );
    // What is imported by default from here is all of module.exports, as Node has it: a module's own default has to be that.
    bundler.onLoad({ filter: /.*/, namespace: "vendored" }, ({ path }) => ({
      contents: `const given = require("vendored:${vendored[path]}")[${JSON.stringify(path)}];
        module.exports = given.__esModule && given.default ? Object.assign(given.default, given) : given;`,
      loader: "js",
    }));
    bundler.onResolve({ filter: /^vendored:/ }, ({ path }) => ({
      path: `./vendor/${path.slice("vendored:".length)}.cjs`,
      external: true,
    }));
  },
};

/** Parts of Node that are loaded when the first of their functions is used, and not because a module names them. */
const lazyBuiltins = ["child_process", "crypto", "fs", "http", "https", "net", "os", "timers/promises"];

const lazily = {
  name: "lazily",
  setup(bundler) {
    bundler.onResolve({ filter: new RegExp(`^node:(${lazyBuiltins.join("|")})$`) }, ({ path, namespace }) =>
      namespace === "lazy" ? null : { path, namespace: "lazy" },
    );
    bundler.onLoad({ filter: /.*/, namespace: "lazy" }, async ({ path }) => {
      const names = Object.keys(await import(path)).filter((name) => name !== "default");
      const getters = names.map((name) => `get ${name}() { return require(${JSON.stringify(path)}).${name}; }`);
      return { contents: `module.exports = { ${getters.join(", ")} };`, loader: "js" };
    });
  },
};

// Built beside its place and swapped in, so that a command that starts meanwhile finds a whole build.
const dist = `dist.${process.pid}`;
mkdirSync(`${dist}/vendor`, { recursive: true });
// Our sources are ECMAScript modules; what is emitted for Node is CommonJS.
writeFileSync(`${dist}/package.json`, '{ "type": "commonjs" }\n');

const files = [...new Set(Object.values(vendored))];
const results = await Promise.all([
  build({ ...shared, entryPoints: { main: "src/main.ts" }, outdir: dist, plugins: [intoVendor, lazily] }),
  ...files.map((file) =>
    build({
      ...shared,
      stdin: { contents: vendorEntry(file), resolveDir: "." },
      outfile: `${dist}/vendor/${file}.cjs`,
    }),
  ),
]);

function inAscii(text) {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Getters, so that of undici, say, only what is asked for is run. */
function vendorEntry(file) {
  const names = Object.keys(vendored).filter((name) => vendored[name] === file);
  const getters = names.map((name) => `get ${JSON.stringify(name)}() { return require(${JSON.stringify(name)}); }`);
  return `module.exports = { ${getters.join(", ")} };`;
}

// As bin/agencyiq.js runs it: wrapped as Node wraps modules, and in ASCII (what esbuild leaves in comments, patterns and
// templates is escaped), so that V8 holds one copy of it, with one byte a letter.
const source = Module.wrap(inAscii(readFileSync(`${dist}/main.js`, "utf8")));
writeFileSync(`${dist}/main.js`, source);

// V8 keeps what it compiled: the next starts read it instead of parsing our code again. It is bound to this very V8; another
// one ignores it.
const script = new Script(source, { filename: resolve("dist/main.js") });
writeFileSync(`${dist}/main.cache`, script.createCachedData());

const licences = thirdPartyLicences(results.map(({ metafile }) => metafile));
writeFileSync(`${dist}/THIRD-PARTY-LICENCES.txt`, licences);

if (existsSync("dist")) renameSync("dist", `${dist}.old`);
renameSync(dist, "dist");
rmSync(`${dist}.old`, { recursive: true, force: true });
