/** The boards of the sandbox's people, the same in every run. */
import { createHash } from "node:crypto";
import type { Person } from "../options.ts";

export interface Board {
  readonly id: string;
  readonly name: string;
  readonly sections: readonly { readonly id: string; readonly name: string }[];
}

export function idFor(...parts: readonly string[]): string {
  const digest = createHash("sha256").update(parts.join("\n").toLowerCase()).digest();
  return `5${String(digest.readUIntBE(0, 6)).padStart(15, "0")}`;
}

/** A shop has two boards; everybody else one. */
export function boardsOf({ handle }: Person): readonly Board[] {
  const board = (name: string, ...sections: string[]): Board => ({
    id: idFor(handle, name),
    name,
    sections: sections.map((each) => ({ id: idFor(handle, name, each), name: each })),
  });
  return handle === "acme" ? [board("Breads", "Rye", "Wheat"), board("Cakes")] : [board("Bikes")];
}
