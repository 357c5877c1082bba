/** YouTube's own errors, before those of all of Google's APIs. https://developers.google.com/youtube/v3/docs/errors */
import { googleFailures } from "../google/failures.ts";
import type { FailureRule } from "../platform.ts";

const channel = "https://www.youtube.com/create_channel";
const again = "agencyiq connect youtube";

/** What is wrong with what was sent, in YouTube's words. */
const content: Readonly<Record<string, string>> = {
  invalidTitle: "the title is empty, longer than 100 characters, or has a < or >",
  invalidDescription: "the description is longer than 5000 bytes, or has a < or >",
  invalidTags: "the tags are longer than 500 characters, or have a < or >",
  invalidCategoryId: "there is no such category",
  invalidPublishAt: "publish-at is no time that a private video can be planned for",
  invalidVideoMetadata: "what is said of the video is not valid",
  invalidVideoGameRating: "the rating of the game is not valid",
  invalidRecordingDetails: "where or when it was recorded is not valid",
  invalidFilename: "the name of the file is not valid",
  mediaBodyRequired: "the request had no video",
  invalidImage: "the thumbnail is no picture that YouTube takes",
  defaultLanguageNotSet: "translations want a language of their own text",
  commentTextRequired: "the comment is empty",
  commentTextTooLong: "the comment is too long",
  invalidCommentThreadMetadata: "the comment is not valid",
  channelOrVideoIdMissing: "it is not said what the comment is for",
};

export const failures: readonly FailureRule[] = [
  // Told with 401 or 403, though the token is good.
  ...["youtubeSignupRequired", "authenticatedUserNotChannel"].map(
    (code): FailureRule => ({
      code,
      is: "permission",
      say: "this Google account has no YouTube channel",
      hint: `make one at ${channel}, then: ${again}`,
    }),
  ),
  {
    code: "uploadLimitExceeded",
    is: "rate_limited",
    say: "the channel has uploaded as much as it may for now; it is tried again in a day",
    hint: "channels with a verified phone may more: https://www.youtube.com/verify",
    wait: 86_400,
  },
  { code: "uploadRateLimitExceeded", is: "rate_limited", say: "too many thumbnails for now", wait: 3600 },
  {
    code: "authenticatedUserAccountSuspended",
    is: "permission",
    say: "the channel is suspended",
    hint: "see https://studio.youtube.com",
  },
  { code: "authenticatedUserAccountClosed", is: "permission", say: "the channel is closed" },
  {
    code: "channelSuspended",
    is: "permission",
    say: "the channel is suspended",
    hint: "see https://studio.youtube.com",
  },
  { code: "channelClosed", is: "permission", say: "the channel is closed" },
  { code: "accountDelegationForbidden", is: "permission" },
  {
    code: "commentsDisabled",
    is: "permission",
    say: "the video takes no comments (made for kids, private, or switched off)",
  },
  { code: "ineligibleAccount", is: "permission", say: "the account is not merged with Google+ and may not comment" },
  { code: "forbiddenPrivacySetting", is: "permission", say: "the video may not have this visibility" },
  { code: "forbiddenLicenseSetting", is: "permission", say: "the video may not have this licence" },
  { code: "videoNotFound", is: "gone", say: "there is no such video" },
  { code: "channelNotFound", is: "gone", say: "there is no such channel" },
  { code: "processingFailure", is: "transient" },
  ...Object.entries(content).map(([code, say]): FailureRule => ({ code, is: "invalid_content", say })),
  ...googleFailures("youtube"),
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited" },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
];
