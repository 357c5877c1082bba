import { randomFillSync, randomUUID } from "node:crypto";
import type { Random } from "../domain/ports/machine.ts";

/** Drawn ahead, since asking the system costs the same for twelve bytes as for thousands. What was handed out is not kept. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;

function bytes(count: number): Uint8Array {
  if (count > 64) return randomFillSync(new Uint8Array(count));
  if (used + count > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const taken = Uint8Array.from(drawn.subarray(used, used + count));
  drawn.fill(0, used, used + count);
  used += count;
  return taken;
}

export const systemRandom: Random = {
  bytes,
  uuid: () => randomUUID(),
  fraction: () => Buffer.from(bytes(4)).readUInt32BE() / 0x1_0000_0000,
};
