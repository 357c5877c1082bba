/** How Threads counts. https://developers.facebook.com/docs/threads/overview#limitations */

/** Code points; an emoji is as many as its bytes in UTF-8. Grapheme by grapheme, whatever stands together. */
export function countedCharacters(text: string): number {
  const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
  return [...graphemes].reduce((sum, { segment }) => sum + lengthOf(segment), 0);
}

function lengthOf(grapheme: string): number {
  const isEmoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u.test(grapheme);
  return isEmoji ? Buffer.byteLength(grapheme) : [...grapheme].length;
}

/** Different links of a post, the attached one with them. */
export function linksIn(text: string, attached: string | null): number {
  const found = text.match(/https?:\/\/[^\s<>"]+/gi) ?? [];
  return new Set([...found, ...(attached === null ? [] : [attached])]).size;
}
