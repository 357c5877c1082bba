import { randomBytes, randomUUID } from "node:crypto";
import type { Random } from "../domain/ports/machine.ts";

export const systemRandom: Random = {
  bytes: (count) => new Uint8Array(randomBytes(count)),
  uuid: () => randomUUID(),
  fraction: () => randomBytes(4).readUInt32BE() / 0x1_0000_0000,
};
