/** Whether a post that X lists is the one that was written. X rewrites links and characters, and adds links of its own. */

/** The parts of a post in X's lists that tell one from another. */
export interface ListedPost {
  readonly id: string;
  readonly text?: string;
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

export interface WrittenPost {
  readonly text: string;
  /** In their order. */
  readonly mediaIds: readonly string[];
  readonly poll: boolean;
  /** Ids. */
  readonly replyTo: string | null;
  readonly quote: string | null;
}

/** `unsure`: the same words, but other links, media or parent, which X may tell in another way. */
export type Likeness = "same" | "unsure" | "other";

export function likeness(listed: ListedPost, written: WrittenPost): Likeness {
  const { attachments = {} } = listed;
  const mediaKeys = attachments.media_keys ?? [];
  if (mediaKeys.length !== written.mediaIds.length) return "other";
  if ((attachments.poll_ids?.length ?? 0) > 0 !== written.poll) return "other";
  // A media key is the id of the upload behind a number for its kind.
  const sameMedia = mediaKeys.every((key, index) => key.split("_").at(-1) === written.mediaIds[index]);
  return least(
    sameMedia ? "same" : "unsure",
    likenessOfReference(listed, "replied_to", written.replyTo),
    likenessOfReference(listed, "quoted", written.quote),
    likenessOfText(listed, written),
  );
}

const order: readonly Likeness[] = ["other", "unsure", "same"];
const least = (...found: Likeness[]): Likeness => order.find((one) => found.includes(one)) ?? "same";
const most = (...found: Likeness[]): Likeness => order.findLast((one) => found.includes(one)) ?? "other";

/** Asked for only where there is one to be compared. */
function likenessOfReference({ referenced_posts: references }: ListedPost, type: string, id: string | null): Likeness {
  if (id === null) return "same";
  if (references === undefined) return "unsure";
  return references.some((reference) => reference.type === type && reference.id === id) ? "same" : "other";
}

/** A text with a mark in place of each link, and where the links lead. */
interface Marked {
  readonly text: string;
  readonly links: readonly string[];
}

const mark = "\u{e000}";

function likenessOfText(listed: ListedPost, { text, replyTo }: WrittenPost): Likeness {
  const ours = spaced(text.normalize("NFC"));
  const theirs = withoutAdditions(markedText(listed));
  // X puts whom a post answers before it.
  const named = replyTo === null ? [] : theirs.map((one) => ({ ...one, text: one.text.replace(/^(?:@\w+ )+/, "") }));
  return most(...[...theirs, ...named].map((candidate) => likenessOfWords(candidate, ours)));
}

function markedText({ text = "", entities, note_post: note }: ListedPost): Marked {
  const urls = (note?.text === undefined ? entities : note.entities)?.urls ?? [];
  const links: string[] = [];
  const marked = (note?.text ?? text).replace(/https:\/\/t\.co\/\w+/g, (word) => {
    // What follows a link without a space is no part of it: "example.com_" is a link and "_".
    const { url: short = word, expanded_url: expanded = word } =
      urls.find(({ url }) => url !== undefined && word.startsWith(url)) ?? {};
    links.push(expanded);
    return mark + word.slice(short.length);
  });
  return { text: spaced(unescaped(marked).normalize("NFC")), links };
}

/** As it is, and without the links that X appends: to the post's own media and to what it quotes. */
function withoutAdditions(marked: Marked): Marked[] {
  const found = [marked];
  for (let { text, links } = marked; text.endsWith(mark) && isOfPost(links.at(-1)); ) {
    text = text.slice(0, -mark.length).trimEnd();
    links = links.slice(0, -1);
    found.push({ text, links });
  }
  return found;
}

function isOfPost(link = ""): boolean {
  return /^https?:\/\/(?:x|twitter)\.com\/\w+\/status\/\d+(?:\/(?:photo|video)\/\d+)?$/.test(link);
}

/** The same but for what X made of the links: each is one word of ours, which must lead to the same place. */
function likenessOfWords({ text, links }: Marked, ours: string): Likeness {
  const pattern = text.split(mark).map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  // Whatever X takes for a link has a dot in it.
  const words = new RegExp(`^${pattern.join("(\\S+?\\.\\S+?)")}$`, "u").exec(ours);
  if (!words) return "other";
  return links.every((link, index) => destination(link) === destination(words[index + 1] ?? "")) ? "same" : "unsure";
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
