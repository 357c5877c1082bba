/** Whether a post that X lists is the one that was written. X rewrites links and characters, and adds links of its own. */

/** The parts of a post in X's lists that tell one from another. */
export interface ListedPost {
  readonly id: string;
  readonly text?: string;
  readonly created_at?: string;
  readonly entities?: { readonly urls?: readonly ListedUrl[] };
  /** The whole text of one that is longer than `text` may be. */
  readonly note_post?: { readonly text?: string; readonly entities?: { readonly urls?: readonly ListedUrl[] } };
  readonly attachments?: {
    readonly media_keys?: readonly string[] | null;
    readonly poll_ids?: readonly string[] | null;
  };
  readonly referenced_posts?: readonly { readonly type?: string; readonly id?: string }[];
}

interface ListedUrl {
  readonly url?: string;
  readonly expanded_url?: string;
}

interface WrittenPost {
  readonly text: string;
  /** Pictures and videos. */
  readonly files: number;
  readonly poll: boolean;
  /** Ids. */
  readonly replyTo: string | null;
  readonly quote: string | null;
}

/** Words with a mark for each link, and what the links lead to. */
interface Words {
  readonly words: string;
  readonly links: readonly string[];
}

export interface Comparable extends WrittenPost, Words {}

const mark = "\u{e000}";

export async function comparable(written: WrittenPost): Promise<Comparable> {
  const { default: twitterText } = await import("twitter-text");
  const text = written.text.normalize("NFC");
  const found = twitterText.extractUrlsWithIndices(text);
  return { ...written, ...marked(text, found) };
}

function marked(text: string, found: readonly { readonly url: string; readonly indices: readonly number[] }[]): Words {
  let words = "";
  let from = 0;
  for (const { indices } of found) {
    words += text.slice(from, indices[0]) + mark;
    from = indices[1] ?? from;
  }
  return { words: spaced(words + text.slice(from)), links: found.map(({ url }) => destination(url)) };
}

/** `unsure`: the same but for where its links lead, which X may have rewritten. */
export function comparePost(listed: ListedPost, ours: Comparable): "same" | "other" | "unsure" {
  const { attachments = {}, referenced_posts: references = [] } = listed;
  const refersTo = (type: string) => references.find((reference) => reference.type === type)?.id ?? null;
  if ((attachments.media_keys?.length ?? 0) !== ours.files) return "other";
  if ((attachments.poll_ids?.length ?? 0) > 0 !== ours.poll) return "other";
  if (ours.replyTo !== null && refersTo("replied_to") !== ours.replyTo) return "other";
  if (ours.quote !== null && refersTo("quoted") !== ours.quote) return "other";
  const theirs = withoutAdditions(wordsOf(listed), ours);
  if (theirs.words !== ours.words || theirs.links.length !== ours.links.length) return "other";
  return theirs.links.every((link, index) => link === ours.links[index]) ? "same" : "unsure";
}

function wordsOf({ text = "", entities, note_post: note }: ListedPost): Words {
  const whole = note?.text ?? text;
  const urls = (note?.text === undefined ? entities : note.entities)?.urls ?? [];
  const links: string[] = [];
  const words = whole.replace(/https:\/\/t\.co\/\w+/g, (short) => {
    const expanded = urls.find(({ url }) => url === short)?.expanded_url;
    links.push(expanded === undefined ? short : destination(expanded));
    return mark;
  });
  return { words: spaced(unescaped(words).normalize("NFC")), links };
}

/** X appends a link to a post's own pictures and to what it quotes, and puts whom it answers before it. */
function withoutAdditions({ words, links }: Words, ours: Comparable): Words {
  const own = [...links];
  let text = words;
  while (own.length > ours.links.length && text.endsWith(mark) && isAddition(own.at(-1) ?? "", ours)) {
    own.pop();
    text = text.slice(0, -mark.length).trimEnd();
  }
  const answered = /^(?:@\w+ )+/.exec(text)?.[0] ?? "";
  if (ours.replyTo !== null && text !== ours.words && text.slice(answered.length) === ours.words) text = ours.words;
  return { words: text, links: own };
}

function isAddition(link: string, { quote }: Comparable): boolean {
  const [, id, rest] = /^(?:x|twitter)\.com\/\w+\/status\/(\d+)(\/(?:photo|video)\/\d+)?$/.exec(link) ?? [];
  return id !== undefined && (rest !== undefined || id === quote);
}

/** Without what makes no difference: X writes `http://` before a bare domain, and servers move to `https`. */
function destination(link: string): string {
  const whole = /^https?:\/\//i.test(link) ? link : `http://${link}`;
  if (!URL.canParse(whole)) return link;
  const { host, pathname, search, hash } = new URL(whole);
  return `${host}${pathname.replace(/\/$/, "")}${search}${hash}`;
}

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
