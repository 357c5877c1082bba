/** How a message is to be seen, and what may be done with it. https://developers.tiktok.com/doc/content-sharing-guidelines */
import { listed } from "../../domain/checking/words.ts";
import { Failure } from "../../domain/failure.ts";
import type { PostOption } from "../../domain/post-option.ts";
import type { Api, Message } from "../platform.ts";
import { ask } from "./api.ts";

/** Our words for TikTok's. */
const privacyLevels: Readonly<Record<string, string>> = {
  public: "PUBLIC_TO_EVERYONE",
  friends: "MUTUAL_FOLLOW_FRIENDS",
  followers: "FOLLOWER_OF_CREATOR",
  private: "SELF_ONLY",
};

export const visibilities = Object.keys(privacyLevels);

export const options: readonly PostOption[] = [
  {
    name: "mode",
    say: "direct: posted at once. inbox: a draft that the person finishes in TikTok's app (a video's caption too)",
    takes: ["direct", "inbox"],
  },
  { name: "disable-comment", say: "nobody may comment", takes: "flag" },
  { name: "disable-duet", say: "nobody may make a duet with the video", takes: "flag" },
  { name: "disable-stitch", say: "nobody may cut the video into theirs", takes: "flag" },
  { name: "ai-generated", say: "labelled as made by AI", takes: "flag" },
  { name: "brand-content", say: "a paid partnership, labelled so; not for private posts", takes: "flag" },
  { name: "brand-organic", say: "advertises the account's own business, labelled so", takes: "flag" },
  { name: "cover-at", say: "the video's cover is its picture at this second", takes: "number" },
  { name: "cover-photo", say: "the cover is this one of the pictures, counted from 1", takes: "number" },
  { name: "auto-add-music", say: "TikTok chooses music for pictures", takes: "flag" },
];

export type Mode = "direct" | "inbox";

export function modeOf({ options: given }: Pick<Message, "options">): Mode {
  return given["mode"] === "inbox" ? "inbox" : "direct";
}

const isOn = ({ options: given }: Message, name: string): boolean => given[name] === true;
const numberIn = ({ options: given }: Message, name: string): number | null => {
  const value = given[name];
  return typeof value === "number" ? value : null;
};

/** What its limits cannot say. A draft in the inbox gets all of this from the person who finishes it. */
export function problemsOf(message: Message): string[] {
  const { images, visibility } = message;
  const problems: string[] = [];
  if (modeOf(message) === "direct") {
    if (visibility === null) {
      problems.push(`TikTok wants you to say who may see it: --visibility ${listed(visibilities)}`);
    }
    if (visibility === "private" && isOn(message, "brand-content")) {
      problems.push("TikTok takes no private posts with brand-content: a paid partnership must be seen");
    }
  }
  const photo = numberIn(message, "cover-photo");
  if (photo !== null && images.length > 0 && !(Number.isInteger(photo) && photo >= 1 && photo <= images.length)) {
    problems.push(`cover-photo is ${photo}, and there are ${images.length} pictures`);
  }
  const plain = images.find(({ url }) => url !== undefined && !url.startsWith("https://"));
  if (plain) problems.push(`TikTok fetches pictures by https only, not ${plain.url}: --media-base-url https://…`);
  if ((numberIn(message, "cover-at") ?? 0) < 0) problems.push("cover-at is before the video begins");
  return problems;
}

/** The account as TikTok wants it to be looked at before each direct post. */
export interface Creator {
  readonly username: string | null;
  readonly privacyLevels: readonly string[];
  readonly commentDisabled: boolean;
  readonly duetDisabled: boolean;
  readonly stitchDisabled: boolean;
  /** Seconds; null: not told. */
  readonly longestVideo: number | null;
}

/** https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info */
export async function askCreator(api: Api): Promise<Creator> {
  const data = await ask(api, "/v2/post/publish/creator_info/query/", { repeatable: true });
  const { creator_username: username, privacy_level_options: levels, max_video_post_duration_sec: longest } = data;
  return {
    username: typeof username === "string" && username !== "" ? username : null,
    privacyLevels: Array.isArray(levels) ? levels.map(String) : [],
    commentDisabled: data["comment_disabled"] === true,
    duetDisabled: data["duet_disabled"] === true,
    stitchDisabled: data["stitch_disabled"] === true,
    longestVideo: typeof longest === "number" ? longest : null,
  };
}

/** @throws Failure `not_permitted` where the account does not offer the visibility that is wanted */
function privacyLevel({ visibility }: Message, { privacyLevels: offered }: Creator): string {
  const level = privacyLevels[visibility ?? ""] ?? "";
  if (offered.includes(level)) return level;
  const words = visibilities.filter((word) => offered.includes(privacyLevels[word] ?? ""));
  throw new Failure("not_permitted", `the account does not offer the visibility "${visibility ?? ""}"`, {
    hint: `choose --visibility ${listed(words)}, or change the account's privacy in TikTok's app`,
  });
}

type PostInfo = Readonly<Record<string, unknown>>;

/** What the account has switched off stays off. */
export function videoInfo(message: Message, creator: Creator): PostInfo {
  const coverAt = numberIn(message, "cover-at");
  return {
    title: message.text,
    privacy_level: privacyLevel(message, creator),
    disable_comment: creator.commentDisabled || isOn(message, "disable-comment"),
    disable_duet: creator.duetDisabled || isOn(message, "disable-duet"),
    disable_stitch: creator.stitchDisabled || isOn(message, "disable-stitch"),
    brand_content_toggle: isOn(message, "brand-content"),
    brand_organic_toggle: isOn(message, "brand-organic"),
    is_aigc: isOn(message, "ai-generated"),
    ...(coverAt === null ? {} : { video_cover_timestamp_ms: Math.round(coverAt * 1000) }),
  };
}

/** Of pictures; `creator` is null for a draft, which has words only. */
export function photoInfo(message: Message, creator: Creator | null): PostInfo {
  const words = { ...(message.title === null ? {} : { title: message.title }), description: message.text };
  if (!creator) return words;
  return {
    ...words,
    privacy_level: privacyLevel(message, creator),
    disable_comment: creator.commentDisabled || isOn(message, "disable-comment"),
    auto_add_music: isOn(message, "auto-add-music"),
    brand_content_toggle: isOn(message, "brand-content"),
    brand_organic_toggle: isOn(message, "brand-organic"),
  };
}

/** Counted from 0. */
export function coverPhoto(message: Message): number {
  return (numberIn(message, "cover-photo") ?? 1) - 1;
}
