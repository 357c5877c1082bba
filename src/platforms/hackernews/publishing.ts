/**
 * There is no API that writes. Usually the site's own form is opened, filled in, for a person to send; then the new story is
 * looked for. With a session, and only where it is asked for, the form is sent from here. Neither is done a second time by itself.
 */
import { Failure } from "../../domain/failure.ts";
import { type Instant, minutes } from "../../domain/time.ts";
import type { Api, Message, Published, Publishing, Sending } from "../platform.ts";
import { findStory, itemUrl, site } from "./items.ts";

/** Their clock and ours. */
const clocksApart = minutes(2);

const byForm = ({ options }: Message): boolean => options["submit"] === "form";

async function prepare(api: Api, message: Message): Promise<null> {
  const [problem] = problemsOf(message);
  if (problem) throw new Failure("content_invalid", problem);
  if (byForm(message) && (await api.method()) !== "session") {
    throw new Failure("usage", "hackernews.submit=form needs a session, and there is none", {
      hint: "agencyiq connect hackernews --credential session; or leave the option out, and submit it in the browser",
    });
  }
  return null;
}

function commit(api: Api, message: Message): Promise<Published> {
  return byForm(message) ? submitForm(api, message) : showForm(api, message);
}

/** Seconds between looks: somebody reads the form first; the list takes a while, too. */
const pausesForPerson = [3, 3, 4, ...Array.from({ length: 17 }, () => 10)];
const pausesForList = [2, 3, 5, 10, 10, 15, 15];

async function showForm(api: Api, { title, link, ...rest }: Message): Promise<Published> {
  const begunAt = api.now();
  const form = new URL(`${site}/submitlink`);
  form.searchParams.set("u", link ?? "");
  form.searchParams.set("t", title ?? "");
  await api.browse(form.href);
  const message = { title, link, ...rest };
  const failure = "the form was opened in the browser, and no such story is there yet";
  return lookFor(api, message, { since: begunAt - clocksApart, pauses: pausesForPerson, failure });
}

interface Look {
  readonly since: Instant;
  readonly pauses: readonly number[];
  /** What to say when it is not there at the end. */
  readonly failure: string;
}

/** Whatever goes wrong while it is looked for: it may be out. */
async function lookFor(api: Api, message: Message, { since, pauses, failure }: Look): Promise<Published> {
  let why = failure;
  for (const pause of pauses) {
    const stopped = await api.wait(pause).then(
      () => false,
      () => true,
    );
    if (stopped) break;
    const found = await findStory(api, message, since).catch((error: unknown) => {
      if (!(error instanceof Failure)) throw error;
      why = `${failure} (${error.message})`;
      return null;
    });
    if (found) return alive(found);
  }
  throw new Failure("delivery_unknown", why);
}

function alive({ dead, ...published }: Published & { readonly dead: boolean }): Published {
  if (!dead) return published;
  throw new Failure("not_permitted", `${published.url} is there, but dead: only its author sees it`, {
    hint: "the site or the account may be banned; ask hn@ycombinator.com, and do not submit it again",
  });
}

interface Form {
  readonly fnid: string;
}

/** @throws Failure `needs_reauth` and others by the page's words, `protocol` for a page without a form */
export async function formOf(api: Api): Promise<Form> {
  const page = String(await api.get(`${site}/submit`, { reads: "text" }));
  const field = /<input[^>]*\bname="fnid"[^>]*>/i.exec(page)?.[0] ?? "";
  const fnid = /\bvalue="([^"]+)"/i.exec(field)?.[1];
  if (fnid !== undefined && page.includes("submit-page")) return { fnid };
  throw new Failure("protocol", "the page at https://news.ycombinator.com/submit has no form that is known", {
    hint: "submit it in the browser: leave --option hackernews.submit=form out",
  });
}

async function submitForm(api: Api, message: Message): Promise<Published> {
  const begunAt = api.now();
  try {
    await sendForm(api, message);
  } catch (error) {
    // The form was too old, so nothing was done: another one, once.
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
    await sendForm(api, message);
  }
  const failure = "Hacker News took the story, and does not list it yet";
  return lookFor(api, message, { since: begunAt - clocksApart, pauses: pausesForList, failure });
}

/** Its answer is where the browser is sent next. */
async function sendForm(api: Api, { title, link, text }: Message): Promise<void> {
  const { fnid } = await formOf(api);
  const form = { fnid, fnop: "submit-page", title: title ?? "", url: link ?? "", text };
  const { status, headers } = await api.call("POST", `${site}/r`, { form, accepts: [302], reads: "text" });
  const target = status === 302 ? new URL(headers["location"] ?? "", `${site}/`) : null;
  if (target?.pathname === "/newest") return;
  const there = target?.pathname === "/item" ? target.searchParams.get("id") : null;
  if (there) {
    throw new Failure(
      "duplicate_content",
      `Hacker News answered ${status}: it was submitted already: ${itemUrl(there)}`,
      {
        hint: `the submission counted as a vote for it; if it is yours: agencyiq posts reconcile ID --published ${itemUrl(there)}`,
      },
    );
  }
  throw new Failure(
    "delivery_unknown",
    `Hacker News answered ${status}: a page that is not known; it may have been done`,
  );
}

/** Somebody may send the form later, so that it is not there proves nothing. */
async function confirm(
  api: Api,
  message: Message,
  _sending: Sending<null>,
  since: Instant,
): Promise<Published | undefined> {
  const found = await findStory(api, message, since);
  return found ? { remoteId: found.remoteId, url: found.url } : undefined;
}

export function problemsOf(message: Message): readonly string[] {
  const { link, text } = message;
  const both = link !== null && text.trim() !== "";
  return [
    ...(both ? ["Hacker News takes a link or a text, not both (leave the text out, or the link)"] : []),
    ...(link === null && !byForm(message)
      ? ["the form can be opened with a title and a link alone, and there is no link (--link)"]
      : []),
  ];
}

export const publishing: Publishing<null> = { prepare, commit, confirm, settles: minutes(30) };
