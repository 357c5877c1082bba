/** Shorter texts could be ordinary words; real tokens and secrets are longer. */
const shortestSecret = 8;

/** A daemon sees thousands of tokens an hour; what can still turn up in an error are those it handled last. */
const mostKept = 2000;

/** The last line of defence: secrets that were seen in this run are never printed, whatever went wrong before. */
export class Redactor {
  /** The one that was seen last comes last. */
  readonly #kept = new Map<string, readonly string[] | null>();
  /** Those whose forms were not needed yet. */
  #unexpanded = 0;
  /** Forms by how they begin, so that a text is gone through once, however many there are. */
  readonly #byStart = new Map<string, string[]>();
  /** Whether a form begins with such two characters: most places of a text are passed by it. */
  readonly #starts = new Uint8Array(65_536);

  keep(secret: string | null | undefined): void {
    if (!secret || secret.length < shortestSecret) return;
    const known = this.#kept.get(secret);
    if (known === undefined) this.#unexpanded += 1;
    else this.#kept.delete(secret);
    this.#kept.set(secret, known ?? null);
    if (this.#kept.size > mostKept) this.#forgetOldest();
  }

  redact(text: string): string {
    if (this.#unexpanded > 0) this.#expand();
    if (this.#byStart.size === 0) return text;
    const rest = this.#replaced(text);
    if (!rest.includes("…")) return rest;
    const forms = [...this.#byStart.values()].flat();
    return rest.replace(/[^…]+(?=…)/g, (piece) => withoutBeginning(piece, forms));
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept;
    if (!oldest) return;
    const [secret, forms] = oldest;
    this.#kept.delete(secret);
    if (forms === null) this.#unexpanded -= 1;
    for (const form of forms ?? []) {
      const start = form.slice(0, shortestSecret);
      const left = (this.#byStart.get(start) ?? []).filter((other) => other !== form);
      if (left.length > 0) this.#byStart.set(start, left);
      else this.#byStart.delete(start);
    }
  }

  #expand(): void {
    for (const [secret, forms] of this.#kept) {
      if (forms !== null) continue;
      const made = [...new Set(formsOf(secret))].filter((form) => form.length >= shortestSecret);
      this.#kept.set(secret, made);
      for (const form of made) {
        const start = form.slice(0, shortestSecret);
        this.#byStart.set(start, [...(this.#byStart.get(start) ?? []), form]);
        this.#starts[startOf(form, 0)] = 1;
      }
    }
    this.#unexpanded = 0;
  }

  /** Where two overlap, all that they cover is replaced. */
  #replaced(text: string): string {
    let told = "";
    let done = 0;
    let covered = -1;
    for (let at = 0; at <= text.length - shortestSecret; at += 1) {
      if (this.#starts[startOf(text, at)] === 0) continue;
      const end = this.#endOfForm(text, at);
      if (end <= covered) continue;
      if (at >= covered) {
        told += covered === -1 ? text.slice(0, at) : `[secret]${text.slice(done, at)}`;
      }
      covered = end;
      done = end;
    }
    return covered === -1 ? text : `${told}[secret]${text.slice(done)}`;
  }

  /** Where the longest form that begins here ends; -1: none does. */
  #endOfForm(text: string, at: number): number {
    let end = -1;
    for (const form of this.#byStart.get(text.slice(at, at + shortestSecret)) ?? []) {
      if (text.startsWith(form, at)) end = Math.max(end, at + form.length);
    }
    return end;
  }
}

/** The low bytes of two characters as one number. */
function startOf(text: string, at: number): number {
  return ((text.charCodeAt(at) & 255) << 8) | (text.charCodeAt(at + 1) & 255);
}

/** Others' texts are shortened before they come here: a secret at the end may have lost its own. */
function withoutBeginning(text: string, forms: readonly string[]): string {
  const tail = text.slice(-shortestSecret);
  if (tail.length < shortestSecret) return text;
  let longest = 0;
  for (const form of forms) {
    for (let at = form.indexOf(tail); at !== -1; at = form.indexOf(tail, at + 1)) {
      const length = at + tail.length;
      if (length > longest && text.endsWith(form.slice(0, length))) longest = length;
    }
  }
  return longest === 0 ? text : `${text.slice(0, -longest)}[secret]`;
}

/** As it is, in JSON, in a URL, in a form, and in base64; a Basic header holds it as in a form, to the last sign. */
function formsOf(secret: string): string[] {
  const inUrl = encodeURIComponent(secret);
  const inForm = new URLSearchParams([["", secret]]).toString().slice(1);
  const inBasic = inForm.replace(/[-_.!~*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  // RFC 3986 to the letter, as in a signed request (RFC 5849 section 3.6).
  const inSigned = inUrl.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const percent = [inUrl, inForm, inBasic, inSigned].flatMap((text) => [
    text,
    text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  ]);
  const base64 = [secret, inForm, inBasic].flatMap((text) => base64Forms(Buffer.from(text)));
  return [secret, JSON.stringify(secret).slice(1, -1), ...percent, ...base64];
}

/**
 * Base64 at each of the three positions it can have inside a longer text: a client secret is rarely alone, it follows
 * the id and a colon in a Basic header. Characters that hold a neighbour's bits are left out, since they vary.
 */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64url");
    const shared = (offset + bytes.length) % 3 === 0 ? 0 : 1;
    const own = encoded.slice(offset === 0 ? 0 : offset + 1, encoded.length - shared);
    return [own, own.replaceAll("-", "+").replaceAll("_", "/")];
  });
}
