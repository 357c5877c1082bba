/** What WordPress refuses: `{"code", "message", "data": {"status"}}`. */
import type { FailureRule } from "../platform.ts";

const another =
  "make another one: the site's admin, Users, Profile, Application Passwords; then: agencyiq connect wordpress";

/** Many servers keep the header from PHP. */
const stripped =
  'if user and password are right, the server keeps the Authorization header from WordPress: put SetEnvIf Authorization "(.*)" HTTP_AUTHORIZATION=$1 into .htaccess, or look into the security plugin (docs/platforms/wordpress.md)';

export const failures: readonly FailureRule[] = [
  { code: "incorrect_password", is: "reauth", say: "the application password is not known", hint: another },
  { code: "invalid_username", is: "reauth", say: "the user is not known", hint: another },
  {
    code: "application_passwords_disabled",
    is: "reauth",
    say: "the site takes no application passwords any more",
    hint: "switch them on again: they need https, and a security plugin may keep them off",
  },
  {
    code: "application_passwords_disabled_for_user",
    is: "reauth",
    say: "the site takes no application passwords of this user",
    hint: another,
  },
  // What needs a right answers so to nobody, and with 403 to somebody who has it not.
  { status: 401, is: "reauth", say: "the site saw no password", hint: stripped },
  { status: 404, code: "rest_no_route", is: "permission", say: "the site's REST API is switched off" },
  { status: 404, is: "gone" },
  { status: 410, is: "gone" },
  {
    status: 403,
    code: "rest_cannot_publish",
    is: "permission",
    say: "the user may not publish",
    hint: "--visibility pending leaves it to an editor",
  },
  {
    status: 403,
    is: "permission",
    hint: "the user's role may not do this (an author may publish), or a security plugin or firewall stands before the site",
  },
  { status: 400, is: "invalid_content" },
  {
    status: 413,
    is: "invalid_content",
    say: "the file is larger than the site takes (upload_max_filesize, post_max_size)",
  },
  { status: 429, is: "rate_limited", wait: 60 },
  // Of a cache or proxy before the site (Varnish: "Backend fetch failed") as well as of its maintenance: the post may be there.
  { status: 503, is: "transient", doubtful: true },
  // Of uploads: a type that the site does not take has this code, and status 500.
  { code: "rest_upload_unknown_error", is: "invalid_content", say: "the site does not take this file" },
  { code: "rest_upload_sideload_error", is: "invalid_content", say: "the site does not take this file" },
];
