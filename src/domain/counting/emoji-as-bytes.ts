import { utf8Bytes } from "./units.ts";

/** An emoji with all that belongs to it: modifiers, joiners, variation selectors; a flag; a keycap. */
const emoji =
  /\p{Regional_Indicator}{2}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|[\u{E0020}-\u{E007F}])*(?:\u200D\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})*)*/gu;

/**
 * Threads counts code points, and every emoji by its bytes in UTF-8:
 * https://developers.facebook.com/docs/threads/overview#limitations
 */
export function emojiAsBytes(text: string): number {
  const emojiBytes = [...text.matchAll(emoji)].reduce((sum, [found]) => sum + utf8Bytes(found), 0);
  return [...text.replace(emoji, "")].length + emojiBytes;
}
