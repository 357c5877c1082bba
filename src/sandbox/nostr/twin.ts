/** Nostr: two relays, and the page that shows notes. https://github.com/nostr-protocol/nips */
import { Hono } from "hono";
import { noteEncode } from "nostr-tools/nip19";
import { finalizeEvent } from "nostr-tools/pure";
import type { Person } from "../options.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { Conversation, MakeTwin } from "../twin.ts";
import type { World } from "../world.ts";
import { eventsFor, longestContent, problemOf, type RelayEvent } from "./events.ts";
import { npubOf, nsecOf, pubkeyOf, secretOf } from "./people.ts";

/** The second one is where people's own lists say that they write. */
const relays = ["relay.example.com", "relay.example.org"];

/** What a relay answers in place of taking an event. */
export const nostrErrors: Readonly<Record<string, string>> = {
  "rate-limited": "rate-limited: you are noting too much",
  pow: "pow: 28 bits needed. (2)",
  blocked: "blocked: you are banned from posting here",
  restricted: "restricted: not a member",
  "auth-required": "auth-required: we only accept events from registered users",
  invalid: "invalid: event creation date is too far off from the current time",
  error: "error: could not connect to the database",
  "without-prefix": "no",
};

export const makeTwin: MakeTwin = (world) => ({
  id: "nostr",
  name: "Nostr",
  hosts: { ...Object.fromEntries(relays.map((host) => [host, relayPage()])), "njump.me": notePages(world) },
  conversations: Object.fromEntries(relays.map((host) => [host, (socket: Conversation) => relay(world, host, socket)])),
  clients: [],
  keys: world.people.map((person) => ({
    person: person.handle,
    method: "key",
    key: nsecOf(person),
    answers: { relays: `wss://${relays[0]}` },
  })),
  answerStatus: (status) => new Response("relay\n", { status }),
  errors: Object.fromEntries(Object.entries(nostrErrors).map(([name, words]) => [name, () => new Response(words)])),
  refusesRedirectUri: () => "Nostr has no redirect URIs",
  maximumRedirectUris: 0,
});

/** NIP-11. */
function relayPage(): Hono {
  return new Hono().get("/", (context) => {
    if (!context.req.header("accept")?.includes("application/nostr+json")) return context.text("a relay\n");
    const limitation = { max_message_length: 65_536, max_content_length: longestContent, auth_required: false };
    return context.json({ name: "A relay of the sandbox", supported_nips: [1, 9, 11, 65], limitation });
  });
}

function relay(world: World, host: string, { hear, say, cut }: Conversation): void {
  const kept = () => world.shelves.of<RelayEvent>(`nostr ${host}`);
  hear((text) => {
    const [kind, ...rest] = JSON.parse(text) as [string, ...unknown[]];
    if (kind === "REQ") {
      const [subscription, ...filters] = rest as [string, ...object[]];
      const known = [...kept().values(), ...world.people.flatMap((person) => profileOf(person))];
      for (const event of eventsFor(known, filters)) say(["EVENT", subscription, event]);
      return say(["EOSE", subscription]);
    }
    if (kind !== "EVENT") return say(["NOTICE", "error: not understood"]);
    const event = rest[0] as RelayEvent;
    const fault = world.faults.take({ platform: "nostr", method: "EVENT", path: `/${host}` });
    if (fault?.kind === "drop-before") return cut();
    if (fault?.kind === "error") return say(["OK", event.id, false, nostrErrors[fault.name] ?? "error: "]);
    const answer = take(world, kept(), event);
    if (fault?.kind === "drop-after") return cut();
    say(answer);
  });
}

function take(world: World, kept: Map<string, RelayEvent>, event: RelayEvent): unknown[] {
  const problem = problemOf(world, event);
  if (problem !== null) return ["OK", event.id, false, problem];
  if (kept.has(event.id)) return ["OK", event.id, true, "duplicate: already have this event"];
  kept.set(event.id, event);
  if (event.kind === 5) forget(world, kept, event);
  else show(world, event);
  return ["OK", event.id, true, ""];
}

/** NIP-09: its author's alone. */
function forget(world: World, kept: Map<string, RelayEvent>, { tags, pubkey }: RelayEvent): void {
  for (const [name, id] of tags) {
    if (name !== "e" || id === undefined || kept.get(id)?.pubkey !== pubkey) continue;
    kept.delete(id);
    world.posts.remove("nostr", id);
  }
}

function show(world: World, { id, pubkey, kind, tags, content, created_at: at }: RelayEvent): void {
  if ((kind !== 1 && kind !== 30_023) || world.posts.find("nostr", id)) return;
  const tagged = (wanted: string, marker?: string) =>
    tags.find(([name, , , mark]) => name === wanted && (marker === undefined || mark === marker))?.[1];
  const person = world.people.find((each) => pubkeyOf(each) === pubkey);
  const title = tagged("title");
  world.posts.add({
    platform: "nostr",
    id,
    author: person?.handle ?? pubkey.slice(0, 8),
    ...(title === undefined ? {} : { title }),
    text: content,
    createdAt: at * 1000,
    url: `https://njump.me/${noteEncode(id)}`,
    replyTo: tagged("e", "reply") ?? tagged("e", "root") ?? null,
    quotes: tagged("q") ?? null,
    poll: null,
    media: [],
  });
}

/** Kind 0, and the list of relays of kind 10002. */
function profileOf(person: Person): RelayEvent[] {
  const secret = secretOf(person);
  const profile = { name: person.handle, display_name: person.name, nip05: `${person.handle}@example.com` };
  const listed = [
    ["r", `wss://${relays[1]}`],
    ["r", "wss://read-only.example.net", "read"],
  ];
  return [
    finalizeEvent({ kind: 0, created_at: 1, tags: [], content: JSON.stringify(profile) }, secret),
    finalizeEvent({ kind: 10_002, created_at: 1, tags: listed, content: "" }, secret),
  ];
}

function notePages(world: World): Hono {
  const pages = new Hono();
  pages.use(pageHeaders);
  pages.get("/:name", (context) => {
    const name = context.req.param("name");
    const post = world.posts.all("nostr").find(({ url }) => url.endsWith(`/${name}`));
    const author = world.people.find((person) => npubOf(person) === name)?.handle;
    const posts = post ? [post] : author === undefined ? [] : world.posts.by("nostr", author);
    if (posts.length > 0) return context.html(postPage(posts.map((each) => cardOf(world, each, "Nostr"))));
    return context.html(problemPage({ title: "Not found", text: "No relay has such a note." }), 404);
  });
  return pages;
}
