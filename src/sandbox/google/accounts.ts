/** Google accounts of the sandbox's people, the same in every run. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";

export function googleAccount({ handle }: Pick<Person, "handle">): { readonly sub: string; readonly email: string } {
  const name = handle.toLowerCase();
  const number = BigInt(`0x${createHash("sha256").update(name).digest("hex").slice(0, 15)}`);
  return { sub: `1${String(number).padStart(20, "0").slice(-20)}`, email: `${name}@gmail.com` };
}
