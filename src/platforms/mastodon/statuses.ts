/** A status: what makes it public, and taking it down. https://docs.joinmastodon.org/methods/statuses */
import { Failure } from "../../domain/failure.ts";
import { days, type Instant, minutes } from "../../domain/time.ts";
import type { Api, Message, MessageFacts, Published } from "../platform.ts";
import { statusCharacters } from "../status-text.ts";
import { at } from "./api.ts";
import { limitsFor } from "./instance.ts";
import { focusOf, isUnderWay, type Prepared, untilProcessed } from "./uploads.ts";

/** Pending ones have ids of their own. */
const scheduled = "scheduled:";

/** When the server itself is to make it public; null: now. */
function publishAt({ options }: Pick<Message, "options">): Instant | null {
  const when = options["publish-at"];
  return typeof when === "number" ? when : null;
}

/** What the limits do not say. The warning in front of a text is counted with it. */
export async function problemsOf(
  message: Message,
  { now, facts = {}, parts = 1 }: Pick<MessageFacts, "now" | "facts" | "parts">,
): Promise<string[]> {
  const problems: string[] = [];
  const { spoiler } = message.options;
  const max = limitsFor(facts).text?.max ?? 0;
  if (typeof spoiler === "string") {
    const reserved = facts["characters-per-url"];
    const length = await statusCharacters(
      spoiler + message.text,
      reserved === undefined ? undefined : Number(reserved),
    );
    if (length > max) problems.push(`the text and its spoiler have ${length} characters, the server allows ${max}`);
  }
  const when = publishAt(message);
  if (when !== null && when < now + minutes(5)) {
    problems.push("the server publishes by itself from 5 minutes ahead on: change publish-at, or use --at");
  }
  if (when !== null && when > now + days(365 * 5)) problems.push("publish-at is years ahead");
  if (when !== null && parts > 1)
    problems.push("a thread cannot be answered before it is public: use --at in place of publish-at");
  const focus = focusOf(message);
  if (focus !== null && !/^-?(0?\.\d+|[01](\.\d+)?),-?(0?\.\d+|[01](\.\d+)?)$/.test(focus)) {
    problems.push(`focus takes two numbers from -1 to 1, as 0.5,-0.2, not "${focus}"`);
  }
  if (message.poll && message.text.trim() === "") problems.push("a poll wants a text");
  return problems;
}

/** A number, or the address of a status as this server shows it. @throws Failure `content_invalid` */
function statusId(api: Pick<Api, "instance">, named: string): string {
  if (/^[0-9A-Za-z]+$/.test(named)) return named;
  const url = URL.canParse(named) ? new URL(named) : null;
  const [, id] =
    /^\/(?:@[^/]+|users\/[^/]+\/statuses|web\/statuses|deck\/@[^/]+)\/([0-9A-Za-z]+)\/?$/.exec(url?.pathname ?? "") ??
    [];
  if (id !== undefined && url?.origin === api.instance) return id;
  throw new Failure("content_invalid", `${named} is no status at ${api.instance}`, {
    hint: `look for it there, and give the address that it has then: ${api.instance}/@somebody@server/NUMBER`,
  });
}

/** ISO 639-1. */
const languageOf = (tag: string): string => (tag.split("-")[0] ?? tag).toLowerCase();

type Json = Readonly<Record<string, unknown>>;

export function requestFor(api: Pick<Api, "instance">, message: Message, { media }: Prepared): Json {
  const { text, poll, replyTo, quote, language, visibility, options } = message;
  const { spoiler, sensitive, "quote-policy": policy } = options;
  const when = publishAt(message);
  return {
    status: text,
    ...(media.length > 0 ? { media_ids: media } : {}),
    ...(poll ? { poll: { options: poll.options, expires_in: poll.minutes * 60 } } : {}),
    ...(replyTo === null ? {} : { in_reply_to_id: statusId(api, replyTo) }),
    ...(quote === null ? {} : { quoted_status_id: statusId(api, quote) }),
    ...(policy === undefined ? {} : { quote_approval_policy: policy }),
    ...(language === null ? {} : { language: languageOf(language) }),
    ...(visibility === null ? {} : { visibility }),
    ...(spoiler === undefined ? {} : { spoiler_text: spoiler }),
    ...(sensitive === undefined ? {} : { sensitive }),
    ...(when === null ? {} : { scheduled_at: new Date(when).toISOString() }),
  };
}

export async function createStatus(
  api: Api,
  message: Message,
  prepared: Prepared,
  idempotencyKey: string,
): Promise<Published> {
  const request = { json: requestFor(api, message, prepared), headers: { "idempotency-key": idempotencyKey } };
  const post = () => api.post(at(api, "/api/v1/statuses"), request);
  try {
    return publishedAs(api, await post());
  } catch (error) {
    const refused = error instanceof Failure && (error.code === "content_invalid" || error.code === "platform_fault");
    if (!refused || !(await someUnderWay(api, prepared))) throw error;
  }
  // Refused for a file that is processed anew; in what words is the account's language.
  for (const id of prepared.media) await untilProcessed(api, id);
  return publishedAs(api, await post());
}

async function someUnderWay(api: Api, { media }: Prepared): Promise<boolean> {
  for (const id of media) if (await isUnderWay(api, id)) return true;
  return false;
}

/** @throws Failure `delivery_unknown` for an answer that names nothing */
export function publishedAs(api: Pick<Api, "instance" | "handle">, answer: unknown): Published {
  const { id, url, uri, scheduled_at: when } = (answer ?? {}) as Json;
  if (typeof id !== "string")
    throw new Failure("delivery_unknown", "the server accepted the status and did not name it");
  // It has no address yet: where it will appear.
  if (typeof when === "string") return { remoteId: `${scheduled}${id}`, url: profileOf(api) };
  const address = [url, uri].find((one) => typeof one === "string" && one !== "");
  return { remoteId: id, url: typeof address === "string" ? address : at(api, `/web/statuses/${id}`) };
}

function profileOf(api: Pick<Api, "instance" | "handle">): string {
  const [name = ""] = (api.handle ?? "").split("@");
  return name === "" ? at(api, "/") : at(api, `/@${name}`);
}

/** What is gone already is gone; of what was pending that is not certain. */
export async function remove(api: Api, remoteId: string): Promise<void> {
  const pending = remoteId.startsWith(scheduled);
  const path = pending
    ? `/api/v1/scheduled_statuses/${remoteId.slice(scheduled.length)}`
    : `/api/v1/statuses/${remoteId}`;
  try {
    await api.delete(at(api, path));
  } catch (error) {
    if (!(error instanceof Failure && error.code === "not_found")) throw error;
    if (!pending) return;
    throw new Failure(
      "not_found",
      "it does not wait at the server any more: it has gone out, or was taken away there",
      {
        hint: `look at ${profileOf(api)}`,
      },
    );
  }
}
