/**
 * What is shown of a commentary: little text, which ends at the first reserved character that is neither escaped nor the
 * beginning of an element. https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format
 */

interface Element {
  readonly shape: RegExp;
  readonly shown: (match: RegExpExecArray) => string;
}

const elements: readonly Element[] = [
  { shape: /\\([\\|{}@[\]()<>#*_~])/y, shown: ([, escaped]) => escaped ?? "" },
  { shape: /\{hashtag\|\\?([#＃])\|([^|{}]+)\}/y, shown: ([, sign, tag]) => `${sign}${tag}` },
  { shape: /@\[([^[\]]+)\]\(urn:li:(?:person|organization):[\w-]+\)/y, shown: ([, name]) => name ?? "" },
  { shape: /#[\p{L}\p{N}]+/uy, shown: ([tag]) => tag },
  { shape: /[^\\|{}@[\]()<>#*_~]+/y, shown: ([text]) => text },
];

export function shownText(commentary: string): string {
  let shown = "";
  for (let at = 0; at < commentary.length; ) {
    const found = elementAt(commentary, at);
    if (!found) return shown.trimEnd();
    shown += found.shown;
    at = found.end;
  }
  return shown;
}

function elementAt(commentary: string, at: number): { shown: string; end: number } | null {
  for (const { shape, shown } of elements) {
    shape.lastIndex = at;
    const match = shape.exec(commentary);
    if (match) return { shown: shown(match), end: at + match[0].length };
  }
  return null;
}
