/** What a server is sent, and how its refusals tell it back. */

/**
 * How a refusal tells the request back: decoded; as it was sent; or so late in the text that a secret is cut in two where
 * the text is shortened.
 */
export type Echo = "decoded" | "raw" | "cut";

/** JSON, or a text as it is; or where the browser is sent. */
export type Answer = [status: number, body: unknown] | URL;

export interface Sent {
  readonly url: URL;
  readonly body: string;
  readonly authorization: string;
}

export function echoed({ body, authorization }: Sent, token: string, echo: Echo): string {
  const raw = `${authorization} ${body}`;
  return { raw, decoded: decodeURIComponent(raw), cut: `${"so ".repeat(57)}${token}` }[echo];
}
