/** Runs commands at their most talkative in a home full of marked secrets, and looks for the marks wherever one could be. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { type Ended, freePort, run, type Workspace, workspace } from "../e2e/command.ts";
import { dressesOf } from "./dresses.ts";
import { type MarkedServer, mark } from "./marked-server.ts";
import { watchCommandLines } from "./process-watch.ts";

export const clientSecret = `${mark}-client-secret-${"s".repeat(20)}`;
export const passphrase = `${mark}-passphrase-not-a-word`;
/** A key of 32 bytes that can be recognized; all printable, it would be taken for a passphrase. */
const key = Buffer.alloc(32, 0xff).fill(mark, 0, mark.length);
const dresses = dressesOf(mark);

export function leaksIn(text: string): string[] {
  return dresses.filter((dress) => text.includes(dress));
}

/** As bytes; "" where a command that runs beside has taken it away by now. */
function textOf(path: string): string {
  try {
    return readFileSync(path).toString("latin1");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** Every file below a folder. */
function filesBelow(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() ? [{ path, text: textOf(path) }] : [];
  });
}

interface CommandOptions {
  readonly stdin?: string;
  /** Its stdout is a token, by design. */
  readonly prints?: boolean;
  readonly json?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout?: number;
}

/** More than there are cores, as beginning a process is waiting, too. */
const atOnce = 4;

export class Watch {
  readonly commandLines = new Set<string>();
  readonly used = new Set<string>();
  readonly #space: Workspace;

  constructor(space: Workspace) {
    this.#space = space;
  }

  /** Runs a command at its most talkative and looks everywhere. */
  async command(words: string, args: readonly string[] = [], options: CommandOptions = {}): Promise<number | null> {
    const { stdin, prints = false, json = true, env = this.#space.env, timeout = 30_000 } = options;
    const all = [...words.split(" "), ...args, "--debug", ...(json ? ["--json"] : [])];
    const ended = await watchCommandLines(this.commandLines, () =>
      run(all, { env, timeout, ...(stdin === undefined ? {} : { stdin }) }),
    );
    this.look(words, prints ? { ...ended, stdout: "" } : ended);
    return ended.code;
  }

  /** Several that change nothing, some at once, each in JSON and in words for people: all end with `code` (null: any). */
  async readers(code: number | null, lines: readonly string[], args: readonly string[] = []): Promise<void> {
    const left = lines.flatMap((words) => [true, false].map((json) => ({ words, json })));
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const ended = await this.command(next.words, args, { json: next.json });
        expect(code ?? ended, next.words).toBe(ended);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, lane));
  }

  /** In JSON and in words for people, one after the other. */
  async both(words: string, args: readonly string[] = []): Promise<(number | null)[]> {
    return [await this.command(words, args), await this.command(words, args, { json: false })];
  }

  async connect(server: MarkedServer): Promise<number | null> {
    return this.command("connect", ["oidc", "--issuer", server.url, "--port", String(await freePort())]);
  }

  look(words: string, { stdout, stderr }: Pick<Ended, "stdout" | "stderr">): void {
    this.used.add(words);
    expect(leaksIn(stdout + stderr), `${words} printed: ${stdout}${stderr}`).toEqual([]);
    for (const file of filesBelow(this.#space.folder))
      expect(leaksIn(file.text), `${words} left ${file.path}`).toEqual([]);
  }
}

/** A home whose environment is as full of secrets as it can be; what children are given is written down in `folder`. */
export function markedWorkspace(): Workspace {
  const { folder, env } = workspace();
  // Where nobody looks for marks: it is one.
  const keyFile = join(workspace().folder, "key");
  writeFileSync(keyFile, key, { mode: 0o600 });
  mkdirSync(join(folder, "tmp"));
  const browser = join(folder, "browser.mjs");
  const note = join(folder, "child-environment.txt");
  writeFileSync(
    browser,
    `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(note)}, JSON.stringify(process.env)); const page = await (await fetch(process.argv[2])).text(); writeFileSync(${JSON.stringify(join(folder, "page.html"))}, page);`,
  );
  chmodSync(browser, 0o700);
  return {
    folder,
    env: {
      ...env,
      PATH: `${crontabIn(folder)}:${env["PATH"]}`,
      AGENCYIQ_KEY_FILE: keyFile,
      AGENCYIQ_OIDC_CLIENT_SECRET: clientSecret,
      TMPDIR: join(folder, "tmp"),
      BROWSER: `${process.execPath} ${browser}`,
    },
  };
}

/** In place of the system's, whose crontab is its owner's: keeps what it is given where it is looked for. */
function crontabIn(folder: string): string {
  const programs = join(folder, "programs");
  mkdirSync(programs);
  const table = join(folder, "crontab.txt");
  const script = `#!/bin/sh
case "$1" in
  -l) cat ${table} 2>/dev/null || { echo "no crontab for ada" >&2; exit 1; } ;;
  -r) rm ${table} ;;
  -) cat > ${table} ;;
esac
`;
  writeFileSync(join(programs, "crontab"), script, { mode: 0o700 });
  return programs;
}
