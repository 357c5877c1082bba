import { makeDevToTwin } from "./devto/twin.ts";
import { makeDiscordTwin } from "./discord/twin.ts";
import { makeBlueskyTwin } from "./bluesky/twin.ts";
import { makeFacebookTwin } from "./facebook/twin.ts";
import { makeGitHubTwin } from "./github/twin.ts";
import { makeGmailTwin } from "./gmail/twin.ts";
import { makeGoogleCalendarTwin } from "./google-calendar/twin.ts";
import { makeHackerNewsTwin } from "./hackernews/twin.ts";
import { makeInstagramTwin } from "./instagram/twin.ts";
import { makeLinkedInTwin } from "./linkedin/twin.ts";
import { makeMastodonTwin } from "./mastodon/twin.ts";
import { makeMediumTwin } from "./medium/twin.ts";
import { makeNostrTwin } from "./nostr/twin.ts";
import { makeOidcTwin } from "./oidc/twin.ts";
import { makePinterestTwin } from "./pinterest/twin.ts";
import { makeRedditTwin } from "./reddit/twin.ts";
import { makeSlackTwin } from "./slack/twin.ts";
import { makeSpotifyTwin } from "./spotify/twin.ts";
import { makeTelegramTwin } from "./telegram/twin.ts";
import { makeThreadsTwin } from "./threads/twin.ts";
import { makeTikTokTwin } from "./tiktok/twin.ts";
import { makeTumblrTwin } from "./tumblr/twin.ts";
import type { MakeTwin, Twin } from "./twin.ts";
import { makeTwitchTwin } from "./twitch/twin.ts";
import { makeWordPressTwin } from "./wordpress/twin.ts";
import type { World } from "./world.ts";
import { makeXTwin } from "./x/twin.ts";
import { makeYouTubeTwin } from "./youtube/twin.ts";

/** One line a platform. Instagram claims its part of Facebook's hosts, Gmail and Google Calendar theirs of Google's, so they are asked first. */
const twinMakers: readonly MakeTwin[] = [
  makeDevToTwin,
  makeHackerNewsTwin,
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
  makePinterestTwin,
  makeRedditTwin,
  makeTumblrTwin,
  makeMastodonTwin,
  makeWordPressTwin,
  makeMediumTwin,
  makeBlueskyTwin,
  makeOidcTwin,
  makeNostrTwin,
  makeGitHubTwin,
  makeTelegramTwin,
  makeSlackTwin,
  makeDiscordTwin,
];

export function makeTwins(world: World): Twin[] {
  return twinMakers.map((make) => make(world));
}
