/** Bodies of requests, as YouTube's description has them: what it does not know it refuses. https://developers.google.com/youtube/v3/docs/videos */
import { badRequest } from "../google/errors.ts";
import { youtubeError } from "./errors.ts";

type Json = Readonly<Record<string, unknown>>;

export interface Snippet {
  readonly title: string;
  readonly description: string;
  readonly categoryId: string;
  readonly tags: readonly string[];
  readonly defaultLanguage: string | null;
}

export interface Status {
  readonly privacyStatus: "public" | "unlisted" | "private";
  /** Milliseconds. */
  readonly publishAt: number | null;
  readonly selfDeclaredMadeForKids: boolean;
  readonly containsSyntheticMedia: boolean;
  readonly license: "youtube" | "creativeCommon";
  readonly embeddable: boolean;
  readonly publicStatsViewable: boolean;
}

/** What may be written, and as what. */
const fields = {
  snippet: {
    title: "string",
    description: "string",
    categoryId: "string",
    tags: "strings",
    defaultLanguage: "string",
    defaultAudioLanguage: "string",
  },
  status: {
    privacyStatus: "string",
    publishAt: "string",
    selfDeclaredMadeForKids: "boolean",
    containsSyntheticMedia: "boolean",
    license: "string",
    embeddable: "boolean",
    publicStatsViewable: "boolean",
  },
} as const;

const categories = new Set("1 2 10 15 17 19 20 22 23 24 25 26 27 28 29".split(" "));

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export async function readJson(request: { header(name: string): string | undefined; text(): Promise<string> }) {
  if (!/^application\/json\b/i.test(request.header("content-type") ?? "")) {
    return badRequest("The content type of a resource must be application/json.");
  }
  try {
    const body: unknown = JSON.parse(await request.text());
    return isObject(body) ? body : badRequest("Invalid JSON payload received. Expected an object.");
  } catch {
    return badRequest("Invalid JSON payload received. Unexpected end of string.", "parseError");
  }
}

/** A name or type that the description has not; null where all is right. */
export function shapeProblem(body: Json, parts: readonly string[]): Response | null {
  for (const [part, value] of Object.entries(body)) {
    if (part === "id" || part === "kind" || part === "etag") continue;
    const known: Readonly<Record<string, string>> | undefined = fields[part as keyof typeof fields];
    if (!known) return unknown(part, "resource");
    // Only the parts that are named are looked at; another one is a mistake of the caller's.
    if (!parts.includes(part)) return badRequest(`'${part}' is not among the parts`, "unexpectedPart");
    if (!isObject(value)) return badRequest(`Invalid value at 'resource.${part}', expected an object`);
    for (const [name, each] of Object.entries(value)) {
      const type = known[name];
      if (type === undefined) return unknown(name, `resource.${part}`);
      if (!isOf(type, each)) return badRequest(`Invalid value at 'resource.${part}.${name}' (${type})`);
    }
  }
  return null;
}

const unknown = (name: string, at: string): Response =>
  badRequest(`Invalid JSON payload received. Unknown name "${name}" at '${at}': Cannot find field.`);

function isOf(type: string, value: unknown): boolean {
  if (type === "strings") return Array.isArray(value) && value.every((each) => typeof each === "string");
  return typeof value === type;
}

const marked = /[<>]/;

export function readSnippet(snippet: Json, isUpdate: boolean): Snippet | Response {
  const { title = "", description = "", categoryId, tags = [], defaultLanguage = null } = snippet as Partial<Snippet>;
  if (title.trim() === "" || [...title].length > 100 || marked.test(title)) return youtubeError("invalidTitle");
  if (Buffer.byteLength(description) > 5000 || marked.test(description)) return youtubeError("invalidDescription");
  if (tags.some((tag) => tag.trim() === "" || marked.test(tag)) || lengthOf(tags) > 500) {
    return youtubeError("invalidTags");
  }
  // An update without one is refused; an upload gets the usual one.
  if (categoryId === undefined ? isUpdate : !categories.has(categoryId)) return youtubeError("invalidCategoryId");
  return { title, description, categoryId: categoryId ?? "22", tags, defaultLanguage };
}

/** With the commas between them, and two quotes for each that has a space in it. */
function lengthOf(tags: readonly string[]): number {
  return tags.map((tag) => (tag.includes(" ") ? `"${tag}"` : tag)).join(",").length;
}

/** What is not named is as YouTube has it: public since 2026-11-02. */
export function readStatus(status: Json): Status | Response {
  const { privacyStatus = "public", publishAt = null, license = "youtube" } = status as Record<string, string>;
  if (!["public", "unlisted", "private"].includes(privacyStatus)) {
    return badRequest(`Invalid value at 'resource.status.privacyStatus', "${privacyStatus}"`);
  }
  if (license !== "youtube" && license !== "creativeCommon") return youtubeError("forbiddenLicenseSetting");
  const at = publishAt === null ? null : rfc3339(publishAt);
  if (Number.isNaN(at) || (at !== null && privacyStatus !== "private")) return youtubeError("invalidPublishAt");
  return {
    privacyStatus: privacyStatus as Status["privacyStatus"],
    publishAt: at,
    license,
    selfDeclaredMadeForKids: status["selfDeclaredMadeForKids"] === true,
    containsSyntheticMedia: status["containsSyntheticMedia"] === true,
    embeddable: status["embeddable"] !== false,
    publicStatsViewable: status["publicStatsViewable"] !== false,
  };
}

function rfc3339(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
}
