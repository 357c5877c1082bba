/** Shorter texts could be ordinary words; real tokens and secrets are longer. */
const shortestSecret = 8;

/** The last line of defence: secrets that were seen in this run are never printed, whatever went wrong before. */
export class Redactor {
  readonly #secrets = new Set<string>();

  keep(secret: string | null | undefined): void {
    if (!secret || secret.length < shortestSecret) return;
    this.#secrets.add(secret);
    this.#secrets.add(encodeURIComponent(secret));
    this.#secrets.add(Buffer.from(secret).toString("base64"));
  }

  redact(text: string): string {
    let redacted = text;
    // Longest first, so that a secret that contains another is replaced whole.
    for (const secret of [...this.#secrets].sort((a, b) => b.length - a.length)) {
      if (redacted.includes(secret)) redacted = redacted.replaceAll(secret, "[secret]");
    }
    return redacted;
  }
}
