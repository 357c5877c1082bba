/** One post as a person would see it: on the timeline and at its permalink. */
import { html } from "hono/html";
import { toTimestamp } from "../../domain/time.ts";
import type { PostedDocument, PostedMedia, SandboxPost } from "../posts.ts";
import { personOf, type World } from "../world.ts";
import type { Page } from "./layout.ts";

export interface PostCard {
  readonly post: SandboxPost;
  readonly authorName: string;
  readonly platformName: string;
  /** What it answers and what it quotes, where they are (still) here. */
  readonly parent: SandboxPost | null;
  readonly quoted: SandboxPost | null;
  /** Its place in a thread of its author; null: it stands alone. */
  readonly thread: { readonly part: number; readonly of: number } | null;
}

export function cardOf(world: World, post: SandboxPost, platformName: string): PostCard {
  const find = (id: string | null) => (id === null ? null : world.posts.find(post.platform, id));
  const thread = world.posts.thread(post);
  return {
    post,
    platformName,
    authorName: post.authorName ?? personOf(world, post.author)?.name ?? post.author,
    parent: find(post.replyTo),
    quoted: find(post.quotes),
    thread: thread.length < 2 ? null : { part: thread.indexOf(post) + 1, of: thread.length },
  };
}

export function postCard({ post, authorName, platformName, parent, quoted, thread }: PostCard): Page {
  const at = toTimestamp(post.createdAt);
  return html`<article class="card">
<div class="byline"><b>${authorName}</b> <span class="soft">@${post.author}</span> <span class="platform">${platformName}</span></div>
${thread === null ? "" : html`<div class="soft">thread, part ${thread.part} of ${thread.of}</div>`}
${post.replyTo === null ? "" : html`<div class="soft">in reply to ${parent === null ? post.replyTo : link(parent)}</div>`}
${post.title ? html`<h2>${post.title}</h2>` : ""}<p class="text">${linked(post.text)}</p>
${post.link ? html`<p class="text">${linked(post.link)}</p>` : ""}
${post.media.map(mediaFigure)}
${post.document ? documentFigure(post.document) : ""}
${post.poll === null ? "" : poll(post.poll)}
${quoted === null ? "" : html`<blockquote class="card">${linked(quoted.text)}<div class="soft">${link(quoted)}</div></blockquote>`}
<div class="soft"><time datetime="${at}">${minuteOf(at)}</time> · ${post.visibility === undefined ? "" : html`${post.visibility} · `}${link(post)}</div>
</article>`;
}

function mediaFigure({ kind, type, bytes, alt, url, fetchedFrom }: PostedMedia): Page {
  if (fetchedFrom !== undefined)
    return html`<figure><figcaption class="soft">${kind}, fetched from ${linked(fetchedFrom)}</figcaption></figure>`;
  const size = sizeInWords(bytes);
  const shown = url === null ? "" : html`<img src="${localPath(url)}" alt="${alt ?? ""}" loading="lazy">`;
  return html`<figure>${shown}<figcaption class="soft">${kind}, ${type}, ${size}${alt === null ? "" : html`<br>alt text: ${alt}`}</figcaption></figure>`;
}

function documentFigure({ title, type, bytes }: PostedDocument): Page {
  return html`<figure><b>${title}</b><figcaption class="soft">document, ${type}, ${sizeInWords(bytes)}</figcaption></figure>`;
}

function sizeInWords(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function poll({ options, endsAt }: NonNullable<SandboxPost["poll"]>): Page {
  return html`<ul>${options.map((option) => html`<li>${option}</li>`)}</ul><div class="soft">poll, open until ${minuteOf(toTimestamp(endsAt))}</div>`;
}

const minuteOf = (timestamp: string): string => `${timestamp.slice(0, 10)} ${timestamp.slice(11, 16)} UTC`;

const link = ({ url }: SandboxPost): Page => html`<a href="${localPath(url)}">${url.replace(/^https:\/\//, "")}</a>`;

/** Where the sandbox serves a platform's permalink. */
function localPath(url: string): string {
  const { host, pathname, search } = new URL(url);
  return `/${host}${pathname}${search}`;
}

/** Links for http and https alone: a text can hold anything. */
function linked(text: string): (Page | string)[] {
  return text
    .split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer nofollow">${part}</a>` : part));
}
