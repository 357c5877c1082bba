/** Text of others as it may be shown: on one line, without what moves a terminal's cursor or turns the writing direction. */
export function withoutControls(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
    .replace(/[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g, "")
    .trim();
}
