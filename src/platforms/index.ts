/** The registry. One line a platform; each is loaded only when it is meant. */
import type { Platform } from "./platform.ts";

const loaders = {
  facebook: async () => (await import("./facebook.ts")).facebook,
  gmail: async () => (await import("./gmail.ts")).gmail,
  "google-calendar": async () => (await import("./google-calendar.ts")).googleCalendar,
  github: async () => (await import("./github.ts")).github,
  instagram: async () => (await import("./instagram.ts")).instagram,
  linkedin: async () => (await import("./linkedin.ts")).linkedin,
  nostr: async () => (await import("./nostr.ts")).nostr,
  oidc: async () => (await import("./oidc.ts")).oidc,
  spotify: async () => (await import("./spotify.ts")).spotify,
  threads: async () => (await import("./threads.ts")).threads,
  tiktok: async () => (await import("./tiktok.ts")).tiktok,
  twitch: async () => (await import("./twitch.ts")).twitch,
  x: async () => (await import("./x.ts")).x,
  youtube: async () => (await import("./youtube.ts")).youtube,
} satisfies Record<string, () => Promise<Platform>>;

export const platformIds = Object.keys(loaders) as (keyof typeof loaders)[];

/** The definition of a platform, or null for an id that is not in the registry. */
export async function loadPlatform(id: string): Promise<Platform | null> {
  return Object.hasOwn(loaders, id) ? loaders[id as keyof typeof loaders]() : null;
}
