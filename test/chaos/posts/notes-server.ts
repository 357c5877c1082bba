/** What the Notes platforms ask: strict, and keeping account of everything. A second copy of a post is a second post. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { notesHost } from "./notes-platform.ts";

export interface StoredNote {
  readonly id: string;
  readonly author: string;
  readonly text: string;
  readonly replyTo: string | null;
  readonly url: string;
  readonly at: number;
}

interface Upload {
  readonly author: string;
  readonly pieces: number;
  readonly received: Set<number>;
  finished: boolean;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
}

const refuse = (status: number, code: string): Refusal => ({ status, code });
const isRefusal = (value: object): value is Refusal => "status" in value;

export class NotesServer {
  readonly notes: StoredNote[] = [];
  /** Requests of uploads that were carried out, by author. */
  readonly uploadRequests = new Map<string, number>();
  /** The platform's own time runs ahead by so much (milliseconds). */
  offset = 0;
  readonly #uploads = new Map<string, Upload>();
  readonly #answers = new Map<string, StoredNote>();
  readonly #server: Server;
  #lastId = 0;

  constructor() {
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  textsOf(author: string, text: string): readonly StoredNote[] {
    return this.notes.filter((note) => note.author === author && note.text === text);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? "", "http://here");
    const author = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    const text = Buffer.concat(chunks).toString();
    const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
    const path = url.pathname.replace(`/${notesHost}/v1`, "");
    const answer =
      author === undefined
        ? refuse(401, "unauthorized")
        : this.#answer(request, author, `${request.method} ${path}`, url, body);
    const status = isRefusal(answer) ? answer.status : 200;
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }

  #answer(request: IncomingMessage, author: string, target: string, url: URL, body: Record<string, unknown>): object {
    const upload = /^POST \/uploads\/([^/]+)\/(pieces|finish)$/.exec(target);
    if (upload) return this.#goOn(author, upload[1] ?? "", upload[2] === "finish", body);
    switch (target) {
      case "POST /uploads":
        return this.#begin(author, body);
      case "POST /notes":
        return this.#post(author, body, request.headers["idempotency-key"] as string | undefined);
      case "GET /notes":
        return this.#list(author, url.searchParams);
      default:
        return refuse(404, "not_found");
    }
  }

  #begin(author: string, { pieces }: Record<string, unknown>): object {
    const id = this.#newId("u");
    this.#countUpload(author);
    this.#uploads.set(id, { author, pieces: Number(pieces), received: new Set(), finished: false });
    return { id };
  }

  #goOn(author: string, id: string, finishes: boolean, body: Record<string, unknown>): object {
    const upload = this.#uploads.get(id);
    if (upload?.author !== author) return refuse(422, "no_such_upload");
    if (finishes && upload.received.size !== upload.pieces) return refuse(422, "pieces_missing");
    if (finishes) upload.finished = true;
    else upload.received.add(Number(body["piece"]));
    this.#countUpload(author);
    return { id };
  }

  #post(author: string, body: Record<string, unknown>, key: string | undefined): object {
    const known = key === undefined ? undefined : this.#answers.get(`${author} ${key}`);
    if (known) return known.text === body["text"] ? known : refuse(422, "key_used_for_another");
    const refusal = this.#problem(author, body);
    if (refusal) return refusal;
    const id = typeof body["id"] === "string" ? body["id"] : this.#newId("n");
    const note: StoredNote = {
      id,
      author,
      text: String(body["text"]),
      replyTo: typeof body["replyTo"] === "string" ? body["replyTo"] : null,
      url: `https://${notesHost}/${author}/${id}`,
      at: Date.now() + this.offset,
    };
    this.notes.push(note);
    if (key !== undefined) this.#answers.set(`${author} ${key}`, note);
    return note;
  }

  #problem(author: string, { text, upload, replyTo, id, ...others }: Record<string, unknown>): Refusal | null {
    if (Object.keys(others).length > 0 || typeof text !== "string" || text === "") return refuse(422, "invalid");
    if (id !== undefined && this.notes.some((note) => note.id === id)) return refuse(409, "exists");
    if (replyTo !== undefined && !this.notes.some((note) => note.id === replyTo))
      return refuse(422, "nothing_to_reply_to");
    if (upload === undefined) return null;
    const found = this.#uploads.get(String(upload));
    return found?.author === author && found.finished ? null : refuse(422, "upload_not_finished");
  }

  #list(author: string, query: URLSearchParams): object {
    const since = Date.parse(query.get("since") ?? "1970-01-01T00:00:00Z");
    const id = query.get("id");
    const fits = (note: StoredNote) => note.author === author && note.at >= since && (id === null || note.id === id);
    return { notes: this.notes.filter(fits).reverse().slice(0, 50) };
  }

  #countUpload(author: string): void {
    this.uploadRequests.set(author, (this.uploadRequests.get(author) ?? 0) + 1);
  }

  #newId(prefix: string): string {
    this.#lastId += 1;
    return `${prefix}${this.#lastId}`;
  }
}
