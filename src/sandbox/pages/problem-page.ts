import { html } from "hono/html";
import { layout, type Page } from "./layout.ts";

export interface Problem {
  readonly title: string;
  readonly text: string;
  readonly hint?: string;
}

export function problemPage({ title, text, hint }: Problem): Page {
  const body = html`<h1>${title}</h1>
<div class="card">${text}</div>
${hint ? html`<p class="soft">${hint}</p>` : ""}`;
  return layout({ title, body, narrow: true });
}
