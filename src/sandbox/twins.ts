import { makeBlueskyTwin } from "./bluesky/twin.ts";
import { makeFacebookTwin } from "./facebook/twin.ts";
import { makeInstagramTwin } from "./instagram/twin.ts";
import { makeLinkedInTwin } from "./linkedin/twin.ts";
import { makeNostrTwin } from "./nostr/twin.ts";
import { makeOidcTwin } from "./oidc/twin.ts";
import { makeThreadsTwin } from "./threads/twin.ts";
import { makeTikTokTwin } from "./tiktok/twin.ts";
import type { MakeTwin, Twin } from "./twin.ts";
import type { World } from "./world.ts";
import { makeXTwin } from "./x/twin.ts";
import { makeYouTubeTwin } from "./youtube/twin.ts";

/** One line a platform. Instagram claims its part of Facebook's hosts, so it is asked first. */
const twinMakers: readonly MakeTwin[] = [
  makeXTwin,
  makeInstagramTwin,
  makeFacebookTwin,
  makeThreadsTwin,
  makeYouTubeTwin,
  makeTikTokTwin,
  makeLinkedInTwin,
  makeBlueskyTwin,
  makeOidcTwin,
  makeNostrTwin,
];

export function makeTwins(world: World): Twin[] {
  return twinMakers.map((make) => make(world));
}
