/** What platforms call a character. */

/** UAX #29 extended grapheme clusters: what a person would call one. A family of emoji is one. */
export function graphemes(text: string): number {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  let count = 0;
  for (const _cluster of segmenter.segment(text)) count += 1;
  return count;
}

/** Costs milliseconds to make. */
let segmenter: Intl.Segmenter | null = null;

/** As the text is sent: RFC 3629; half a surrogate pair is sent as U+FFFD, three bytes. */
export function utf8Bytes(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** What JavaScript, Java and C# call the length. */
export function utf16Units(text: string): number {
  return text.length;
}

/** Unicode code points: what Python and Go's runes count. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _point of text) count += 1;
  return count;
}
