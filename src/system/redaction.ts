/** Shorter texts could be ordinary words; real tokens and secrets are longer. */
const shortestSecret = 8;

/** The last line of defence: secrets that were seen in this run are never printed, whatever went wrong before. */
export class Redactor {
  /** Longest first, so that a secret that contains another is replaced whole. */
  #forms: readonly string[] = [];

  keep(secret: string | null | undefined): void {
    if (!secret || secret.length < shortestSecret) return;
    const forms = new Set([...this.#forms, ...formsOf(secret)]);
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
  }

  redact(text: string): string {
    const rest = this.#forms.reduce(
      (left, form) => (left.includes(form) ? left.replaceAll(form, "[secret]") : left),
      text,
    );
    return rest.replace(/[^…]+(?=…)/g, (piece) => withoutBeginning(piece, this.#forms));
  }
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
  const percent = [inUrl, inForm, inBasic].flatMap((text) => [
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
