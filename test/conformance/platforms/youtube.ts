import type { ConformanceData } from "../conformance.ts";
import { googleErrors } from "../google.ts";

/** Each error the sandbox's YouTube can give, and what it must mean here. */
export const data: ConformanceData = {
  post: { method: "PUT", path: "/youtube/v3/videos" },
  prepared: { id: "dQw4w9WgXcQ", snippet: {}, status: {} },
  // tokeninfo's word: test/platforms/youtube-tokens.test.ts.
  metElsewhere: ({ code }) => code === "invalid_token",
  errors: {
    ...googleErrors,
    // A token that is good, of an account without a channel: connecting again would not help.
    youtubeSignupRequired: "not_permitted",
    authenticatedUserNotChannel: "not_permitted",
    uploadLimitExceeded: "rate_limited",
    uploadRateLimitExceeded: "rate_limited",
    authenticatedUserAccountSuspended: "not_permitted",
    authenticatedUserAccountClosed: "not_permitted",
    channelSuspended: "not_permitted",
    channelClosed: "not_permitted",
    accountDelegationForbidden: "not_permitted",
    commentsDisabled: "not_permitted",
    ineligibleAccount: "not_permitted",
    forbiddenPrivacySetting: "not_permitted",
    forbiddenLicenseSetting: "not_permitted",
    videoNotFound: "not_found",
    channelNotFound: "not_found",
    processingFailure: "platform_fault",
    invalidTitle: "content_invalid",
    invalidDescription: "content_invalid",
    invalidTags: "content_invalid",
    invalidCategoryId: "content_invalid",
    invalidPublishAt: "content_invalid",
    invalidVideoMetadata: "content_invalid",
    invalidVideoGameRating: "content_invalid",
    invalidRecordingDetails: "content_invalid",
    invalidFilename: "content_invalid",
    mediaBodyRequired: "content_invalid",
    defaultLanguageNotSet: "content_invalid",
    invalidImage: "content_invalid",
    commentTextRequired: "content_invalid",
    commentTextTooLong: "content_invalid",
    invalidCommentThreadMetadata: "content_invalid",
    channelOrVideoIdMissing: "content_invalid",
  },
};
