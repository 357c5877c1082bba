/** X's OAuth 1.0a. https://docs.x.com/fundamentals/authentication/oauth-1-0a/obtaining-user-access-tokens */
import { minutes } from "../../domain/time.ts";
import type { OAuth1Rules } from "../oauth1/rules.ts";
import { userId } from "./identifiers.ts";
import { xErrors } from "./problems.ts";

export const xOAuth1Rules: OAuth1Rules = {
  platform: "x",
  name: "X",
  window: minutes(5),
  userId,
  abilities: {
    read: ["See posts from your timeline, and your profile"],
    write: ["See posts from your timeline, and your profile", "Post and delete posts for you, and upload media"],
  },
  refusals: {
    not_authenticated: xErrors["could-not-authenticate"],
    timestamp: xErrors.clock,
    callback_unknown: xErrors["callback-not-approved"],
    callback_impossible: xErrors["desktop-application"],
    request_token: xErrors["request-token-invalid"],
    verifier: xErrors["verifier-invalid"],
    user_token: xErrors["expired-token"],
  },
};
