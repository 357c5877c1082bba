/** What is signed is stored before it is sent, and relays keep one event of an id: a note cannot go out twice. */
import { Failure } from "../../domain/failure.ts";
import { days } from "../../domain/time.ts";
import type { Api, Published, Publishing } from "../platform.ts";
import { deletionOf, signedEvent } from "./note.ts";
import { askRelay, fromEach, type NostrEvent, relaysIn, sendTo } from "./relays.ts";

interface Prepared {
  readonly event: NostrEvent;
}

export const publishing: Publishing<Prepared> = {
  prepare: async (api, message, step) => ({
    event: await step("event", () => signedEvent(api, message, `agencyiq-${api.now()}`)),
  }),
  commit: async (api, _message, { prepared: { event } }) => {
    await toRelays(api, event);
    return publishedAs(event.id);
  },
  idempotentFor: days(30),
  keeps: days(30),
  confirm: async (api, _message, { prepared: { event } }) => {
    const relays = relaysIn(api.facts["relays"] ?? "");
    const { told, failures } = await fromEach(relays, (relay) => askRelay(api, relay, [{ ids: [event.id] }]));
    if (told.flat().some(({ id }) => id === event.id)) return publishedAs(event.id);
    return failures.length === 0 ? null : undefined;
  },
  delete: async (api, remoteId) => toRelays(api, await deletionOf(api, remoteId)),
};

/** What is told of several refusals: one that may have it all the same, then what may pass, then what will not. */
const order = (failure: Failure): number =>
  failure.code === "delivery_unknown" ? 2 : failure.category === "later" ? 1 : 0;

/** One that takes it is enough. @throws Failure of what the relays say where none does */
async function toRelays(api: Api, event: NostrEvent): Promise<void> {
  const relays = relaysIn(api.facts["relays"] ?? "");
  const { told, failures } = await fromEach(relays, (relay) => sendTo(api, relay, event));
  if (told.length > 0) return;
  const [failure] = [...failures].sort((one, other) => order(other) - order(one));
  throw failure ?? new Failure("usage", "the account has no relays", { hint: "agencyiq connect nostr --set relays=…" });
}

async function publishedAs(id: string): Promise<Published> {
  const { noteEncode } = await import("nostr-tools/nip19");
  return { remoteId: id, url: `https://njump.me/${noteEncode(id)}` };
}
