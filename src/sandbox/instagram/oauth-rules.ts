// https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
import { lifetimes, type OAuthRules, standardRefusals } from "../oauth/rules.ts";
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
    refreshScope: null,
    pkceMethods: [],
    scopeSeparator: ",",
    stateMaximum: 1000,
    confidentialClients: "post",
    codeLifetime: 3600,
    ...lifetimes(world, { accessTokenLifetime: 3600, refreshTokenLifetime: 0, refreshGrace: 0 }),
    tokenType: "bearer",
    refusals: standardRefusals,
    revoked: {},
  };
}
