/** Judges a post's content. https://github.com/tumblr/docs/blob/master/npf-spec.md */
import { codePoints } from "../../domain/counting/units.ts";

export type Json = Readonly<Record<string, unknown>>;

/** A text: what is wrong with it. */
export function problemIn(body: Json, files: ReadonlySet<string>): string | null {
  const { content } = body;
  if (!Array.isArray(content) || content.length === 0) return "content must be blocks";
  if (content.length > 1000) return "content has too many blocks";
  const blocks = content as readonly Json[];
  const count = (kind: string) => blocks.filter(({ type }) => type === kind).length;
  if (count("image") > 30 || count("video") > 10 || count("link") > 10) return "too many blocks of one type";
  const used = new Set<string>();
  for (const block of blocks) {
    const problem = problemOf(block, files, used);
    if (problem !== null) return problem;
  }
  if (used.size < files.size) return "a file is of no block";
  return fieldProblem(body);
}

const subtypes = [
  "heading1",
  "heading2",
  "quirky",
  "quote",
  "indented",
  "chat",
  "ordered-list-item",
  "unordered-list-item",
];

function problemOf(block: Json, files: ReadonlySet<string>, used: Set<string>): string | null {
  switch (block["type"]) {
    case "text": {
      const { text, subtype } = block;
      if (typeof text !== "string" || codePoints(text) > 4096) return "a text block has at most 4096 characters";
      return subtype === undefined || subtypes.includes(String(subtype)) ? null : "there is no such subtype";
    }
    case "link":
      return URL.canParse(String(block["url"])) ? null : "a link has no address";
    case "image": {
      const [media] = Array.isArray(block["media"]) ? (block["media"] as readonly Json[]) : [];
      if (codePoints(String(block["alt_text"] ?? "")) > 4096) return "alt_text is too long";
      return mediaProblem(media, "image/", files, used);
    }
    case "video":
      return mediaProblem(block["media"] as Json | undefined, "video/", files, used);
    default:
      return "there is no such type of block";
  }
}

function mediaProblem(
  media: Json | undefined,
  type: string,
  files: ReadonlySet<string>,
  used: Set<string>,
): string | null {
  if (!String(media?.["type"]).startsWith(type)) return `media must be ${type}*`;
  const identifier = media?.["identifier"];
  if (typeof identifier !== "string" || !files.has(identifier)) return "the media's identifier is of no part";
  if (used.has(identifier)) return "an identifier is used twice";
  used.add(identifier);
  return null;
}

const fields = ["content", "layout", "state", "publish_on", "date", "tags", "source_url", "slug", "is_private"];

function fieldProblem(body: Json): string | null {
  const unknown = Object.keys(body).find((name) => !fields.includes(name));
  if (unknown !== undefined) return `${unknown} is not known`;
  const { state = "published", publish_on: at, tags = "" } = body;
  if (!["published", "queue", "draft", "private"].includes(String(state))) return "there is no such state";
  if (typeof tags !== "string") return "tags must be a text";
  if (at === undefined) return null;
  return state === "queue" && !Number.isNaN(Date.parse(String(at))) ? null : "publish_on goes with state queue";
}
