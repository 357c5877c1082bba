import { expect, test } from "vitest";
import { Output } from "../../src/cli/output.ts";
import { uploadBar, uploadLines } from "../../src/cli/upload-bar.ts";

const film = { account: "x/acme", platform: "x", file: "/home/ann/film.mp4", total: 200_000_000 };

test("one file has its name, a bar, and how much of how much", () => {
  const said: string[] = [];
  const hear = uploadBar((text) => said.push(text));
  for (const done of [0, 9_990_000, 100_000_000, 200_000_000]) hear({ ...film, done });
  expect(said).toEqual([
    "film.mp4 ────────────────────────   0 %  0.0 of 200 MB",
    "film.mp4 ━───────────────────────   4 %  10 of 200 MB",
    "film.mp4 ━━━━━━━━━━━━────────────  50 %  100 of 200 MB",
    "film.mp4 is sent (200 MB), the platform processes it",
  ]);
});

test("several files, and one that goes to several accounts, are summed up", () => {
  const said: string[] = [];
  const hear = uploadBar((text) => said.push(text));
  hear({ ...film, done: 50_000_000 });
  hear({ ...film, account: "x/globex", done: 0 });
  expect(said.at(-1)).toBe("2 files ━━━─────────────────────  12 %  50 of 400 MB");
  hear({ ...film, done: 200_000_000 });
  hear({ ...film, account: "x/globex", done: 200_000_000 });
  expect(said.at(-1)).toBe("2 files are sent (400 MB), the platforms process them");
});

function outputTo(written: { stdout: string; stderr: string }, json: boolean): Output {
  const stream = (name: "stdout" | "stderr") => ({
    isTTY: false,
    columns: undefined,
    write: (text: string) => {
      written[name] += text;
    },
  });
  return new Output({
    json,
    quiet: false,
    debug: false,
    redact: (text) => text,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    environment: {},
  });
}

test("with --progress: JSON lines on stdout with --json, else lines on stderr", () => {
  const written = { stdout: "", stderr: "" };
  uploadLines(outputTo(written, true))({ ...film, done: 4_194_304 });
  expect(written.stderr).toBe("");
  expect(JSON.parse(written.stdout)).toEqual({
    event: "progress",
    account: "x/acme",
    file: "/home/ann/film.mp4",
    done: 4_194_304,
    total: 200_000_000,
  });
  const plain = { stdout: "", stderr: "" };
  uploadLines(outputTo(plain, false))({ ...film, done: 4_194_304 });
  expect(plain).toEqual({ stdout: "", stderr: "film.mp4 ────────────────────────   2 %  4.2 of 200 MB\n" });
});
