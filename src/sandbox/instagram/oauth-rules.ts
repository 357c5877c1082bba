// https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
import { instagramId } from "../graph/media-ids.ts";
import { ownTokenRules } from "../graph/own-tokens.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import type { World } from "../world.ts";

const scopes = {
  instagram_business_basic: "See your profile and your media",
  instagram_business_content_publish: "Publish media for you",
  instagram_business_manage_comments: "Write and manage comments for you",
  instagram_business_manage_messages: "Read and send messages for you",
  instagram_business_manage_insights: "See how your media do",
} as const;

export function instagramOAuthRules(world: World): OAuthRules {
  return {
    platform: "instagram",
    name: "Instagram",
    scopes,
    ...ownTokenRules(world, {
      prefix: "ig",
      basicScope: "instagram_business_basic",
      reply: ({ access_token, scopes: permissions, person }) => ({
        data: [{ access_token, user_id: instagramId({ handle: person }), permissions }],
      }),
    }),
  };
}
