/** What Reddit refuses. Names of errors: r2/lib/errors.py of https://github.com/reddit-archive/reddit and PRAW. */
import type { FailureRule } from "../platform.ts";

const minute = 60;

const notThere = "see --option reddit.subreddit=NAME";

export const failures: readonly FailureRule[] = [
  {
    message: /network security/,
    is: "app",
    say: "Reddit keeps this network or program out before it looks at the token",
    hint: "run it from another network, without a proxy; a data center's addresses are often kept out",
  },
  { code: "RATELIMIT", is: "rate_limited", say: "the account is to wait before it posts again", wait: 10 * minute },
  {
    code: "ALREADY_SUB",
    is: "duplicate",
    say: "this link is in the subreddit already",
    hint: "--option reddit.resubmit=yes posts it all the same",
  },
  { code: "SUBREDDIT_NOEXIST", is: "gone", say: "there is no such subreddit", hint: notThere },
  { code: "SUBREDDIT_REQUIRED", is: "invalid_content", say: "no subreddit was named", hint: notThere },
  { type: "SUBREDDIT_", is: "permission", say: "the account may not post in this subreddit" },
  { code: "BANNED_FROM_SUBREDDIT", is: "permission", say: "the subreddit has banned the account" },
  { code: "USER_BLOCKED", is: "permission", say: "whoever is answered has blocked the account" },
  { code: "IN_TIMEOUT", is: "permission", say: "the account is suspended for a time" },
  { code: "THREAD_LOCKED", is: "permission", say: "the comments are locked" },
  { type: "NO_LINKS", is: "permission", say: "the subreddit takes no links" },
  { type: "NO_SELFS", is: "permission", say: "the subreddit takes no text posts" },
  { type: "NO_IMAGES", is: "permission", say: "the subreddit takes no pictures" },
  { type: "NO_VIDEOS", is: "permission", say: "the subreddit takes no videos" },
  {
    code: "SUBMIT_VALIDATION_FLAIR_REQUIRED",
    is: "invalid_content",
    say: "the subreddit wants a flair",
    hint: "--option reddit.flair=TEXT",
  },
  { type: "SUBMIT_VALIDATION_", is: "invalid_content", say: "it is against the subreddit's rules for posts" },
  { code: "BAD_FLAIR_TEMPLATE_ID", is: "invalid_content", say: "the subreddit has no such flair" },
  { code: "TOO_LONG", is: "invalid_content" },
  { code: "TOO_SHORT", is: "invalid_content" },
  { code: "NO_TEXT", is: "invalid_content" },
  { code: "NO_URL", is: "invalid_content" },
  { code: "BAD_URL", is: "invalid_content" },
  { code: "DOMAIN_BANNED", is: "invalid_content", say: "Reddit takes no links to this domain" },
  { code: "IMAGE_ERROR", is: "invalid_content", say: "Reddit cannot read the picture" },
  { code: "DELETED_COMMENT", is: "gone", say: "what is answered was deleted" },
  { code: "DELETED_LINK", is: "gone", say: "what is answered was deleted" },
  {
    code: "VERIFIED_USER_REQUIRED",
    is: "permission",
    say: "the account's e-mail address is not verified",
    hint: "verify it at https://www.reddit.com/settings",
  },
  {
    code: "BAD_CAPTCHA",
    is: "permission",
    say: "Reddit does not trust the account yet and wants a captcha",
    hint: "post on the site for a while, and verify the e-mail address",
  },
  { code: "USER_REQUIRED", is: "permission", say: "Reddit wants somebody to sign in on the site" },
  // Of the upload host.
  { code: "EntityTooLarge", is: "invalid_content", say: "the file is too large" },
  { status: 302, is: "gone", say: "there is no such subreddit", hint: notThere },
  { status: 401, is: "reauth" },
  {
    status: 403,
    is: "permission",
    say: "the account, or what it allowed the app, does not reach so far",
    hint: "a private subreddit must let the account in; agencyiq connect reddit gives every permission",
  },
  { status: 404, is: "gone", say: "there is nothing like that" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 429, is: "rate_limited", wait: minute },
  // Of what stands before it, too: it may have been done.
  { status: 503, is: "transient", doubtful: true },
  { status: 400, is: "invalid_content" },
];
