/** Did it go out? The account's own statuses tell, and those that wait at the server. */
import type { Instant } from "../../domain/time.ts";
import type { Api, Message, Published } from "../platform.ts";
import { at } from "./api.ts";
import { publishedAs, requestFor } from "./statuses.ts";
import type { Prepared } from "./uploads.ts";

interface Listed {
  readonly created_at?: string;
  readonly content?: string;
  readonly spoiler_text?: string;
  readonly in_reply_to_id?: string | null;
  readonly media_attachments?: readonly { readonly id?: string }[];
  readonly poll?: { readonly options?: readonly { readonly title?: string }[] } | null;
}

interface Pending {
  readonly scheduled_at?: string;
  readonly params?: {
    readonly text?: string;
    readonly spoiler_text?: string | null;
    readonly in_reply_to_id?: unknown;
  };
  readonly media_attachments?: readonly { readonly id?: string }[];
}

const pageSize = 40;

/** null: nothing of it is there; undefined: what is there may be it. */
export async function findStatus(
  api: Api,
  message: Message,
  prepared: Prepared,
  since: Instant,
): Promise<Published | null | undefined> {
  const wanted = requestFor(api, message, prepared);
  if (wanted["scheduled_at"] !== undefined) {
    const waiting = await pending(api);
    const then = waiting.filter((one) => isForThen(one, wanted));
    const same = then.find((one) => isSamePending(one, wanted));
    if (same) return publishedAs(api, same);
    if (then.length > 0 || waiting.length === pageSize) return undefined;
  }
  const query = { limit: String(pageSize), exclude_reblogs: "true" };
  const all = (await api.get(at(api, `/api/v1/accounts/${api.externalId}/statuses`), { query })) as readonly Listed[];
  const recent = all.filter(({ created_at: when }) => when === undefined || Date.parse(when) >= since);
  const candidates = recent.filter((status) => mayBe(status, wanted));
  const same = candidates.find((status) => isSame(status, message, wanted));
  if (same) return publishedAs(api, same);
  // The server's own way of showing a text may be another than is known here.
  return candidates.length > 0 || recent.length === pageSize ? undefined : null;
}

async function pending(api: Api): Promise<readonly Pending[]> {
  const query = { limit: String(pageSize) };
  return (await api.get(at(api, "/api/v1/scheduled_statuses"), { query })) as readonly Pending[];
}

type Wanted = Readonly<Record<string, unknown>>;

/** Told with or without milliseconds. */
function isForThen({ scheduled_at: when = "" }: Pending, wanted: Wanted): boolean {
  return Math.abs(Date.parse(when) - Date.parse(String(wanted["scheduled_at"]))) < 1000;
}

function isSamePending({ params = {}, media_attachments = [] }: Pending, wanted: Wanted): boolean {
  const ids = media_attachments.map(({ id }) => id);
  return (
    params.text === wanted["status"] &&
    (params.spoiler_text ?? "") === (wanted["spoiler_text"] ?? "") &&
    JSON.stringify(ids) === JSON.stringify(wanted["media_ids"] ?? [])
  );
}

const sorted = (ids: unknown): string => JSON.stringify([...((ids as readonly string[] | undefined) ?? [])].sort());

/**
 * By what no server writes in another way: its files, whether it answers, whether it asks. Of an answer to a boost the server
 * names what was boosted; a warning without a text becomes the text.
 */
function mayBe({ in_reply_to_id: reply = null, media_attachments: media = [], poll }: Listed, wanted: Wanted): boolean {
  return (
    sorted(media.map(({ id }) => id)) === sorted(wanted["media_ids"]) &&
    (reply === null) === (wanted["in_reply_to_id"] === undefined) &&
    !poll === (wanted["poll"] === undefined)
  );
}

function isSame(status: Listed, { text }: Message, wanted: Wanted): boolean {
  const { content = "", spoiler_text: spoiler = "", in_reply_to_id: reply, poll } = status;
  const { options = [] } = (wanted["poll"] as { options?: readonly string[] } | undefined) ?? {};
  const asked = poll?.options?.map(({ title = "" }) => letters(title)) ?? [];
  return (
    letters(shown(content)) === letters(asShown(text)) &&
    letters(spoiler) === letters(String(wanted["spoiler_text"] ?? "")) &&
    (reply ?? undefined) === wanted["in_reply_to_id"] &&
    JSON.stringify(asked) === JSON.stringify(options.map(letters))
  );
}

/** Of somebody elsewhere the server shows the name alone. */
const asShown = (text: string): string => text.replace(/(@[\w.-]+)@[\w-]+(?:\.[\w-]+)+/g, "$1");

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** HTML as text. */
function shown(html: string): string {
  return html
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hexadecimal, name) => {
      if (name !== undefined) return entities[name] ?? whole;
      return String.fromCodePoint(decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal));
    });
}

/** Whatever the spaces and lines between. */
const letters = (text: string): string => text.normalize("NFC").replace(/\s+/g, "");
