/** Asking relays: NIP-01 (requests, OK), NIP-11 (what a relay takes), NIP-65 (where somebody writes). */
import { Failure } from "../../domain/failure.ts";
import type { Api } from "../platform.ts";

/** As it is signed and sent (NIP-01). */
export interface NostrEvent {
  readonly id: string;
  readonly pubkey: string;
  /** Unix seconds. */
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
  readonly sig: string;
}

export interface Filter {
  readonly ids?: readonly string[];
  readonly authors?: readonly string[];
  readonly kinds?: readonly number[];
  readonly limit?: number;
}

/** Seconds: a relay that says nothing for so long is passed over. */
const patience = 10;

const subscription = "agencyiq";

/** Addresses between spaces or commas, each once. @throws Failure `usage` for what is none */
export function relaysIn(text: string): string[] {
  const found = text.split(/[\s,]+/).filter(Boolean);
  const wrong = found.find((address) => !URL.canParse(address) || !/^wss?:$/.test(new URL(address).protocol));
  if (found.length > 0 && wrong === undefined) return [...new Set(found.map((address) => new URL(address).href))];
  throw new Failure("usage", `"${wrong ?? text}" is no relay`, {
    hint: "name them with spaces between: --set relays='wss://… wss://…'",
  });
}

/** What a relay has for these filters, until it says that it has no more. @throws Failure `network` */
export async function askRelay(api: Api, relay: string, filters: readonly Filter[]): Promise<NostrEvent[]> {
  const events: NostrEvent[] = [];
  let refusal: string | null = null;
  await api.talk(relay, {
    send: [JSON.stringify(["REQ", subscription, ...filters])],
    timeout: patience,
    heard: (text) => {
      const [kind, about, told] = messageIn(text);
      if (about !== subscription) return false;
      if (kind === "EVENT") events.push(told as NostrEvent);
      if (kind === "CLOSED") refusal = String(told ?? "closed");
      return kind === "EOSE" || kind === "CLOSED";
    },
  });
  if (refusal !== null) throw api.refusal(errorIn(refusal));
  return events;
}

/** @throws Failure by what the relay says: the prefix before the colon is its code; `network` */
export async function sendTo(api: Api, relay: string, event: NostrEvent): Promise<void> {
  let answer: { readonly taken: boolean; readonly words: string } | null = null;
  await api.talk(relay, {
    send: [JSON.stringify(["EVENT", event])],
    timeout: patience,
    changes: true,
    heard: (text) => {
      const [kind, id, taken, words] = messageIn(text);
      if (kind !== "OK" || id !== event.id) return false;
      answer = { taken: taken === true, words: String(words ?? "") };
      return true;
    },
  });
  const { taken, words } = answer ?? { taken: false, words: "error: no answer" };
  // "duplicate": it is there already, which is what was wanted.
  if (taken || words.startsWith("duplicate:")) return;
  throw api.refusal(errorIn(words));
}

/** How many characters of content the relay takes (NIP-11); null: it does not say, or cannot be asked. */
export async function longestContent(api: Api, relay: string): Promise<number | null> {
  const headers = { accept: "application/nostr+json" };
  try {
    const told = await api.get(relay.replace(/^ws/, "http"), { headers, authorization: "nobody", repeatable: true });
    const { limitation } = (told ?? {}) as { limitation?: { max_content_length?: unknown } };
    const longest = limitation?.max_content_length;
    return typeof longest === "number" && longest > 0 ? longest : null;
  } catch (error) {
    // A relay need not have a page for that.
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** What every relay says, or why it said nothing. */
export async function fromEach<Told>(
  relays: readonly string[],
  ask: (relay: string) => Promise<Told>,
): Promise<{ readonly told: Told[]; readonly failures: Failure[] }> {
  const outcomes = await Promise.allSettled(relays.map(ask));
  const told: Told[] = [];
  const failures: Failure[] = [];
  for (const outcome of outcomes) {
    if (outcome.status === "fulfilled") told.push(outcome.value);
    else if (outcome.reason instanceof Failure) failures.push(outcome.reason);
    else throw outcome.reason;
  }
  return { told, failures };
}

function messageIn(text: string): readonly unknown[] {
  try {
    const message: unknown = JSON.parse(text);
    return Array.isArray(message) ? message : [];
  } catch {
    return [];
  }
}

/** `blocked: not on the list` (NIP-01). */
function errorIn(words: string): { readonly code: string; readonly message: string } {
  return { code: /^([a-z-]+):/.exec(words)?.[1] ?? "error", message: words };
}
