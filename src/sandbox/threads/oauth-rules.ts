// https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
import { personId } from "../graph/media-ids.ts";
import { ownTokenRules } from "../graph/own-tokens.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import type { World } from "../world.ts";
import { peoplePrefix } from "./posts.ts";

const scopes = {
  threads_basic: "See your Threads profile and posts",
  threads_content_publish: "Post to Threads for you",
  threads_manage_replies: "Reply for you, and manage replies to your posts",
  threads_read_replies: "Read replies to your posts",
  threads_manage_insights: "See how your posts do",
  threads_manage_mentions: "See posts that mention you",
  threads_keyword_search: "Search for posts",
  threads_delete: "Delete your posts",
  threads_location_tagging: "Tag places in your posts",
  threads_profile_discovery: "Look up public profiles",
} as const;

export function threadsOAuthRules(world: World): OAuthRules {
  return {
    platform: "threads",
    name: "Threads",
    scopes,
    ...ownTokenRules(world, {
      prefix: "th",
      basicScope: "threads_basic",
      reply: ({ access_token, person }) => ({ access_token, user_id: personId({ handle: person }, peoplePrefix) }),
    }),
  };
}
