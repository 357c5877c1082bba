#!/usr/bin/env node
const [word] = process.argv.slice(2);

// Scripts ask for the version before anything else: it is answered without loading the rest.
if (word === "--version" || word === "-V") process.stdout.write(`${require("../package.json").version}\n`);
else start();

/** Runs dist/main.js with what V8 compiled of it at build time; a cache of another V8, or none, is only slower. */
function start() {
  const fs = require("node:fs");
  const path = require("node:path");
  const Module = require("node:module");
  const { Script } = require("node:vm");
  const filename = path.join(__dirname, "..", "dist", "main.js");
  const cachedData = readIfThere(fs, path.join(__dirname, "..", "dist", "main.cache"));
  const script = new Script(fs.readFileSync(filename, "latin1"), { filename, cachedData });
  const main = { exports: {} };
  script.runInThisContext()(main.exports, Module.createRequire(filename), main, filename, path.dirname(filename));
}

function readIfThere(fs, file) {
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}
