/** Reads the order of a fault from the control API's JSON, and says what is wrong with it. */
import type { Fault, OrderedFault } from "./faults.ts";

type Json = Readonly<Record<string, unknown>>;

/** A wrong control request; the message is shown to whoever sent it. */
export class ControlError extends Error {
  override readonly name = "ControlError";
}

export function readObject(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new ControlError(`${what} must be a JSON object`);
  }
  return value as Json;
}

export function readString(object: Json, key: string): string {
  const value = object[key];
  if (typeof value !== "string" || value === "") throw new ControlError(`"${key}" must be a text`);
  return value;
}

export function readNumber(object: Json, key: string, bounds: { min: number; max: number }): number {
  const value = object[key];
  if (typeof value !== "number" || !Number.isFinite(value) || value < bounds.min || value > bounds.max) {
    throw new ControlError(`"${key}" must be a number from ${bounds.min} to ${bounds.max}`);
  }
  return value;
}

export function refuseOtherKeys(object: Json, known: readonly string[], what: string): void {
  const other = Object.keys(object).find((key) => !known.includes(key));
  if (other !== undefined) throw new ControlError(`${what} has no "${other}"; it has ${known.join(", ")}`);
}

const httpStatus = { min: 400, max: 599 };
const waiting = { min: 0, max: 3600 };
const skew = { min: -31_536_000, max: 31_536_000 };

const kinds: Record<Fault["kind"], { keys: readonly string[]; read: (fault: Json) => Fault }> = {
  status: {
    keys: ["status", "resetAfter"],
    read: (fault) => ({
      kind: "status",
      status: readNumber(fault, "status", httpStatus),
      ...("resetAfter" in fault ? { resetAfter: readNumber(fault, "resetAfter", waiting) } : {}),
    }),
  },
  error: { keys: ["name"], read: (fault) => ({ kind: "error", name: readString(fault, "name") }) },
  "drop-after": { keys: [], read: () => ({ kind: "drop-after" }) },
  "drop-before": { keys: [], read: () => ({ kind: "drop-before" }) },
  "cut-short": {
    keys: ["bytes"],
    read: (fault) => ({ kind: "cut-short", bytes: readNumber(fault, "bytes", { min: 0, max: 1_073_741_824 }) }),
  },
  hang: { keys: ["seconds"], read: (fault) => ({ kind: "hang", seconds: readNumber(fault, "seconds", waiting) }) },
  delay: { keys: ["seconds"], read: (fault) => ({ kind: "delay", seconds: readNumber(fault, "seconds", waiting) }) },
  html: {
    keys: ["status"],
    read: (fault) => ({
      kind: "html",
      ...("status" in fault ? { status: readNumber(fault, "status", { min: 200, max: 599 }) } : {}),
    }),
  },
  garbage: { keys: [], read: () => ({ kind: "garbage" }) },
  "date-skew": {
    keys: ["seconds"],
    read: (fault) => ({ kind: "date-skew", seconds: readNumber(fault, "seconds", skew) }),
  },
  revoke: { keys: [], read: () => ({ kind: "revoke" }) },
  "no-refresh-token": { keys: [], read: () => ({ kind: "no-refresh-token" }) },
};

/** @throws ControlError */
export function readFaultOrder(body: unknown): Omit<OrderedFault, "id"> {
  const order = readObject(body, "a fault order");
  refuseOtherKeys(order, ["platform", "method", "path", "times", "fault"], "a fault order");
  return {
    platform: readString(order, "platform"),
    method: order["method"] === undefined ? null : readString(order, "method").toUpperCase(),
    path: order["path"] === undefined ? null : readString(order, "path"),
    times: order["times"] === undefined ? 1 : readNumber(order, "times", { min: 1, max: 1_000_000 }),
    fault: readFault(order["fault"]),
  };
}

/** A fault without settings may be written as its kind alone: `"fault": "drop-after"`. */
function readFault(value: unknown): Fault {
  const fault = typeof value === "string" ? { kind: value } : readObject(value, '"fault"');
  const kind = readString(fault, "kind");
  const reader = Object.hasOwn(kinds, kind) ? kinds[kind as Fault["kind"]] : undefined;
  if (!reader) throw new ControlError(`there is no fault "${kind}"; there are ${Object.keys(kinds).join(", ")}`);
  refuseOtherKeys(fault, ["kind", ...reader.keys], `the fault "${kind}"`);
  return reader.read(fault);
}
