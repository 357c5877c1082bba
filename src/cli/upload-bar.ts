/** Uploads as a person sees them, and as a program reads them. */
import type { HearUploads, UploadProgress } from "../app/upload-progress.ts";
import type { Output } from "./output.ts";

const barWidth = 24;

/** `film.mp4 ━━━━━━━━────────  33 %  70 of 209 MB`; several files together. */
export function uploadBar(say: (text: string) => void): HearUploads {
  const files = new Map<string, UploadProgress>();
  return (progress) => {
    files.set(keyOf(progress), progress);
    const all = [...files.values()];
    say(all.every(({ done, total }) => done === total) ? sentLine(all) : lineOf(all));
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
  const done = sumOf(files, "done");
  const total = sumOf(files, "total");
  const share = total === 0 ? 1 : done / total;
  const filled = Math.floor(share * barWidth);
  const bar = "━".repeat(filled) + "─".repeat(barWidth - filled);
  return `${nameOf(files)} ${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${megabytes(done)} of ${megabytes(total)} MB`;
}

/** Videos take their time there. */
function sentLine(files: readonly Shown[]): string {
  const size = `${megabytes(sumOf(files, "total"))} MB`;
  return files.length === 1
    ? `${nameOf(files)} is sent (${size}), the platform processes it`
    : `${nameOf(files)} are sent (${size}), the platforms process them`;
}

function nameOf(files: readonly Shown[]): string {
  return files.length === 1 ? (files[0]?.file.split("/").at(-1) ?? "") : `${files.length} files`;
}

function sumOf(files: readonly Shown[], field: "done" | "total"): number {
  return files.reduce((sum, file) => sum + file[field], 0);
}

/** Decimal, as shops and platforms count; one digit below ten. */
function megabytes(bytes: number): string {
  const count = bytes / 1_000_000;
  return count < 9.95 ? count.toFixed(1) : String(Math.round(count));
}
