// https://github.com/nostr-protocol/nips, and docs/platforms/nostr.md for where each fact is from
import { codePoints } from "../domain/counting/units.ts";
import type { Limits } from "../domain/limits.ts";
import { mebibytes } from "../domain/limits.ts";
import { bytesOf, secretKeyIn } from "./nostr/keys.ts";
import { publishing } from "./nostr/publishing.ts";
import { askRelay, fromEach, longestContent, type NostrEvent, relaysIn } from "./nostr/relays.ts";
import { type Api, definePlatform, type Facts, type FailureRule, type Identity } from "./platform.ts";

/** The words before the colon of a relay's answer (NIP-01). */
const failures: readonly FailureRule[] = [
  { code: "rate-limited", is: "rate_limited", wait: 60 },
  { code: "pow", is: "permission", say: "the relay wants proof of work, which agencyiq does not do" },
  { code: "blocked", is: "permission", say: "the relay does not take this key's events" },
  { code: "restricted", is: "permission", say: "the relay takes events of its members only" },
  { code: "auth-required", is: "permission", say: "the relay wants a login (NIP-42), which agencyiq does not do" },
  { code: "invalid", is: "invalid_content" },
  { code: "error", is: "transient" },
];

const limits: Limits = {
  // The files themselves are on the web already: a note names their addresses.
  images: {
    max: 20,
    types: ["image/jpeg", "image/png", "image/gif", "image/webp"],
    bytes: mebibytes(50),
    fetched: true,
  },
  video: { types: ["video/mp4", "video/webm"], bytes: mebibytes(1024), fetched: true },
  title: { max: 200, unit: "characters", measure: codePoints },
  alt: { max: 2000, unit: "characters", measure: codePoints },
  reply: true,
  quote: true,
  thread: true,
};

/** What the profile says of itself (kind 0): anybody may write anything there. */
function profileIn(event: NostrEvent | undefined): { readonly name?: unknown; readonly display_name?: unknown } {
  try {
    const profile: unknown = JSON.parse(event?.content ?? "{}");
    return typeof profile === "object" && profile !== null ? profile : {};
  } catch {
    return {};
  }
}

const textOf = (value: unknown): string | null => (typeof value === "string" && value.trim() ? value.trim() : null);

/** The relays that were named, and those that the person's own list has to write to (NIP-65). */
function writeRelays(named: readonly string[], event: NostrEvent | undefined): string[] {
  const listed = (event?.tags ?? []).flatMap(([name, url, marker]) =>
    name === "r" && url && marker !== "read" && /^wss:\/\//.test(url) && URL.canParse(url) ? [new URL(url).href] : [],
  );
  return [...new Set([...named, ...listed])];
}

const newest = (events: readonly NostrEvent[], kind: number): NostrEvent | undefined =>
  events.filter((event) => event.kind === kind).sort((a, b) => b.created_at - a.created_at)[0];

/** @throws Failure `network` where no relay answers */
async function eventsAbout(api: Api, pubkey: string, relays: readonly string[]): Promise<NostrEvent[]> {
  const filters = [{ kinds: [0, 10_002], authors: [pubkey], limit: 2 }];
  const { told, failures: reasons } = await fromEach(relays, (relay) => askRelay(api, relay, filters));
  const [reason] = reasons;
  if (told.length === 0 && reason) throw reason;
  return told.flat().filter((event) => event.pubkey === pubkey);
}

async function factsAbout(api: Api, relays: readonly string[]): Promise<Facts> {
  const longest = await Promise.all(relays.map((relay) => longestContent(api, relay)));
  const known = longest.filter((count) => count !== null);
  return {
    relays: relays.join(" "),
    ...(known.length === 0 ? {} : { "max-content": String(Math.min(...known)) }),
  };
}

async function whoIs(api: Api): Promise<Identity> {
  const [{ getPublicKey }, { npubEncode }] = await Promise.all([
    import("nostr-tools/pure"),
    import("nostr-tools/nip19"),
  ]);
  const pubkey = getPublicKey(bytesOf(await api.token()));
  const npub = npubEncode(pubkey);
  const named = relaysIn(api.facts["relays"] ?? "");
  const events = await eventsAbout(api, pubkey, named);
  const { name, display_name: displayName } = profileIn(newest(events, 0));
  return {
    externalId: pubkey,
    handle: textOf(name) ?? npub,
    name: textOf(displayName) ?? textOf(name),
    url: `https://njump.me/${npub}`,
    facts: await factsAbout(api, writeRelays(named, newest(events, 10_002))),
  };
}

async function howManyAnswer(api: Api): Promise<string> {
  const relays = relaysIn(api.facts["relays"] ?? "");
  const ask = [{ kinds: [0], authors: [api.externalId ?? ""], limit: 1 }];
  const { told, failures: reasons } = await fromEach(relays, (relay) => askRelay(api, relay, ask));
  const [reason] = reasons;
  if (told.length === 0 && reason) throw reason;
  return `${told.length} of ${relays.length} relays answer`;
}

export const nostr = definePlatform({
  id: "nostr",
  name: "Nostr",
  site: "https://nostr.com",
  documentation: "https://github.com/nostr-protocol/nips",
  methods: [
    {
      kind: "key",
      id: "key",
      name: "secret key",
      example: "nsec1…",
      warning:
        "this key cannot be changed or taken back: whoever has it is the account. It is kept sealed, and sent nowhere",
      asks: [{ name: "relays", say: "Relays to write to, with spaces between", example: "wss://relay.example.com" }],
      read: (pasted, { relays = "" }) => {
        relaysIn(relays);
        return secretKeyIn(pasted);
      },
      presentation: { in: "nothing" },
    },
  ],
  tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" } },
  limits,
  limitsFor: ({ "max-content": longest }) =>
    longest === undefined
      ? limits
      : { ...limits, text: { max: Number(longest), unit: "characters", measure: codePoints } },
  factsOf: (api) => factsAbout(api, relaysIn(api.facts["relays"] ?? "")),
  failures,
  setup: [
    {
      title: "Have a key",
      text: "Any Nostr app makes one, and shows it under its settings (Keys, nsec). There is nothing to register.",
    },
    {
      title: "Choose relays",
      text: "Those that your app writes to, under its settings (Relays). Two or three are enough.",
    },
  ],
  options: [
    { name: "content-warning", say: "why the note is hidden until somebody asks for it (NIP-36)", takes: "text" },
    { name: "article", say: "a long text in Markdown with a title (NIP-23) in place of a note", takes: "flag" },
  ],
  problemsOf: ({ options, title, replyTo, quote }) => [
    ...(options["article"] === true && title === null ? ["an article needs a title"] : []),
    ...(options["article"] === true && (replyTo !== null || quote !== null)
      ? ["an article answers and quotes nothing"]
      : []),
  ],
  identify: async (api) => [await whoIs(api)],
  check: howManyAnswer,
  publish: publishing,
});
