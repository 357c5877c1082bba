/** Telegram's HTML. https://core.telegram.org/bots/api#html-style */

const tags = new Set([
  "b",
  "strong",
  "i",
  "em",
  "u",
  "ins",
  "s",
  "strike",
  "del",
  "span",
  "a",
  "code",
  "pre",
  "blockquote",
  "tg-spoiler",
  "tg-emoji",
]);
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"' };

/** The text that is left, or what is wrong with it. */
export function readHtml(source: string): { readonly text: string } | { readonly problem: string } {
  const open: string[] = [];
  let text = "";
  for (const { 0: found, index } of source.matchAll(/<[^>]*>?|&#?\w+;|[^<&]+|&/g)) {
    if (!found.startsWith("<")) {
      text += /^&\w+;$/.test(found) ? (entities[found.slice(1, -1)] ?? found) : found;
      continue;
    }
    const at = Buffer.byteLength(source.slice(0, index));
    const [, end, name = ""] = /^<(\/?)([\w-]*)/.exec(found) ?? [];
    const tag = name.toLowerCase();
    if (!found.endsWith(">")) return { problem: `Unclosed start tag at byte offset ${at}` };
    if (!end && !tags.has(tag)) return { problem: `Unsupported start tag "${tag}" at byte offset ${at}` };
    if (!end) open.push(tag);
    else if (open.pop() !== tag) return { problem: `Unexpected end tag at byte offset ${at}` };
  }
  const last = open.at(-1);
  return last === undefined ? { text } : { problem: `Can't find end tag corresponding to start tag "${last}"` };
}
