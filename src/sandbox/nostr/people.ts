/** The keys that the sandbox's people have, made from their handles, so that they are the same whenever it starts. */
import { createHash } from "node:crypto";
import { npubEncode, nsecEncode } from "nostr-tools/nip19";
import { getPublicKey } from "nostr-tools/pure";
import type { Person } from "../options.ts";

export const secretOf = ({ handle }: Person): Uint8Array =>
  createHash("sha256").update(`sandbox nostr ${handle}`).digest();

export const nsecOf = (person: Person): string => nsecEncode(secretOf(person));

export const pubkeyOf = (person: Person): string => getPublicKey(secretOf(person));

export const npubOf = (person: Person): string => npubEncode(pubkeyOf(person));
