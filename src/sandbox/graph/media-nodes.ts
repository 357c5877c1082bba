/** Nodes of Instagram and Threads, as their APIs show them. */
import { type Instant, toTimestamp } from "../../domain/time.ts";
import { fieldsOf, picked } from "./fields.ts";

/** Every field that the node may be asked for; undefined: it has none now, and it is left out. */
export type Node = Readonly<Record<string, unknown>>;

/** What was asked for of it, or the error for a field that it does not have. Without `fields`: its id. */
export function selected(node: Node, asked: string | null, type: string): Record<string, unknown> | Response {
  const names = fieldsOf(asked, type, Object.keys(node), ["id"]);
  return names instanceof Response ? names : picked(node, names);
}

/** `2026-09-12T23:17:39+0000`. */
export function graphTime(instant: Instant): string {
  return toTimestamp(instant).replace("Z", "+0000");
}

/** Unix seconds, or a date; null: not given; undefined: not one. */
export function momentOf(text: string | null): Instant | null | undefined {
  if (text === null || text === "") return null;
  const moment = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isNaN(moment) ? undefined : moment;
}
