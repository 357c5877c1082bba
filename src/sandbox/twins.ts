import { makeFacebookTwin } from "./facebook/twin.ts";
import { makeGitHubTwin } from "./github/twin.ts";
import { makeGmailTwin } from "./gmail/twin.ts";
import { makeGoogleCalendarTwin } from "./google-calendar/twin.ts";
import { makeInstagramTwin } from "./instagram/twin.ts";
import { makeLinkedInTwin } from "./linkedin/twin.ts";
import { makeNostrTwin } from "./nostr/twin.ts";
import { makeOidcTwin } from "./oidc/twin.ts";
import { makeSpotifyTwin } from "./spotify/twin.ts";
import { makeThreadsTwin } from "./threads/twin.ts";
import { makeTikTokTwin } from "./tiktok/twin.ts";
import type { MakeTwin, Twin } from "./twin.ts";
import { makeTwitchTwin } from "./twitch/twin.ts";
import type { World } from "./world.ts";
import { makeXTwin } from "./x/twin.ts";
import { makeYouTubeTwin } from "./youtube/twin.ts";

/** One line a platform. Instagram claims its part of Facebook's hosts, Gmail and Google Calendar theirs of Google's, so they are asked first. */
const twinMakers: readonly MakeTwin[] = [
  makeXTwin,
  makeTwitchTwin,
  makeInstagramTwin,
  makeFacebookTwin,
  makeThreadsTwin,
  makeSpotifyTwin,
  makeGmailTwin,
  makeGoogleCalendarTwin,
  makeYouTubeTwin,
  makeTikTokTwin,
  makeLinkedInTwin,
  makeOidcTwin,
  makeNostrTwin,
  makeGitHubTwin,
];

export function makeTwins(world: World): Twin[] {
  return twinMakers.map((make) => make(world));
}
