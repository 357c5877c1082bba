/**
 * The "little text" of a post's commentary: a character that could begin an element ends the text there, without a word,
 * unless it is escaped. https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format
 */

const reserved = /[\\|{}@[\]()<>#*_~]/g;

/** `@[Name](urn:li:organization:1)`, as its author wrote it. */
const mention = String.raw`@\[[^\\|{}@[\]()<>#*_~\n]+\]\(urn:li:(?:person|organization):[\w-]+\)`;

/** `#word`; not in the middle of a word, and not the fragment of an address. */
const hashtag = String.raw`(?<![\p{L}\p{M}\p{N}_/?&=.%#~@+-])#(?=[\p{L}\p{N}])`;

const elements = new RegExp(`(${mention}|${hashtag})`, "u");

/** What LinkedIn shows as `text`: its hashtags and mentions work, every other reserved character is itself. */
export function littleText(text: string): string {
  return text
    .split(elements)
    .map((piece, index) => (index % 2 === 1 ? piece : piece.replace(reserved, "\\$&")))
    .join("");
}

/** The words of a commentary in any of its spellings: LinkedIn gives hashtags back as templates. */
export function wordsOf(commentary: string): string {
  return commentary
    .replace(/\{hashtag\|\\?([#＃])\|([^}]*)\}/g, "$1$2")
    .replace(/\\([\\|{}@[\]()<>#*_~])/g, "$1")
    .normalize("NFC")
    .replace(/\s+/g, " ")
    .trim();
}
