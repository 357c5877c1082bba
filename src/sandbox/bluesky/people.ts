/** Who is who: a handle and a DID for each test person, and the document that ties both to the server. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";

/** The server that has all accounts of the sandbox, as Bluesky names its own. */
export const pdsHost = "morel.us-east.host.bsky.network";

const letters = "abcdefghijklmnopqrstuvwxyz234567";

export function didOf({ handle }: Person): string {
  const digest = createHash("sha256").update(handle.toLowerCase()).digest();
  const id = [...digest.subarray(0, 24)].map((byte) => letters[byte % 32]).join("");
  return `did:plc:${id}`;
}

export function handleOf({ handle }: Person): string {
  return `${handle.toLowerCase().replaceAll("_", "-")}.bsky.social`;
}

/** By a DID or a handle. */
export function personNamed(world: World, name: string): Person | null {
  const wanted = name.toLowerCase();
  return world.people.find((person) => didOf(person) === name || handleOf(person) === wanted) ?? null;
}

export function appPasswordOf({ handle }: Person): string {
  const digest = createHash("sha256").update(`app password of ${handle}`).digest();
  const word = [...digest.subarray(0, 16)].map((byte) => letters[byte % 32]).join("");
  return word.match(/.{4}/g)?.join("-") ?? "";
}

export function documentOf(person: Person): unknown {
  const did = didOf(person);
  return {
    "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
    id: did,
    alsoKnownAs: [`at://${handleOf(person)}`],
    verificationMethod: [
      {
        id: `${did}#atproto`,
        type: "Multikey",
        controller: did,
        publicKeyMultibase: "zQ3shXjHeiBuRCKmM36cuYnm7YEMzhGnCmCyW92sRJ9pribSF",
      },
    ],
    service: [{ id: "#atproto_pds", type: "AtprotoPersonalDataServer", serviceEndpoint: `https://${pdsHost}` }],
  };
}
