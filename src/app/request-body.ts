/** The body of a request to a platform: JSON, a form, or files between texts, read while they are sent. */
import type { HttpRequest } from "../domain/ports/http.ts";
import type { ApiRequest, FileSlice } from "../platforms/platform.ts";

export interface BodySettings {
  /** A text that no part of a body holds. */
  readonly boundary: () => string;
  /** Told how far a file is on its way, in bytes of the whole file. */
  readonly moved: (slice: FileSlice, done: number) => void;
}

type Body = Required<Pick<HttpRequest, "headers">> & Pick<HttpRequest, "body">;

export function bodyOf(request: ApiRequest, settings: BodySettings): Body {
  const { headers = {} } = request;
  const typed = (type: string, body: NonNullable<HttpRequest["body"]>): Body => ({
    headers: { "content-type": type, ...headers },
    body,
  });
  if (request.json !== undefined) return typed("application/json", JSON.stringify(request.json));
  if (request.form !== undefined) {
    return typed("application/x-www-form-urlencoded", new URLSearchParams(request.form).toString());
  }
  if (request.multipart !== undefined) return multipart(request.multipart, typed, settings);
  if (request.file !== undefined) return typed(request.file.source.type, streamed([request.file], settings));
  return { headers };
}

/** RFC 7578. What a file is called here is nobody's business, unless the platform shows it. */
function multipart(
  fields: NonNullable<ApiRequest["multipart"]>,
  typed: (type: string, body: NonNullable<HttpRequest["body"]>) => Body,
  settings: BodySettings,
): Body {
  const boundary = settings.boundary();
  const pieces = Object.entries(fields).flatMap(([name, value]): (string | FileSlice)[] => {
    const head = `--${boundary}\r\ncontent-disposition: form-data; name="${quoted(name)}"`;
    if (typeof value === "string") return [`${head}\r\n\r\n${value}\r\n`];
    if ("json" in value) return [`${head}\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(value.json)}\r\n`];
    const named = `${head}; filename="${quoted(value.name ?? "media")}"`;
    return [`${named}\r\ncontent-type: ${value.source.type}\r\n\r\n`, value, "\r\n"];
  });
  return typed(`multipart/form-data; boundary=${boundary}`, streamed([...pieces, `--${boundary}--\r\n`], settings));
}

/** What would end a name or its line (RFC 7578 section 2, as browsers write it). */
function quoted(name: string): string {
  return name.replace(/[\r\n"]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

function streamed(parts: readonly (string | FileSlice)[], { moved }: BodySettings): NonNullable<HttpRequest["body"]> {
  const encoder = new TextEncoder();
  const pieces = parts.map((part) => (typeof part === "string" ? encoder.encode(part) : part));
  const length = pieces.reduce((sum, piece) => sum + (isBytes(piece) ? piece.length : piece.end - piece.start), 0);
  return {
    length,
    open: async function* () {
      for (const piece of pieces) {
        if (isBytes(piece)) yield piece;
        else yield* read(piece, moved);
      }
    },
  };
}

async function* read(slice: FileSlice, moved: BodySettings["moved"]): AsyncGenerator<Uint8Array> {
  const { source, start, end } = slice;
  let done = start;
  for await (const bytes of source.read(start, end)) {
    yield bytes;
    // Asked for more: what was there is on its way.
    done += bytes.length;
    moved(slice, done);
  }
}

function isBytes(piece: Uint8Array | FileSlice): piece is Uint8Array {
  return piece instanceof Uint8Array;
}
