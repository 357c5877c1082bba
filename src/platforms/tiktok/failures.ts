/** What TikTok refuses. https://developers.tiktok.com/doc/content-posting-api-reference-direct-post and -get-video-status */
import { Failure } from "../../domain/failure.ts";
import { type FailureClass, failureClasses } from "../../domain/platform-failure.ts";
import type { FailureRule } from "../platform.ts";

const minute = 60;
/** What is counted by the day passes some time within it. */
const quarterOfDay = 6 * 60 * minute;

const reconnect = "agencyiq connect tiktok, and leave every permission switched on";

export const failures: readonly FailureRule[] = [
  { code: "access_token_invalid", is: "reauth" },
  { code: "scope_not_authorized", is: "scope", say: "the permission was not given", hint: reconnect },
  { code: "scope_permission_missed", is: "scope", say: "the permission was not given", hint: reconnect },
  { code: "rate_limit_exceeded", is: "rate_limited", wait: minute },
  {
    code: "spam_risk_too_many_posts",
    is: "rate_limited",
    say: "the account has made as many posts by API today as TikTok allows",
    wait: quarterOfDay,
  },
  {
    code: "spam_risk_too_many_pending_share",
    is: "rate_limited",
    say: "five drafts of today wait in the inbox; finish or discard some of them in TikTok's app",
    wait: quarterOfDay,
  },
  {
    code: "reached_active_user_cap",
    is: "rate_limited",
    say: "the developer app has posted for as many people today as TikTok allows it",
    wait: quarterOfDay,
  },
  {
    code: "unaudited_client_can_only_post_to_private_accounts",
    is: "app",
    say: "TikTok has not audited the developer app, so it may only post to private accounts, for nobody else to see",
    hint: "make the account private in TikTok's app (Settings, Privacy) and use --visibility private; or apply for the audit under Content Posting API of the app at https://developers.tiktok.com/apps",
  },
  {
    code: "privacy_level_option_mismatch",
    is: "permission",
    say: "the account does not offer this visibility",
    hint: "choose another one: --visibility public, friends, followers or private",
  },
  {
    code: "url_ownership_unverified",
    is: "app",
    say: "TikTok does not know the pictures' address as yours",
    hint: "verify its domain or prefix under URL properties at https://developers.tiktok.com/apps",
  },
  { code: "spam_risk_user_banned_from_posting", is: "permission", say: "TikTok has banned the account from posting" },
  { code: "spam_risk_text", is: "invalid_content", say: "TikTok takes the text for spam" },
  { code: "spam_risk", is: "permission", say: "TikTok takes this for spam" },
  {
    code: "app_version_check_failed",
    is: "permission",
    say: "the person's TikTok app is too old for drafts",
    hint: "update TikTok's app to 31.8 or later",
  },
  { code: "invalid_param", is: "invalid_content" },
  { code: "invalid_params", is: "invalid_content" },
  { code: "invalid_file_upload", is: "invalid_content", say: "the file is not as TikTok wants it" },
  { code: "invalid_publish_id", is: "gone", say: "TikTok does not know this upload" },
  { code: "token_not_authorized_for_specified_publish_id", is: "permission", say: "the upload is of another account" },
  { code: "internal_error", is: "transient" },
  // Of the upload host, which says no more, and of whatever stands before it.
  { status: 401, is: "reauth" },
  { status: 429, is: "rate_limited", wait: minute },
  { status: 403, is: "permission" },
  { status: 404, is: "gone" },
  { status: 400, is: "invalid_content" },
];

interface Ending {
  readonly is: FailureClass;
  readonly say: string;
}

/** `fail_reason` of an upload that came to nothing. */
const endings: Readonly<Record<string, Ending>> = {
  file_format_check_failed: { is: "invalid_content", say: "TikTok does not take files of this format" },
  duration_check_failed: { is: "invalid_content", say: "the video is too short or too long for this account" },
  frame_rate_check_failed: { is: "invalid_content", say: "TikTok takes 23 to 60 pictures a second" },
  picture_size_check_failed: { is: "invalid_content", say: "TikTok does not take pictures or videos of these sides" },
  video_pull_failed: { is: "transient", say: "TikTok could not fetch the video" },
  photo_pull_failed: { is: "transient", say: "TikTok could not fetch the pictures" },
  internal: { is: "transient", say: "TikTok itself failed" },
  publish_cancelled: { is: "permission", say: "it was canceled in TikTok's app" },
  auth_removed: { is: "reauth", say: "the person has taken the app's access away" },
  spam_risk_user_banned_from_posting: { is: "permission", say: "TikTok has banned the account from posting" },
  spam_risk_too_many_posts: {
    is: "rate_limited",
    say: "the account has made as many posts by API today as TikTok allows",
  },
  spam_risk_text: { is: "invalid_content", say: "TikTok takes the text for spam" },
  spam_risk: { is: "permission", say: "TikTok takes this for spam" },
};

/** Why nothing came of what TikTok was sent. What is not in the table is told in TikTok's word, and not tried again. */
export function failureOfReason(reason: string | null): Failure {
  const { is, say } = endings[reason ?? ""] ?? { is: "permission", say: "TikTok did not publish it" };
  const { code } = failureClasses[is];
  return new Failure(code, `${say} (${reason ?? "it does not say why"})`, {
    ...(is === "reauth" ? { hint: "agencyiq connect tiktok" } : {}),
    ...(is === "invalid_content" ? { hint: "agencyiq platforms show tiktok lists what it takes" } : {}),
    ...(is === "rate_limited" ? { retryAfterSeconds: quarterOfDay } : {}),
  });
}
