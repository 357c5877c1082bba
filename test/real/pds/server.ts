/** Bluesky's own PDS as a child process on loopback, with accounts that a test makes there. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { freePort } from "../../e2e/command.ts";

const program = fileURLToPath(new URL("program.mjs", import.meta.url));

export interface Person {
  readonly did: string;
  readonly handle: string;
  readonly password: string;
  readonly appPassword: string;
  /** Of a session with the main password, for what the test itself asks. */
  readonly accessJwt: string;
}

export interface RealPds {
  readonly url: string;
  person(name: string): Promise<Person>;
  /** The person's posts, newest first. */
  posts(person: Pick<Person, "did">): Promise<readonly StoredPost[]>;
  ask(method: string, request?: Asked): Promise<Answered>;
  /** The server knows no refresh token any more. */
  forgetSessions(): void;
  close(): Promise<void>;
}

export interface StoredPost {
  readonly uri: string;
  readonly cid: string;
  // biome-ignore lint/suspicious/noExplicitAny: a record is what the test says it is.
  readonly value: any;
}

interface Asked {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly token?: string;
}

interface Answered {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked.
  readonly body: any;
}

export async function startPds(): Promise<RealPds> {
  const folder = mkdtempSync(join(tmpdir(), "agencyiq-pds-"));
  const port = await freePort();
  const child = spawn(process.execPath, [program, folder, String(port), randomBytes(32).toString("hex")], {
    env: { PATH: process.env["PATH"], HOME: folder, LOG_ENABLED: "false" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (line) => resolve((JSON.parse(line) as { url: string }).url));
    child.once("close", () => reject(new Error(`the PDS ended: ${said}`)));
  });
  const ask = askAt(url);
  return {
    url,
    ask,
    person: (name) => newPerson(ask, name),
    posts: async ({ did }) => {
      const query = { repo: did, collection: "app.bsky.feed.post", limit: "100" };
      return (await ask("com.atproto.repo.listRecords", { query })).body.records;
    },
    forgetSessions: () => {
      const database = new Database(join(folder, "account.sqlite"));
      database.exec("delete from refresh_token");
      database.close();
    },
    close: async () => {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function askAt(url: string): RealPds["ask"] {
  return async (method, { query = {}, json, token } = {}) => {
    const response = await fetch(`${url}/xrpc/${method}?${new URLSearchParams(query)}`, {
      method: json === undefined ? "GET" : "POST",
      headers: {
        ...(json === undefined ? {} : { "content-type": "application/json" }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? null : JSON.parse(text) };
  };
}

async function newPerson(ask: RealPds["ask"], name: string): Promise<Person> {
  const password = `main-password-of-${name}`;
  // A test that is tried again needs another one.
  const unique = `${name}-${randomBytes(2).toString("hex")}`;
  const account = { email: `${unique}@example.test`, handle: `${unique}.test`, password };
  const { body } = await ask("com.atproto.server.createAccount", { json: account });
  const { did, handle, accessJwt } = body;
  const made = await ask("com.atproto.server.createAppPassword", { json: { name: "agencyiq" }, token: accessJwt });
  if (typeof made.body.password !== "string") throw new Error(JSON.stringify([body, made.body]));
  return { did, handle, password, appPassword: made.body.password, accessJwt };
}
