/** What would go where, for `--dry-run`: a line a message for people, every measure for scripts. */
import {
  type CheckedFile,
  type CheckedPart,
  type CheckedPost,
  type CheckedTarget,
  problemsOf,
} from "../app/check-post.ts";
import { fileName, shown, sizeInWords, typeInWords } from "../domain/checking/words.ts";
import { Failure } from "../domain/failure.ts";
import type { MediaFacts } from "../domain/ports/media.ts";
import { type Instant, toTimestampOrNull } from "../domain/time.ts";

/** A post that was looked at. `source` is its file, for people. */
export interface Looked {
  readonly source: string | null;
  readonly key: string | null;
  readonly checked: CheckedPost;
  readonly scheduledFor: Instant | null;
  /** The same for people; null: now. */
  readonly when: string | null;
}

/** Every problem of every post, as one failure; null: all of them fit. */
export function unfit(posts: readonly Looked[]): Failure | null {
  const failures = posts.flatMap(({ source, checked }) => {
    const failure = problemsOf(checked.targets);
    if (!failure || source === null) return failure ? [failure] : [];
    return [new Failure(failure.code, `${source}: ${failure.message}`, { hint: failure.hint })];
  });
  const [first] = failures;
  if (!first || failures.length === 1) return first ?? null;
  return new Failure(first.code, failures.map(({ message }) => message).join("; "), { hint: first.hint });
}

export function checkedLines(posts: readonly Looked[]): string {
  return posts
    .flatMap(({ source, checked, when }) => {
      const lines = checked.targets.flatMap((target) => targetLines(target, when));
      return source === null ? lines : [`${source}:`, ...lines.map((line) => `  ${line}`)];
    })
    .join("\n");
}

function targetLines({ address, parts, comment, problems, refusal }: CheckedTarget, when: string | null): string[] {
  if (problems.length === 0 && refusal) return [`would not post to ${address}: ${refusal.message}`];
  if (problems.length > 0) return problems.map((problem) => `would not post to ${address}: ${problem}`);
  const lines = parts.flatMap((part, index) => {
    const lead = index === 0 ? `would post to ${address}${when === null ? "" : ` at ${when}`}` : `  part ${index + 1}`;
    const below = [...part.files.map(fileInWords), ...part.notes].map((line) => `  ${line}`);
    return [`${lead}: ${countInWords(part)}`, ...below];
  });
  return comment ? [...lines, `  first comment: ${countInWords(comment)}`] : lines;
}

function countInWords({ counts }: Pick<CheckedPart, "counts">): string {
  return counts.map(({ length, max, unit }) => `${length} of ${max} ${unit}`).join(", ") || "fits";
}

function fileInWords({ source, fitted, alt, url }: CheckedFile): string {
  const as = fitted ? `, made to fit: ${measures(fitted)}` : "";
  return `${fileName(source.path)}: ${measures(source)}${as}; ${alt === null ? "no alternative text" : `"${alt}"`}${url === null ? "" : `; ${url}`}`;
}

function measures({ type, width, height, size, seconds }: MediaFacts): string {
  const sides = width === null ? null : `${width}×${height}`;
  const duration = seconds === null ? null : `${shown(seconds)} s`;
  return [typeInWords(type), sides, duration, sizeInWords(size)].filter((each) => each !== null).join(" ");
}

export function checkedDocuments({ checked, scheduledFor }: Looked) {
  return checked.targets.map(({ address, platform, parts, comment, problems, refusal }) => ({
    id: null,
    account: address,
    platform: platform.id,
    state: problems.length === 0 && !refusal ? "validated" : "failed",
    length: parts[0]?.counts[0]?.length ?? null,
    maxLength: parts[0]?.counts[0]?.max ?? null,
    scheduledFor: toTimestampOrNull(scheduledFor),
    parts: parts.map(partDocument),
    ...(comment ? { firstComment: comment } : {}),
    problems,
    error: errorOf(problems, refusal),
  }));
}

function errorOf(problems: readonly string[], refusal: Failure | null) {
  if (problems.length > 0) return { code: "content_invalid", message: problems.join("; "), hint: null };
  return refusal && { code: refusal.code, message: refusal.message, hint: refusal.hint ?? null };
}

function partDocument({ text, counts, files, notes }: CheckedPart) {
  return {
    text,
    counts,
    media: files.map(({ source, fitted, alt, url }) => ({
      ...mediaDocument(source),
      alt,
      url,
      fitted: fitted && mediaDocument(fitted),
    })),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

function mediaDocument({ path, type, size, width, height, seconds }: MediaFacts) {
  return { file: path, type, bytes: size, width, height, seconds };
}
