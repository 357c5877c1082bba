/** The registry. One line a platform; each is loaded only when it is meant. */
import type { Platform } from "./platform.ts";

const loaders = {
  bluesky: async () => (await import("./bluesky.ts")).bluesky,
  facebook: async () => (await import("./facebook.ts")).facebook,
  instagram: async () => (await import("./instagram.ts")).instagram,
  linkedin: async () => (await import("./linkedin.ts")).linkedin,
  nostr: async () => (await import("./nostr.ts")).nostr,
  oidc: async () => (await import("./oidc.ts")).oidc,
  threads: async () => (await import("./threads.ts")).threads,
  tiktok: async () => (await import("./tiktok.ts")).tiktok,
  x: async () => (await import("./x.ts")).x,
  youtube: async () => (await import("./youtube.ts")).youtube,
} satisfies Record<string, () => Promise<Platform>>;

export const platformIds = Object.keys(loaders) as (keyof typeof loaders)[];

/** The definition of a platform, or null for an id that is not in the registry. */
export async function loadPlatform(id: string): Promise<Platform | null> {
  return Object.hasOwn(loaders, id) ? loaders[id as keyof typeof loaders]() : null;
}
