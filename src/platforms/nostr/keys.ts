/** Secret keys as people have them (NIP-19), and what is public of them. */
import { Failure } from "../../domain/failure.ts";

const hex = /^[0-9a-f]{64}$/i;

/** `nsec1…` or 64 hexadecimal digits, as the latter. @throws Failure `usage` */
export async function secretKeyIn(pasted: string): Promise<string> {
  if (hex.test(pasted)) return pasted.toLowerCase();
  const kind = /^(nsec|npub|ncryptsec|bunker)/i.exec(pasted)?.[1]?.toLowerCase();
  if (kind === "nsec") {
    const { decode } = await import("nostr-tools/nip19");
    try {
      const { type, data } = decode(pasted.toLowerCase());
      if (type === "nsec") return hexOf(data);
    } catch {
      // Its checksum is wrong.
    }
    throw new Failure("usage", "that nsec is not whole", { hint: "copy all of it, from nsec1 on" });
  }
  throw new Failure("usage", otherwise[kind ?? ""] ?? "that is no secret key of Nostr", {
    hint: "give the key that begins with nsec1, or its 64 hexadecimal digits",
  });
}

const otherwise: Readonly<Record<string, string>> = {
  npub: "an npub is the public key: nothing can be signed with it",
  ncryptsec: "an ncryptsec is locked with a password, which agencyiq does not ask for",
  bunker: "remote signers (NIP-46) are not spoken here",
};

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The id of an event as somebody names it: hexadecimal, `note1…`, `nevent1…`, or an address that ends in one. @throws Failure `content_invalid` */
export async function eventIdIn(text: string): Promise<string> {
  const named = text.replace(/^nostr:/, "").replace(/^https?:\/\/[^?#]*\//, "");
  if (hex.test(named)) return named.toLowerCase();
  const { decode } = await import("nostr-tools/nip19");
  try {
    const { type, data } = decode(named);
    if (type === "note") return data;
    if (type === "nevent") return data.id;
  } catch {
    // Said below.
  }
  throw new Failure("content_invalid", `"${text}" is no note: give its id, note1…, nevent1…, or its address`);
}
