/** What kind of document a file is, and how many pages it has where that can be told without a reader of its format. */
import type { MediaFacts, MediaSource } from "../domain/ports/media.ts";

type Found = Partial<Pick<MediaFacts, "type" | "pages">>;

const openXml = "application/vnd.openxmlformats-officedocument";

/** `type`: what the first bytes look like: an archive and a compound file may be many things. */
export async function documentFacts(type: string, size: number, read: MediaSource["read"]): Promise<Found> {
  if (type === "application/pdf") return pdfPages(read, size);
  if (type === "application/zip") return officeArchive(read, size);
  if (type === "application/x-cfb") return compoundFile(read, size);
  return {};
}

/**
 * The root of the page tree counts all pages (ISO 32000-1 section 7.7.3.2), so the largest count is theirs; a linearized file
 * says it at its beginning, too (annex F). Where both lie in compressed streams, nothing is told.
 */
async function pdfPages(read: MediaSource["read"], size: number): Promise<Found> {
  let pages = 0;
  for await (const text of windows(read, size)) {
    const told = Number(/\/Linearized\b[^>]{0,200}\/N\s+(\d+)/.exec(text)?.[1] ?? 0);
    const counts = [...text.matchAll(/\/Type\s*\/Pages\b/g)].map(({ index }) => {
      const node = text.slice(text.lastIndexOf(" obj", index), text.indexOf("endobj", index));
      return Number(/\/Count\s+(\d+)/.exec(node)?.[1] ?? 0);
    });
    pages = Math.max(pages, told, ...counts);
  }
  return pages > 0 ? { pages } : {};
}

/** Names in the archive's directory, which is at its end (APPNOTE 4.3.12). */
async function officeArchive(read: MediaSource["read"], size: number): Promise<Found> {
  const tail = await textOf(read(Math.max(0, size - directoryBytes), size));
  if (tail.includes("word/document.xml")) return { type: `${openXml}.wordprocessingml.document` };
  if (tail.includes("ppt/presentation.xml")) return { type: `${openXml}.presentationml.presentation` };
  return {};
}

/** The streams of a compound file are named in UTF-16 ([MS-CFB] section 2.6.1). */
async function compoundFile(read: MediaSource["read"], size: number): Promise<Found> {
  for await (const text of windows(read, size)) {
    if (text.includes(wide("WordDocument"))) return { type: "application/msword" };
    if (text.includes(wide("PowerPoint Document"))) return { type: "application/vnd.ms-powerpoint" };
  }
  return {};
}

const wide = (name: string) => Buffer.from(name, "utf16le").toString("latin1");

const directoryBytes = 1024 * 1024;
/** What is looked for may lie on the edge of two pieces. */
const overlap = 64 * 1024;

async function* windows(read: MediaSource["read"], size: number): AsyncGenerator<string, void> {
  let before = "";
  for await (const piece of read(0, size)) {
    const text = before + Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1");
    yield text;
    before = text.slice(-overlap);
  }
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks).toString("latin1");
}
