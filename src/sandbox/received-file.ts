import { createHash, type Hash } from "node:crypto";

/**
 * A file that comes in numbered segments, in any order and some of them twice. What is public of a video is its size and
 * digest, so of large ones only those are kept.
 */
export class ReceivedFile {
  readonly #keep: boolean;
  readonly #hash: Hash = createHash("sha256");
  /** Digests of those that came. */
  readonly #segments = new Map<number, string>();
  /** Those that came before their turn. */
  readonly #early = new Map<number, Uint8Array>();
  readonly #content: Uint8Array[] = [];
  #next = 0;
  #size = 0;

  /** `keep`: the content too, for pictures to be shown. */
  constructor({ keep }: { keep: boolean }) {
    this.#keep = keep;
  }

  /** @returns false where another segment of this number came before */
  put(index: number, bytes: Uint8Array): boolean {
    const digest = createHash("sha256").update(bytes).digest("hex");
    const known = this.#segments.get(index);
    if (known !== undefined) return known === digest;
    this.#segments.set(index, digest);
    this.#early.set(index, bytes);
    this.#size += bytes.length;
    this.#takeInOrder();
    return true;
  }

  #takeInOrder(): void {
    for (let bytes = this.#early.get(this.#next); bytes; bytes = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      this.#hash.update(bytes);
      if (this.#keep || this.#content.length === 0) this.#content.push(bytes.slice(0, this.#keep ? undefined : 64));
    }
  }

  /** Segments that came: the number of the next one, where they come in order. */
  get count(): number {
    return this.#segments.size;
  }

  /** Bytes of all that came. */
  get size(): number {
    return this.#size;
  }

  /** Whether none is missing between the first and the last. */
  get gapless(): boolean {
    return this.#early.size === 0;
  }

  /** Of what came in order. */
  get sha256(): string {
    return this.#hash.copy().digest("hex");
  }

  /** The first bytes at least, and all of it where it is kept. */
  get content(): Buffer {
    return Buffer.concat(this.#content);
  }
}
