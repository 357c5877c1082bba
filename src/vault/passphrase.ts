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
/** Room for a later version to ask for eight times that. */
const greatestWork = 8 * cost.N * cost.r * cost.p;
const saltLength = 16;

/** A key from a passphrase. For people at a terminal; a scripted passphrase is the wrong tool for a daemon. */
export function passphraseSource(ask: (isNew: boolean) => Promise<string>, random: Random): KeySource {
  return {
    kind: "passphrase",
    read: async (slot) => keyFrom(await ask(false), slot.parameters),
    create: async () => {
      const salt = Buffer.from(random.bytes(saltLength)).toString("base64");
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
  const { kdf, N, r, p } = parameters;
  const salt = Buffer.from(String(parameters["salt"]), "base64");
  // Parameters come from the file: a changed one must not make this run for hours.
  const sane = kdf === "scrypt" && isCount(N) && isCount(r) && isCount(p) && Number.isInteger(Math.log2(N));
  if (!sane || N * r * p > greatestWork || salt.length !== saltLength) {
    throw new Failure("vault_damaged", "the passphrase slot's parameters are damaged", {
      hint: "agencyiq vault restore FILE",
    });
  }
  return derive(passphrase.normalize("NFC"), salt, 32, { N, r, p, maxmem: 256 * N * r });
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}
