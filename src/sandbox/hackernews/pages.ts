/** Pages of Hacker News, as far as clients look at them. Nearly all of them come with status 200. */

const headers = { "content-type": "text/html; charset=utf-8", "cache-control": "private, max-age=0" };

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export function page(body: string, status = 200): Response {
  const html = `<html lang="en" op="news"><head><title>Hacker News</title></head><body><center>${body}</center></body></html>`;
  return new Response(html, { status, headers });
}

export interface FormFields {
  readonly fnid: string;
  readonly title?: string;
  readonly url?: string;
  readonly text?: string;
  /** Orange, above the form. */
  readonly message?: string;
  /** Who may be chosen, for a browser without a cookie: in place of a login that the sandbox does without. */
  readonly people?: readonly string[];
}

export function submitForm({ fnid, title = "", url = "", text = "", message, people = [] }: FormFields): Response {
  const why = message === undefined ? "" : `<font color="#ff6600">${escaped(message)}</font><br>`;
  const choice = people.map((handle) => `<option>${escaped(handle)}</option>`).join("");
  return page(`${why}<form action="r" method="post">
<input type="hidden" name="fnid" value="${fnid}"><input type="hidden" name="fnop" value="submit-page">
${choice === "" ? "" : `<p>sandbox: submit as <select name="person">${choice}</select></p>`}
title <input type="text" name="title" value="${escaped(title)}" size="50">
url <input type="url" name="url" value="${escaped(url)}" size="50">
text <textarea name="text" rows="4" cols="49">${escaped(text)}</textarea>
<input type="submit" value="submit"></form>`);
}

const words =
  (text: string, status = 200) =>
  (): Response =>
    page(escaped(text), status);
const refused = (message: string) => (): Response => submitForm({ fnid: "another", message });

/** By names that a fault can be ordered under. */
export const hackernewsErrors = {
  "logged-out": words("You have to be logged in to submit."),
  "please-log-in": words("Please log in."),
  "bad-login": words("Bad login."),
  validation: words("Validation required. If this doesn't work, you can email hn@ycombinator.com for help."),
  "too-fast": refused("You're submitting too fast. Please slow down. Thanks."),
  "posting-too-fast": words("You're posting too fast. Please slow down. Thanks."),
  spam: words("Stop spamming us. You're wasting your time."),
  "expired-link": words("Unknown or expired link."),
  busy: words("Sorry, we're not able to serve your requests this quickly."),
  "title-too-long": refused("Please make title < 80 characters."),
  "both-blank": refused(
    "The url and text fields can't both be blank. Please either supply a url, or if you're asking a question, put it in the text field.",
  ),
  "title-blank": refused("Please try again."),
  "unknown-page": words("Something that nobody knows."),
  "internal-error": words("Internal error.", 500),
} as const satisfies Record<string, () => Response>;

export const redirect = (location: string): Response => new Response(null, { status: 302, headers: { location } });
