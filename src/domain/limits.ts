/** What a platform takes, as data. What is not named is not taken, and what is taken has the limits that are named. */

export interface TextLimit {
  readonly max: number;
  /** What one unit is, for people: "weighted characters". */
  readonly unit: string;
  /** Counts as the platform counts. May be asynchronous, so that counting libraries load only when something is counted. */
  readonly measure: (text: string) => number | Promise<number>;
  /** Limits that hold beside it: bytes, where graphemes are limited too. */
  readonly also?: readonly TextLimit[];
}

/** Both ends are allowed. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

export interface FileLimit {
  /** Media types by content: `image/png`; `any`: whatever it is. */
  readonly types: readonly string[];
  readonly bytes: number;
  /** The platform takes no bytes, but an address where it fetches the file: as it is there, no copy is made to fit. */
  readonly fetched?: boolean;
  /** Pixels. */
  readonly width?: Range;
  readonly height?: Range;
  readonly pixels?: number;
  /** Width divided by height. */
  readonly aspect?: Range;
}

export interface PictureLimit extends FileLimit {
  /** In one message. */
  readonly max: number;
}

export interface GifLimit extends PictureLimit {
  /** Pictures in one. */
  readonly frames?: number;
}

export interface VideoLimit extends FileLimit {
  readonly seconds?: Range;
  readonly framesPerSecond?: number;
  readonly codecs?: readonly string[];
}

export interface DocumentLimit extends Pick<FileLimit, "types" | "bytes" | "fetched"> {
  readonly pages?: number;
}

export interface PollLimit {
  readonly options: Required<Range>;
  readonly option: TextLimit;
  readonly minutes: Range | { readonly choices: readonly number[] };
}

/** What a message can carry beside its text. */
export type Attachment = "images" | "gif" | "video" | "document" | "poll" | "quote" | "link";

export interface Limits {
  readonly text?: TextLimit;
  /** Absent: a title is left out. */
  readonly title?: TextLimit;
  /** In place of both, where words beside a video have limits of their own. */
  readonly withVideo?: Pick<Limits, "text" | "title">;
  /** Absent: alternative texts are left out. */
  readonly alt?: TextLimit;
  readonly images?: PictureLimit;
  /** GIFs that move, where they are not pictures like others. */
  readonly gif?: GifLimit;
  readonly video?: VideoLimit;
  readonly document?: DocumentLimit;
  /** Absent: it is left out. */
  readonly thumbnail?: FileLimit;
  readonly poll?: PollLimit;
  /** `attached`: the platform has a place for it; `attached_to_text`: where there is nothing else to look at. Absent: it is written behind the text, and counted with it. */
  readonly link?: "attached" | "attached_to_text";
  /** A link needs no words. */
  readonly linkAlone?: boolean;
  /** Of these a message carries one kind at most. */
  readonly oneOf?: readonly Attachment[];
  /** Each of these only where there is none of the others; a quote is not counted. */
  readonly alone?: readonly Attachment[];
  /** Without which there is no post. Absent: text, or something to look at. */
  readonly needs?: readonly ("media" | "text" | "title")[];
  readonly reply?: boolean;
  readonly quote?: boolean;
  readonly thread?: boolean;
  readonly firstComment?: boolean;
  /** Absent: of a comment's length nothing is known. */
  readonly comment?: TextLimit;
  /** The words for who may see a post. Absent: everybody sees it, and nothing else can be had. */
  readonly visibility?: readonly string[];
}

/** What holds for a message. */
export function limitsFor(limits: Limits, { video }: { readonly video: unknown }): Limits {
  if (video === null || !limits.withVideo) return limits;
  const { text: _text, title: _title, ...others } = limits;
  return { ...others, ...limits.withVideo };
}

export const mebibytes = (count: number): number => count * 1024 * 1024;
