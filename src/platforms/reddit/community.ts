/** Where a post goes, what is taken there, and its flairs. Subreddits have rules of their own for posts; they can be read. */
import { codePoints } from "../../domain/counting/units.ts";
import { Failure } from "../../domain/failure.ts";
import type { Api, Message } from "../platform.ts";
import { read, usernameOf } from "./requests.ts";

/** `r/baking`, `/r/baking/`, its address, `u/acme` or `u_acme`; null: it is none of these. */
export function subredditNamed(text: string): string | null {
  const plain = text.trim().replace(/^(?:https?:\/\/(?:\w+\.)?reddit\.com)?\/?/i, "");
  const [, kind, name] = /^(r\/|u\/|user\/)?([A-Za-z0-9_-]{2,24})\/?$/.exec(plain) ?? [];
  if (name === undefined) return null;
  return kind === undefined || kind === "r/" ? name : `u_${name}`;
}

/** The account's own profile, unless it is said. */
export async function subredditFor(api: Api, { options }: Message): Promise<string> {
  const { subreddit } = options;
  const named = typeof subreddit === "string" ? subredditNamed(subreddit) : null;
  return named ?? `u_${await usernameOf(api)}`;
}

export type Kind = "self" | "link" | "image" | "video" | "gallery";

export function kindOf({ images, video, link }: Message): Kind {
  if (video) return "video";
  if (images.length > 0) return images.length > 1 ? "gallery" : "image";
  return link === null ? "self" : "link";
}

interface About {
  readonly submission_type?: "any" | "link" | "self" | null;
  readonly allow_images?: boolean;
  readonly allow_videos?: boolean;
  readonly allow_galleries?: boolean;
  readonly user_is_banned?: boolean | null;
}

interface Requirements {
  readonly is_flair_required?: boolean;
  readonly title_text_min_length?: number | null;
  readonly title_text_max_length?: number | null;
  readonly title_required_strings?: readonly string[];
  readonly title_blacklisted_strings?: readonly string[];
  readonly body_restriction_policy?: "none" | "required" | "notAllowed" | null;
  readonly body_text_min_length?: number | null;
  readonly body_text_max_length?: number | null;
  readonly body_required_strings?: readonly string[];
  readonly body_blacklisted_strings?: readonly string[];
  readonly domain_whitelist?: readonly string[];
  readonly domain_blacklist?: readonly string[];
  readonly link_restriction_policy?: "none" | "whitelist" | "blacklist" | null;
  readonly gallery_min_items?: number | null;
  readonly gallery_max_items?: number | null;
}

/** @throws Failure `content_invalid`, `not_permitted`: what the subreddit would refuse, all of it at once */
export async function requireWelcome(api: Api, subreddit: string, message: Message): Promise<void> {
  const path = encodeURIComponent(subreddit);
  const about = await ifTold(read<{ data?: About }>(api, `/r/${path}/about`));
  const { data = {} } = about ?? {};
  if (data.user_is_banned) throw new Failure("not_permitted", `r/${subreddit} has banned the account`);
  const requirements = (await ifTold(read<Requirements>(api, `/api/v1/${path}/post_requirements`))) ?? {};
  const problems = [...untaken(data, message), ...unmet(requirements, message)];
  if (problems.length === 0) return;
  throw new Failure("content_invalid", `r/${subreddit}: ${problems.join("; ")}`, {
    hint: `the rules: https://www.reddit.com/r/${path}/about/rules`,
  });
}

/** What may not be read keeps nobody from posting: Reddit looks at every post itself. */
async function ifTold<Answer>(asked: Promise<Answer>): Promise<Answer | null> {
  return asked.catch((error) => {
    if (error instanceof Failure && (error.code === "not_permitted" || error.code === "scope_missing")) return null;
    throw error;
  });
}

function untaken(about: About, message: Message): string[] {
  const kind = kindOf(message);
  const refused: readonly (readonly [boolean, string])[] = [
    [about.submission_type === "link" && kind === "self", "takes links only, no text posts"],
    [about.submission_type === "self" && kind !== "self", "takes text posts only"],
    [about.allow_images === false && (kind === "image" || kind === "gallery"), "takes no pictures"],
    [about.allow_galleries === false && kind === "gallery", "takes one picture a post, no galleries"],
    [about.allow_videos === false && kind === "video", "takes no videos"],
  ];
  return refused.flatMap(([is, say]) => (is ? [say] : []));
}

function unmet(rules: Requirements, message: Message): string[] {
  const { title, text, link, images, options } = message;
  const kind = kindOf(message);
  const body = text.trim();
  const policy = rules.body_restriction_policy ?? "none";
  return [
    ...lengthProblems("the title", title ?? "", rules.title_text_min_length, rules.title_text_max_length),
    ...wordProblems("the title", title ?? "", rules.title_required_strings, rules.title_blacklisted_strings),
    ...(rules.is_flair_required && options["flair"] === undefined
      ? ["wants a flair (--option reddit.flair=TEXT)"]
      : []),
    ...(policy === "required" && kind === "self" && body === "" ? ["wants a text under the title"] : []),
    ...(policy === "notAllowed" && body !== "" ? ["takes no text beside the title"] : []),
    ...(policy !== "notAllowed" && body !== ""
      ? [
          ...lengthProblems("the text", body, rules.body_text_min_length, rules.body_text_max_length),
          ...wordProblems("the text", body, rules.body_required_strings, rules.body_blacklisted_strings),
        ]
      : []),
    ...(kind === "link" && link !== null ? domainProblems(rules, link) : []),
    ...(kind === "gallery" ? galleryProblems(rules, images.length) : []),
  ];
}

function lengthProblems(what: string, text: string, min?: number | null, max?: number | null): string[] {
  const length = codePoints(text);
  if (min && length < min) return [`${what} has ${length} characters, at least ${min} are wanted`];
  return max && length > max ? [`${what} has ${length} characters, at most ${max} are taken`] : [];
}

function wordProblems(what: string, text: string, wanted: readonly string[] = [], unwanted: readonly string[] = []) {
  const has = (word: string) => text.toLowerCase().includes(word.toLowerCase());
  const missing = wanted.length > 0 && !wanted.some(has);
  const there = unwanted.filter(has).map((word) => `"${word}"`);
  return [
    ...(missing ? [`${what} must have one of: ${wanted.map((word) => `"${word}"`).join(", ")}`] : []),
    ...(there.length > 0 ? [`${what} may not have ${there.join(", ")}`] : []),
  ];
}

function domainProblems(rules: Requirements, link: string): string[] {
  if (!URL.canParse(link)) return [];
  const { hostname } = new URL(link);
  const among = (domains: readonly string[] = []) =>
    domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  const { link_restriction_policy: policy, domain_whitelist: taken = [], domain_blacklist: untakenDomains } = rules;
  if (policy === "whitelist" && !among(taken)) return [`takes links to ${taken.join(", ")} only`];
  return policy === "blacklist" && among(untakenDomains) ? [`takes no links to ${hostname}`] : [];
}

function galleryProblems({ gallery_min_items: min, gallery_max_items: max }: Requirements, count: number): string[] {
  if (min && count < min) return [`wants at least ${min} pictures in a gallery`];
  return max && count > max ? [`takes at most ${max} pictures in a gallery`] : [];
}

export interface Flair {
  readonly id: string;
  readonly text: string | null;
}

const flairId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

interface FlairTemplate {
  readonly id?: string;
  readonly text?: string;
  readonly text_editable?: boolean;
}

/** By its id, or by its words. @throws Failure `content_invalid` that names those that there are */
export async function flairFor(api: Api, subreddit: string, { options }: Message): Promise<Flair | null> {
  const { flair, "flair-text": own } = options;
  if (typeof flair !== "string") return null;
  const text = typeof own === "string" ? own : null;
  if (flairId.test(flair.trim())) return { id: flair.trim().toLowerCase(), text };
  const told = await read<readonly FlairTemplate[]>(api, `/r/${encodeURIComponent(subreddit)}/api/link_flair_v2`);
  const templates = Array.isArray(told) ? told : [];
  const same = (template: FlairTemplate) => template.text?.trim().toLowerCase() === flair.trim().toLowerCase();
  const found = templates.find(same);
  if (!found?.id) {
    const known = templates.map((template) => template.text?.trim()).filter(Boolean);
    throw new Failure("content_invalid", `r/${subreddit} has no flair "${flair.trim()}"`, {
      hint: known.length > 0 ? `it has: ${known.slice(0, 15).join(", ")}` : "leave --option reddit.flair out",
    });
  }
  if (text !== null && found.text_editable !== true) {
    throw new Failure("content_invalid", `the words of the flair "${flair.trim()}" are fixed in r/${subreddit}`, {
      hint: "leave --option reddit.flair-text out",
    });
  }
  return { id: found.id, text };
}
