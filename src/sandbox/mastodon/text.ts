/** How a server counts and shows what somebody wrote. */

const address = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]}'»]/g;
const elsewhere = /(^|[^=/\w])(@\w+(?:[.-]+\w+)*)@[\w-]+(?:\.[\w-]+)+/g;

/** Graphemes; an address counts 23, of a mention of somebody elsewhere the name alone. */
export function lengthOf(text: string): number {
  const counted = text.replace(address, "x".repeat(23)).replace(elsewhere, "$1$2");
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(counted)].length;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** The HTML of a status: paragraphs, links whose middle alone is seen, tags and mentions as links. */
export function contentOf(text: string, host: string): string {
  const linked = (part: string) => {
    const [, scheme = "", rest = ""] = /^(https?:\/\/(?:www\.)?)(.*)$/s.exec(part) ?? [];
    const [seen, hidden] = [rest.slice(0, 30), rest.slice(30)];
    const cut = hidden === "" ? "" : ' class="ellipsis"';
    return `<a href="${escaped(part)}" target="_blank" rel="nofollow noopener" translate="no"><span class="invisible">${scheme}</span><span${cut}>${escaped(seen)}</span><span class="invisible">${escaped(hidden)}</span></a>`;
  };
  const tagged = (part: string) =>
    escaped(part)
      .replace(
        /(^|[^&\w])#(\w+)/g,
        `$1<a href="https://${host}/tags/$2" class="mention hashtag" rel="tag">#<span>$2</span></a>`,
      )
      .replace(
        /(^|[^\w/])@(\w+)@([\w.-]+\w)/g,
        '$1<span class="h-card" translate="no"><a href="https://$3/@$2" class="u-url mention">@<span>$2</span></a></span>',
      );
  const pieces: string[] = [];
  let from = 0;
  for (const { 0: found, index } of text.matchAll(address)) {
    pieces.push(tagged(text.slice(from, index)), linked(found));
    from = index + found.length;
  }
  pieces.push(tagged(text.slice(from)));
  return pieces
    .join("")
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll("\n", "<br />")}</p>`)
    .join("");
}
