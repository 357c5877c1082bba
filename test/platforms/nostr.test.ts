import { verifyEvent } from "nostr-tools/pure";
import { expect, it } from "vitest";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import type { Talk } from "../../src/domain/ports/conversation.ts";
import { hours } from "../../src/domain/time.ts";
import { nostr } from "../../src/platforms/nostr.ts";
import type { Api, Publishing } from "../../src/platforms/platform.ts";
import type { RelayEvent } from "../../src/sandbox/nostr/events.ts";
import { apiOf } from "../app/platform-client.ts";
import { message, rememberedSteps } from "./connected-x.ts";

const key = "7f4c11a9fd8c3b1a9f9b3b2b7a1a0e5d7b9d1c3f5a7e9b1d3f5a7c9e1b3d5f70";
const publishing = nostr.publish as Required<Publishing<{ event: RelayEvent }>>;

const halfDead = new Failure("network", "dead.example.com could not be talked to");

/** A relay that has these events, and says nothing to anything else. */
function apiWith(events: readonly object[]): Api {
  const talk = async (_url: string, { heard }: Talk) => {
    for (const event of events) heard(JSON.stringify(["EVENT", "agencyiq", event]));
    heard('["EOSE","agencyiq"]');
  };
  return { ...apiOf(nostr, key, { talk } as Partial<Services>), facts: { relays: "wss://relay.example.com" } };
}

async function eventOf(given: Parameters<typeof message>[0], events: readonly object[] = []): Promise<RelayEvent> {
  const { event } = await publishing.prepare(apiWith(events), message(given), rememberedSteps().step);
  expect(verifyEvent({ ...event })).toBe(true);
  return event;
}

const root = "1".repeat(64);
const parent = "2".repeat(64);
const author = "a".repeat(64);

it("answers within a conversation: its beginning, what is answered, and everybody in it", async () => {
  const first = { id: root, pubkey: author, tags: [] };
  expect((await eventOf({ text: "Yes", replyTo: root }, [first])).tags).toEqual([
    ["e", root, "wss://relay.example.com/", "root"],
    ["p", author],
  ]);
  const tags = [
    ["e", root, "wss://other.example.com", "root"],
    ["p", author],
  ];
  const later = { id: parent, pubkey: "b".repeat(64), tags };
  expect((await eventOf({ text: "Yes", replyTo: parent }, [later])).tags).toEqual([
    ["e", root, "wss://other.example.com", "root"],
    ["e", parent, "wss://relay.example.com/", "reply"],
    ["p", "b".repeat(64)],
    ["p", author],
  ]);
  await expect(eventOf({ text: "Yes", replyTo: parent }, [first])).rejects.toMatchObject({ code: "not_found" });
});

it("writes tags for words, people, pictures and warnings", async () => {
  const npub = "npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6";
  const event = await eventOf({
    text: `Fresh #Brot und #brot, c#sharp, nostr:${npub}`,
    tags: ["bakery"],
    images: [{ file: "/loaf.jpg", alt: "A loaf", url: "https://media.example.com/loaf.jpg" }],
    options: { "content-warning": "crumbs" },
  });
  expect(event.content).toMatch(/\nhttps:\/\/media\.example\.com\/loaf\.jpg$/);
  expect(event.tags).toEqual([
    ["p", "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d"],
    ["imeta", "url https://media.example.com/loaf.jpg", "alt A loaf"],
    ["t", "brot"],
    ["t", "bakery"],
    ["content-warning", "crumbs"],
  ]);
});

it("signs a note once, however late it is sent again", async () => {
  const { step } = rememberedSteps();
  const said = message({ text: "Bread" });
  const at = (hour: number): Api => ({ ...apiWith([]), now: () => hours(hour) });
  const { event } = await publishing.prepare(at(1), said, step);
  expect(await publishing.prepare(at(2), said, step)).toEqual({ event });
  // Signed at another hour, it would be another note.
  const anew = await publishing.prepare(at(2), said, rememberedSteps().step);
  expect(anew.event.id).not.toBe(event.id);
});

it("finds what went out, and does not know where a relay cannot be asked", async () => {
  const event = await eventOf({ text: "Bread" });
  const sending = { prepared: { event }, idempotencyKey: "key", step: rememberedSteps().step };
  const said = message({ text: "Bread" });
  expect(await publishing.confirm(apiWith([event]), said, sending, 0)).toMatchObject({ remoteId: event.id });
  expect(await publishing.confirm(apiWith([]), said, sending, 0)).toBeNull();
  const facts = { relays: "wss://relay.example.com wss://dead.example.com" };
  const { talk } = apiWith([]);
  const half: Api = {
    ...apiWith([]),
    facts,
    talk: (url, given) => (url.includes("dead") ? Promise.reject(halfDead) : talk(url, given)),
  };
  expect(await publishing.confirm(half, said, sending, 0)).toBeUndefined();
});

it("is doubtful where one relay may have taken it, whatever the others say", async () => {
  const event = await eventOf({ text: "Bread" });
  const sending = { prepared: { event }, idempotencyKey: "key", step: rememberedSteps().step };
  const unheard = new Failure("delivery_unknown", "no answer came back");
  const talk: Api["talk"] = async (url, { heard, changes }) => {
    expect(changes).toBe(true);
    if (url.includes("mute")) throw unheard;
    heard(JSON.stringify(["OK", event.id, false, url.includes("full") ? "rate-limited: later" : "blocked: no"]));
  };
  const facts = { relays: "wss://no.example.com wss://full.example.com wss://mute.example.com" };
  const api: Api = { ...apiWith([]), facts, talk };
  await expect(publishing.commit(api, message({ text: "Bread" }), sending)).rejects.toBe(unheard);
});
