/** The printed way back in: 160 random bits in Crockford's base 32, with a checksum that tells a typo from a wrong code. */
import { createHash, hkdfSync } from "node:crypto";
import { Failure } from "../domain/failure.ts";
import type { KeySource } from "../domain/ports/keys.ts";
import type { Random } from "../domain/ports/machine.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const bytesOfEntropy = 20;
const checksumLength = 4;
const codeLength = 32 + checksumLength;

/** Nine groups of four: `XXXX-XXXX-…`. */
export function newRecoveryCode(random: Random): string {
  const body = encode(random.bytes(bytesOfEntropy));
  return (body + checksum(body)).match(/.{4}/g)?.join("-") ?? "";
}

/**
 * The slot key of a code; case, spaces, dashes and the usual misreadings (O for 0, I and L for 1) do not matter.
 * @throws Failure `key_wrong` for a code with a typo
 */
export function keyFromRecoveryCode(text: string): Uint8Array {
  const letters = text.toUpperCase().replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  const body = letters.slice(0, -checksumLength);
  const wellFormed = letters.length === codeLength && [...letters].every((letter) => alphabet.includes(letter));
  if (!wellFormed || letters.slice(-checksumLength) !== checksum(body)) {
    throw new Failure("key_wrong", "the recovery code has a typo", {
      hint: `it has ${codeLength / 4} groups of four letters and digits; compare it with what you wrote down`,
    });
  }
  return Buffer.from(hkdfSync("sha256", body, Buffer.alloc(0), "agencyiq/recovery", 32));
}

/** A code that somebody typed in. It opens existing slots; new ones are made with a new code by the custody. */
export function recoverySource(ask: () => Promise<string>): KeySource {
  return {
    kind: "recovery",
    read: async () => keyFromRecoveryCode(await ask()),
    create: async () => {
      throw new Failure("usage", "a recovery slot is made with a new code", {
        hint: "agencyiq vault rekey --add recovery",
      });
    },
  };
}

/** Five bits a letter; 160 bits are 32 letters without a rest. */
function encode(bytes: Uint8Array): string {
  let bits = BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
  let text = "";
  for (let index = 0; index < (bytes.length * 8) / 5; index += 1) {
    text = (alphabet[Number(bits & 31n)] ?? "") + text;
    bits >>= 5n;
  }
  return text;
}

function checksum(body: string): string {
  const digest = createHash("sha256").update(`agencyiq/recovery ${body}`).digest();
  return [...digest.subarray(0, checksumLength)].map((byte) => alphabet[byte & 31]).join("");
}
