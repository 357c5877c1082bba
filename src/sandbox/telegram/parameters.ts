/** What a request says: in its query, as JSON, as a form or as multipart; names that nobody knows are passed over. */
import { createHash } from "node:crypto";
import { fileTypeOf } from "../graph/file-type.ts";

export interface ReceivedUpload {
  readonly name: string;
  readonly content: Buffer;
  /** By its content; null: no picture and no video. */
  readonly type: string | null;
  readonly sha256: string;
}

export interface Parameters {
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: Readonly<Record<string, ReceivedUpload>>;
}

/** null: a body that is none of what Telegram reads. */
export async function parametersOf(request: Request): Promise<Parameters | null> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  const type = request.headers.get("content-type") ?? "";
  if (request.method === "GET" || type === "") return { values: query, files: {} };
  try {
    if (/^application\/json\b/i.test(type)) {
      const json: unknown = await request.json();
      if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
      return { values: { ...query, ...json }, files: {} };
    }
    const form = await request.formData();
    const values: Record<string, unknown> = { ...query };
    const files: Record<string, ReceivedUpload> = {};
    for (const [name, value] of form) {
      if (typeof value === "string") values[name] = value;
      else files[name] = await received(value);
    }
    return { values, files };
  } catch {
    return null;
  }
}

async function received(file: File): Promise<ReceivedUpload> {
  const content = Buffer.from(await file.arrayBuffer());
  const sha256 = createHash("sha256").update(content).digest("hex");
  return { name: file.name, content, type: fileTypeOf(content), sha256 };
}

/** A field that is an object: as such in JSON, as its text elsewhere. */
export function objectIn(value: unknown): Readonly<Record<string, unknown>> | null {
  const read = typeof value === "string" ? parsed(value) : value;
  return typeof read === "object" && read !== null && !Array.isArray(read)
    ? (read as Readonly<Record<string, unknown>>)
    : null;
}

export function listIn(value: unknown): readonly unknown[] | null {
  const read = typeof value === "string" ? parsed(value) : value;
  return Array.isArray(read) ? read : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isTrue = (value: unknown): boolean => value === true || value === "true" || value === "1";
