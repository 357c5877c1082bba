/** YouTube's own errors, in its words. https://developers.google.com/youtube/v3/docs/errors */
import { type GoogleError, googleError, googleErrors } from "../google/errors.ts";

type Row = Omit<GoogleError, "reason">;

const invalid = (message: string, location?: string): Row => ({
  code: 400,
  domain: "youtube.video",
  message,
  ...(location === undefined ? {} : { location }),
});

/** By reason. */
const rows = {
  youtubeSignupRequired: { code: 401, domain: "youtube.header", message: "Unauthorized", location: "Authorization" },
  authenticatedUserNotChannel: {
    code: 403,
    message: "For this request the authenticated user must resolve to a channel, but does not.",
  },
  uploadLimitExceeded: {
    code: 400,
    domain: "youtube.video",
    message: "The user has exceeded the number of videos they may upload.",
  },
  uploadRateLimitExceeded: {
    code: 429,
    domain: "youtube.thumbnail",
    message: "The channel has uploaded too many thumbnails recently. Please try the request again later.",
  },
  authenticatedUserAccountSuspended: {
    code: 403,
    message: "The YouTube account of the authenticated user is suspended.",
  },
  authenticatedUserAccountClosed: { code: 403, message: "The YouTube account of the authenticated user is closed." },
  channelSuspended: { code: 403, message: "The specified channel has been suspended." },
  channelClosed: { code: 403, message: "The specified channel has been closed." },
  accountDelegationForbidden: {
    code: 403,
    message: "The authenticated user cannot act on behalf of the specified Google Account.",
  },
  commentsDisabled: {
    code: 403,
    domain: "youtube.commentThread",
    message:
      'The video identified by the <code><a href="/youtube/v3/docs/commentThreads/list#videoId">videoId</a></code> parameter has disabled comments.',
  },
  ineligibleAccount: {
    code: 403,
    domain: "youtube.commentThread",
    message: "The YouTube account used to authorize the API request must be merged with the user's Google account.",
  },
  forbiddenPrivacySetting: {
    code: 403,
    domain: "youtube.video",
    message: "The request attempts to set an invalid privacy setting for the video.",
  },
  forbiddenLicenseSetting: {
    code: 403,
    domain: "youtube.video",
    message: "The request attempts to set an invalid license for the video.",
  },
  videoNotFound: {
    code: 404,
    domain: "youtube.video",
    message: "The video that you are trying to update cannot be found. Check the value of the id field.",
  },
  channelNotFound: { code: 404, domain: "youtube.channel", message: "The channel specified cannot be found." },
  processingFailure: {
    code: 400,
    domain: "youtube.commentThread",
    message: "The API server failed to successfully process the request. While this can be a transient error, …",
  },
  invalidTitle: invalid("The request metadata specifies an invalid or empty video title.", "body.snippet.title"),
  invalidDescription: invalid(
    "The request metadata specifies an invalid video description.",
    "body.snippet.description",
  ),
  invalidTags: invalid("The request metadata specifies invalid video keywords.", "body.snippet.tags[]"),
  invalidCategoryId: invalid(
    "The snippet.categoryId property specifies an invalid category ID.",
    "body.snippet.categoryId",
  ),
  invalidPublishAt: invalid(
    "The request metadata specifies an invalid scheduled publishing time.",
    "body.status.publishAt",
  ),
  invalidVideoMetadata: invalid("The request metadata is invalid."),
  invalidVideoGameRating: invalid("The request metadata specifies an invalid video game rating."),
  invalidRecordingDetails: invalid("The recordingDetails object in the request metadata specifies invalid details."),
  invalidFilename: invalid("The video filename specified in the Slug header is invalid."),
  mediaBodyRequired: invalid("The request does not include the video content."),
  defaultLanguageNotSet: invalid(
    "The API request is trying to add localized video details without specifying the default language.",
  ),
  invalidImage: { code: 400, domain: "youtube.thumbnail", message: "The provided image content is invalid." },
  commentTextRequired: {
    code: 400,
    domain: "youtube.commentThread",
    message: "The comment thread that is being inserted must include text.",
  },
  commentTextTooLong: {
    code: 400,
    domain: "youtube.commentThread",
    message: "The comment thread contains a top-level comment that exceeds the maximum number of characters.",
  },
  invalidCommentThreadMetadata: {
    code: 400,
    domain: "youtube.commentThread",
    message: "The request metadata is invalid.",
  },
  channelOrVideoIdMissing: {
    code: 400,
    domain: "youtube.commentThread",
    message: "The value specified in the snippet.channelId or snippet.videoId property is missing.",
  },
} as const satisfies Record<string, Row>;

export type YouTubeReason = keyof typeof rows;

export function youtubeError(reason: YouTubeReason): Response {
  const row: Row = rows[reason];
  return googleError({ ...row, reason });
}

/** Every error there is, by names that a fault can be ordered under. */
export const youtubeErrors: Readonly<Record<string, () => Response>> = {
  ...googleErrors,
  ...Object.fromEntries(
    (Object.keys(rows) as YouTubeReason[]).map((reason) => [reason, () => youtubeError(reason)] as const),
  ),
};
