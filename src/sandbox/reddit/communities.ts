/** The sandbox's subreddits, each with rules of its own: a profile for every person beside them. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

export interface FlairTemplate {
  readonly id: string;
  readonly text: string;
  readonly text_editable: boolean;
}

export interface Community {
  readonly name: string;
  /** Only this person posts there. */
  readonly owner?: string;
  readonly type: "public" | "private" | "user";
  readonly submission: "any" | "link" | "self";
  readonly media: boolean;
  readonly bans: boolean;
  readonly flairs: readonly FlairTemplate[];
  readonly requirements: Readonly<Record<string, unknown>>;
}

const plain = { type: "public", submission: "any", media: true, bans: false, flairs: [], requirements: {} } as const;

const flair = (name: string, text: string, text_editable = false): FlairTemplate => {
  const digest = createHash("sha256").update(name).digest("hex");
  const parts = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(12, 16),
    digest.slice(16, 20),
    digest.slice(20, 32),
  ];
  return { id: parts.join("-"), text, text_editable };
};

const communities: readonly Community[] = [
  { ...plain, name: "sandbox", flairs: [flair("sandbox question", "Question"), flair("sandbox news", "News", true)] },
  {
    ...plain,
    name: "breadbakers",
    flairs: [flair("rye", "Rye"), flair("wheat", "Wheat")],
    requirements: {
      is_flair_required: true,
      title_text_min_length: 10,
      title_text_max_length: 100,
      title_blacklisted_strings: ["giveaway"],
      body_restriction_policy: "required",
    },
  },
  {
    ...plain,
    name: "linksonly",
    submission: "link",
    media: false,
    requirements: { link_restriction_policy: "whitelist", domain_whitelist: ["example.com"] },
  },
  { ...plain, name: "textonly", submission: "self" },
  { ...plain, name: "privateclub", type: "private" },
  { ...plain, name: "bannedhere", bans: true },
];

export function communityNamed(world: World, name: string): Community | null {
  const wanted = name.toLowerCase();
  const known = communities.find((one) => one.name === wanted);
  if (known) return known;
  const person = world.people.find(({ handle }) => `u_${handle}`.toLowerCase() === wanted);
  return person ? { ...plain, name: `u_${person.handle}`, owner: person.handle, type: "user" } : null;
}

/** Of `fields` Reddit says null where a subreddit wants nothing. */
export function requirementsOf({ requirements }: Community): Readonly<Record<string, unknown>> {
  return {
    is_flair_required: false,
    title_text_min_length: null,
    title_text_max_length: null,
    title_required_strings: [],
    title_blacklisted_strings: [],
    title_regexes: [],
    body_restriction_policy: "none",
    body_text_min_length: null,
    body_text_max_length: null,
    body_required_strings: [],
    body_blacklisted_strings: [],
    body_regexes: [],
    domain_blacklist: [],
    domain_whitelist: [],
    link_restriction_policy: "none",
    link_repost_age: null,
    gallery_min_items: null,
    gallery_max_items: null,
    guidelines_text: null,
    ...requirements,
  };
}

export function aboutOf({ name, type, submission, media, bans, owner }: Community, person: Person) {
  return {
    kind: "t5",
    data: {
      display_name: name,
      subreddit_type: type,
      submission_type: submission,
      allow_images: media,
      allow_videos: media,
      allow_galleries: media,
      allow_polls: true,
      over18: false,
      user_is_banned: bans,
      user_is_contributor: owner === person.handle,
    },
  };
}

export function personId({ handle }: Person): string {
  const digest = createHash("sha256").update(`reddit ${handle.toLowerCase()}`).digest();
  return digest.readUIntBE(0, 6).toString(36);
}
