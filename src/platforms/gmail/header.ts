/** Lines of a message's head: ASCII, and none of them a line that somebody else wrote. RFC 5322, 2047, 2231 */
import type { Mailbox } from "../google/addresses.ts";

/** What may never get into a head: it would begin another line of it. */
const controls = /\p{Cc}+/gu;

/** One encoded word may have 75 characters (RFC 2047 section 2): so many bytes of UTF-8 in base64. */
const wordBytes = 45;

/** Text for people, as in `Subject` (RFC 2047). */
export function encodedText(text: string): string {
  const line = text.replace(controls, " ").trim();
  // What looks like an encoded word already would be read as one; a line may have 998 characters.
  const isPlain = /^[\x20-\x7e]*$/.test(line) && !line.includes("=?") && line.length <= 900;
  return isPlain ? line : encodedWords(line).join("\r\n ");
}

/** No character is cut in two (section 5). */
function encodedWords(text: string): string[] {
  const encoder = new TextEncoder();
  const words: string[] = [];
  let word: number[] = [];
  const end = () => {
    if (word.length > 0) words.push(`=?UTF-8?B?${btoa(String.fromCharCode(...word))}?=`);
    word = [];
  };
  for (const character of text) {
    const bytes = encoder.encode(character);
    if (word.length + bytes.length > wordBytes) end();
    word.push(...bytes);
  }
  end();
  return words;
}

/** RFC 5322 section 3.4. */
export function mailbox({ name, address }: Mailbox): string {
  if (name === null || name.replace(controls, " ").trim() === "") return address;
  const line = name.replace(controls, " ").trim();
  if (!/^[\x20-\x7e]*$/.test(line) || line.includes("=?")) return `${encodedText(line)} <${address}>`;
  return `"${line.replace(/["\\]/g, "\\$&")}" <${address}>`;
}

/** A list of them, one a line. */
export function mailboxes(list: readonly Mailbox[]): string {
  return list.map(mailbox).join(",\r\n ");
}

/** A file's name: RFC 2231, as all programs of this century read it. */
export function fileNameParameter(name: string): string {
  const line = name.replace(controls, " ").trim() || "file";
  if (/^[\x20-\x7e]*$/.test(line) && line.length <= 200) return `filename="${line.replace(/["\\]/g, "\\$&")}"`;
  return `filename*=UTF-8''${percentEncoded(line)}`;
}

function percentEncoded(text: string): string {
  return encodeURIComponent(text).replace(
    /['()*!]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
