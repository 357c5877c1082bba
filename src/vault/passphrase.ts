import { scrypt } from "node:crypto";
import { promisify } from "node:util";
import { Failure } from "../domain/failure.ts";
import type { KeySource, SlotParameters } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";

const derive = promisify(scrypt) as (
  passphrase: string,
  salt: Uint8Array,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

/** 128 MiB and about half a second (RFC 7914); Node's own memory limit would refuse it. */
const cost = { N: 2 ** 17, r: 8, p: 1 } as const;
const memoryLimit = 256 * 1024 * 1024;

/** A key from a passphrase. For people at a terminal; a scripted passphrase is the wrong tool for a daemon. */
export function passphraseSource(ask: (isNew: boolean) => Promise<string>, random: Random): KeySource {
  return {
    kind: "passphrase",
    read: async (slot) => keyFrom(await ask(false), slot.parameters),
    create: async () => {
      const salt = Buffer.from(random.bytes(16)).toString("base64");
      const parameters = { kdf: "scrypt", ...cost, salt };
      const passphrase = await ask(true);
      if (passphrase.length < 8) {
        throw new Failure("usage", "the passphrase is too short", {
          hint: "at least 8 characters; several words are better",
        });
      }
      return { key: await keyFrom(passphrase, parameters), parameters };
    },
  };
}

async function keyFrom(passphrase: string, parameters: SlotParameters): Promise<Uint8Array> {
  const { N, r, p, salt } = parameters;
  const known = typeof N === "number" && typeof r === "number" && typeof p === "number" && typeof salt === "string";
  // Parameters come from the file: a changed one must not make this run for hours.
  if (!known || N > 2 ** 20 || r > 32 || p > 16) {
    throw new Failure("vault_damaged", "the passphrase slot's parameters are damaged", {
      hint: "agencyiq vault restore FILE",
    });
  }
  return derive(passphrase.normalize("NFC"), Buffer.from(salt, "base64"), 32, {
    N,
    r,
    p,
    maxmem: memoryLimit * (N > cost.N ? 8 : 1),
  });
}
