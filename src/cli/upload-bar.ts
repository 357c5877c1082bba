/** Uploads as a person sees them, and as a program reads them. */
import type { HearUploads, UploadProgress } from "../app/upload-progress.ts";
import type { Output } from "./output.ts";

const barWidth = 24;

/** `film.mp4 ━━━━━━━━────────  33 %  70 of 209 MB`; several files together. */
export function uploadBar(say: (text: string) => void): HearUploads {
  const files = new Map<string, UploadProgress>();
  return (progress) => {
    files.set(keyOf(progress), progress);
    say(lineOf([...files.values()]));
  };
}

/** With --progress: each word on its own line, for whoever reads along. */
export function uploadLines(output: Output): HearUploads {
  return ({ account, file, done, total }) =>
    output.event({ event: "progress", account, file, done, total }, lineOf([{ account, file, done, total }]));
}

type Shown = Pick<UploadProgress, "account" | "file" | "done" | "total">;

const keyOf = ({ account, file }: Shown): string => `${account}\n${file}`;

function lineOf(files: readonly Shown[]): string {
  const [first] = files;
  const done = files.reduce((sum, file) => sum + file.done, 0);
  const total = files.reduce((sum, file) => sum + file.total, 0);
  const name = files.length === 1 ? (first?.file.split("/").at(-1) ?? "") : `${files.length} files`;
  const share = total === 0 ? 1 : done / total;
  const filled = Math.floor(share * barWidth);
  const bar = "━".repeat(filled) + "─".repeat(barWidth - filled);
  return `${name} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${megabytes(done)} of ${megabytes(total)} MB`;
}

/** Decimal, as shops and platforms count; one digit below ten. */
function megabytes(bytes: number): string {
  const count = bytes / 1_000_000;
  return count < 9.95 ? count.toFixed(1) : String(Math.round(count));
}
