/**
 * Splits a command line into words as a shell would, without a shell: quotes and backslashes, no variables, no
 * globs, no operators. A JSON array of strings is taken as it is. null: an open quote, or nothing.
 */
export function splitCommandLine(line: string): string[] | null {
  const text = line.trim();
  if (text.startsWith("[")) return fromJson(text);
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] ?? "";
    if (quote !== null) {
      if (character === quote) quote = null;
      else if (character === "\\" && quote === '"' && /["\\]/.test(text[index + 1] ?? "")) word += text[++index] ?? "";
      else word += character;
    } else if (character === "'" || character === '"') {
      quote = character;
      word ??= "";
    } else if (character === "\\" && index + 1 < text.length) {
      word = (word ?? "") + text[++index];
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== null) words.push(word);
  return quote === null && words.length > 0 ? words : null;
}

function fromJson(text: string): string[] | null {
  try {
    const parsed: unknown = JSON.parse(text);
    const words = Array.isArray(parsed) && parsed.every((word) => typeof word === "string") ? (parsed as string[]) : [];
    return words.length > 0 ? words : null;
  } catch {
    return null;
  }
}
