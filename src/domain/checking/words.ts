/** Measures as people read them. */
import type { Range } from "../limits.ts";

const kibibyte = 1024;

export function sizeInWords(bytes: number): string {
  if (bytes < kibibyte) return `${bytes} bytes`;
  if (bytes < kibibyte * kibibyte) return `${rounded(bytes / kibibyte)} KiB`;
  if (bytes < kibibyte ** 3) return `${rounded(bytes / kibibyte ** 2)} MiB`;
  return `${rounded(bytes / kibibyte ** 3)} GiB`;
}

/** What is just over a limit must not read as the limit itself. */
function rounded(value: number): string {
  return String(Math.ceil(value * 10) / 10);
}

export function rangeInWords({ min, max }: Range): string {
  if (min === undefined) return `at most ${shown(max ?? 0)}`;
  if (max === undefined) return `at least ${shown(min)}`;
  return min === max ? shown(min) : `${shown(min)} to ${shown(max)}`;
}

/** Two decimals where there are any. */
export function shown(value: number): string {
  return String(Math.round(value * 100) / 100);
}

export function isWithin(value: number, { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Range) {
  return value >= min && value <= max;
}

const names: Readonly<Record<string, string>> = {
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/gif": "GIF",
  "image/webp": "WebP",
  "image/bmp": "BMP",
  "image/tiff": "TIFF",
  "image/avif": "AVIF",
  "image/heic": "HEIC",
  "video/mp4": "MP4",
  "video/quicktime": "QuickTime (MOV)",
  "video/webm": "WebM",
  "video/mp2t": "MPEG-TS",
  "video/matroska": "Matroska",
  "application/pdf": "a PDF",
  "application/msword": "a Word document (DOC)",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "a Word document (DOCX)",
  "application/vnd.ms-powerpoint": "a PowerPoint file (PPT)",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "a PowerPoint file (PPTX)",
  "application/x-cfb": "an old office file of another kind",
  "application/zip": "a ZIP archive",
  any: "any file",
  "application/octet-stream": "of no known type",
};

export function typeInWords(type: string): string {
  return names[type] ?? type;
}

export function listed(words: readonly string[], last = "or"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** The last part of a path, of either system. */
export function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
