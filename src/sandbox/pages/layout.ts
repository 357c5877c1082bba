/** The frame of every page of the sandbox: no script, light and dark, readable on a phone. `html` escapes what it is given. */
import { html, raw } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";

export type Page = HtmlEscapedString | Promise<HtmlEscapedString>;

const style = `
:root { color-scheme: light dark; --paper: #f6f7f9; --card: #fff; --ink: #16191d; --soft: #5b6470; --line: #dfe3e8; --key: #1a5fd0; --key-ink: #fff; --note: #fff7e0; --note-line: #ecd9a0; }
@media (prefers-color-scheme: dark) { :root { --paper: #101317; --card: #191d23; --ink: #e8ebef; --soft: #9aa4b1; --line: #2c333c; --key: #7fb0ff; --key-ink: #0b1422; --note: #2a2414; --note-line: #54481f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
main.narrow { max-width: 29rem; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .25rem 0 .75rem; letter-spacing: -.01em; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p { margin: .5rem 0; }
a { color: var(--key); }
.banner { background: var(--note); border-bottom: 1px solid var(--note-line); font-size: .875rem; padding: .4rem 1rem; text-align: center; }
.banner a { color: inherit; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 1rem 1.15rem; margin: .75rem 0; overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: .9rem; }
.platform { display: inline-block; border: 1px solid var(--line); border-radius: 99px; padding: 0 .55rem; font-size: .8rem; color: var(--soft); }
.byline { display: flex; flex-wrap: wrap; gap: .15rem .5rem; align-items: baseline; }
.byline b { font-weight: 650; }
.byline .platform { margin-left: auto; }
.text { white-space: pre-wrap; margin: .35rem 0 .5rem; font-size: 1.0625rem; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: .75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; margin: .5rem 0; }
code { font-family: ui-monospace, "SF Mono", Menlo, "DejaVu Sans Mono", monospace; font-size: .92em; }
figure { margin: .5rem 0; }
figure img { display: block; max-width: 100%; max-height: 28rem; border-radius: 10px; border: 1px solid var(--line); }
blockquote { margin: .5rem 0; font-size: .95rem; }
ul { padding-left: 1.2rem; margin: .5rem 0; }
fieldset { border: 0; padding: 0; margin: 1.25rem 0; }
legend { font-weight: 600; padding: 0; margin-bottom: .5rem; }
.choice { display: flex; gap: .7rem; align-items: center; border: 1px solid var(--line); background: var(--card); border-radius: 10px; padding: .6rem .85rem; margin: .4rem 0; cursor: pointer; }
.choice:has(:checked) { border-color: var(--key); box-shadow: inset 0 0 0 1px var(--key); }
.choice span { display: block; }
input[type=radio] { accent-color: var(--key); width: 1.1rem; height: 1.1rem; margin: 0; flex: none; }
.actions { display: flex; gap: .6rem; }
button { flex: 1; font: inherit; font-weight: 600; padding: .65rem 1rem; border-radius: 10px; border: 1px solid var(--line); background: transparent; color: var(--ink); cursor: pointer; }
button.main { background: var(--key); border-color: var(--key); color: var(--key-ink); }
:focus-visible { outline: 3px solid var(--key); outline-offset: 2px; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .2rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
`;

export interface Frame {
  readonly title: string;
  readonly body: Page;
  readonly narrow?: boolean;
}

export function layout({ title, body, narrow = false }: Frame): Page {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${raw(style)}</style>
</head>
<body>
<div class="banner">agencyiq sandbox: a rehearsal. Nothing here reaches a real platform. <a href="/">Overview</a> · <a href="/timeline">Timeline</a></div>
<main class="${narrow ? "narrow" : ""}">
${body}
</main>
</body>
</html>
`;
}
