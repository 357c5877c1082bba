import { html } from "hono/html";
import { layout, type Page } from "./layout.ts";
import { type PostCard, postCard } from "./post-card.ts";

export interface Timeline {
  /** Newest first. */
  readonly cards: readonly PostCard[];
  /** The platforms with posts, and the one that is shown alone, if any. */
  readonly platforms: readonly { readonly id: string; readonly name: string }[];
  readonly only: string | null;
}

export function timelinePage({ cards, platforms, only }: Timeline): Page {
  const body = html`<h1>Timeline</h1>
<p class="soft">What the platforms would show the public now, newest first. <a href="/timeline.json">As JSON</a></p>
${platforms.length < 2 && only === null ? "" : filter(platforms, only)}
${cards.length === 0 ? html`<div class="card soft">Nothing published yet. Try: <code>agencyiq publish --platform x "Hello from the sandbox"</code></div>` : cards.map(postCard)}`;
  return layout({ title: "Timeline (sandbox)", body });
}

function filter(platforms: Timeline["platforms"], only: string | null): Page {
  return html`<p>${only === null ? html`<b>All</b>` : html`<a href="/timeline">All</a>`}${platforms.map(({ id, name }) => html` · ${id === only ? html`<b>${name}</b>` : html`<a href="/timeline?platform=${encodeURIComponent(id)}">${name}</a>`}`)}</p>`;
}

/** A post at its permalink, with the thread that it is part of. */
export function postPage(cards: readonly PostCard[]): Page {
  const [first] = cards;
  const title = `${first?.authorName} on ${first?.platformName} (sandbox)`;
  return layout({ title, body: html`${cards.map(postCard)}`, narrow: true });
}
