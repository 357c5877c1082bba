/** One post as a person would see it: on the timeline and at its permalink. */
import { html } from "hono/html";
import { toTimestamp } from "../../domain/time.ts";
import type { SandboxPost } from "../posts.ts";
import type { Page } from "./layout.ts";

export interface PostCard {
  readonly post: SandboxPost;
  readonly authorName: string;
  readonly platformName: string;
}

export function postCard({ post, authorName, platformName }: PostCard): Page {
  const at = toTimestamp(post.createdAt);
  return html`<article class="card">
<div class="byline"><b>${authorName}</b> <span class="soft">@${post.author}</span> <span class="platform">${platformName}</span></div>
${post.replyTo === null ? "" : html`<div class="soft">in reply to ${post.replyTo}</div>`}
<p class="text">${linked(post.text)}</p>
${post.pollOptions.length === 0 ? "" : html`<ul>${post.pollOptions.map((option) => html`<li>${option}</li>`)}</ul>`}
<div class="soft"><time datetime="${at}">${at.slice(0, 10)} ${at.slice(11, 16)} UTC</time> · <a href="${localPath(post.url)}">${post.url.replace(/^https:\/\//, "")}</a></div>
</article>`;
}

/** Where the sandbox serves a platform's permalink. */
function localPath(url: string): string {
  const { host, pathname } = new URL(url);
  return `/${host}${pathname}`;
}

/** Links for http and https alone: a text can hold anything. */
function linked(text: string): (Page | string)[] {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer nofollow">${part}</a>` : part));
}
