/** The registry. One line a platform; each is loaded only when it is meant. */
import type { Platform } from "./platform.ts";

const loaders = {
  bluesky: async () => (await import("./bluesky.ts")).bluesky,
  devto: async () => (await import("./devto.ts")).devto,
  discord: async () => (await import("./discord.ts")).discord,
  facebook: async () => (await import("./facebook.ts")).facebook,
  github: async () => (await import("./github.ts")).github,
  gmail: async () => (await import("./gmail.ts")).gmail,
  "google-calendar": async () => (await import("./google-calendar.ts")).googleCalendar,
  hackernews: async () => (await import("./hackernews.ts")).hackernews,
  instagram: async () => (await import("./instagram.ts")).instagram,
  linkedin: async () => (await import("./linkedin.ts")).linkedin,
  mastodon: async () => (await import("./mastodon.ts")).mastodon,
  medium: async () => (await import("./medium.ts")).medium,
  nostr: async () => (await import("./nostr.ts")).nostr,
  oidc: async () => (await import("./oidc.ts")).oidc,
  pinterest: async () => (await import("./pinterest.ts")).pinterest,
  reddit: async () => (await import("./reddit.ts")).reddit,
  slack: async () => (await import("./slack.ts")).slack,
  spotify: async () => (await import("./spotify.ts")).spotify,
  telegram: async () => (await import("./telegram.ts")).telegram,
  threads: async () => (await import("./threads.ts")).threads,
  tiktok: async () => (await import("./tiktok.ts")).tiktok,
  tumblr: async () => (await import("./tumblr.ts")).tumblr,
  twitch: async () => (await import("./twitch.ts")).twitch,
  wordpress: async () => (await import("./wordpress.ts")).wordpress,
  x: async () => (await import("./x.ts")).x,
  youtube: async () => (await import("./youtube.ts")).youtube,
} satisfies Record<string, () => Promise<Platform>>;

export const platformIds = Object.keys(loaders) as (keyof typeof loaders)[];

/** The definition of a platform, or null for an id that is not in the registry. */
export async function loadPlatform(id: string): Promise<Platform | null> {
  return Object.hasOwn(loaders, id) ? loaders[id as keyof typeof loaders]() : null;
}
