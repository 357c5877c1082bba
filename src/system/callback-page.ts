import { createHash } from "node:crypto";
import type { CallbackPage } from "../domain/ports/machine.ts";

const style = `
:root { color-scheme: light dark; --paper: #fbfaf8; --ink: #1d1d1f; --soft: #66666b; --good: #1a7f37; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --paper: #1b1b1d; --ink: #f2f2f3; --soft: #a5a5ab; --good: #57c46f; --bad: #ff8a80; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
  font: 17px/1.5 system-ui, sans-serif; }
main { max-width: 30rem; padding: 2rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem; }
h1::before { content: ""; display: block; width: 2.5rem; height: .35rem; border-radius: 1rem; margin-bottom: 1.25rem; background: var(--mark); }
.good { --mark: var(--good); } .bad { --mark: var(--bad); }
p { margin: 0 0 1rem; } footer { color: var(--soft); font-size: .9rem; }`;

const styleHash = createHash("sha256").update(style).digest("base64");

/** No script, no third party, no cache, no referrer: the address that led here held a code. */
export const pageHeaders = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  connection: "close",
} as const;

export function callbackPage({ ok, title, text }: CallbackPage): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><style>${style}</style></head>
<body class="${ok ? "good" : "bad"}"><main><h1>${escaped(title)}</h1><p>${escaped(text)}</p><footer>agencyiq, on this machine</footer></main></body></html>
`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
