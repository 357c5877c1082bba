/** Faults that can be ordered, and which request one is for. */

export type Fault =
  /** The platform's own body for this status; nothing is done. `resetAfter`: seconds until a 429 says it is over. */
  | { readonly kind: "status"; readonly status: number; readonly resetAfter?: number }
  /** A named row of the platform's error table; nothing is done. */
  | { readonly kind: "error"; readonly name: string }
  /** Does the work, then cuts the connection. */
  | { readonly kind: "drop-after" }
  /** Cuts the connection before anything is done. */
  | { readonly kind: "drop-before" }
  /** The connection breaks after so many bytes of the body; what came of them is worked on, and nobody hears of it. */
  | { readonly kind: "cut-short"; readonly bytes: number }
  /** Does nothing and says nothing for so many seconds, then cuts the connection. */
  | { readonly kind: "hang"; readonly seconds: number }
  /** Does the work after so many seconds. */
  | { readonly kind: "delay"; readonly seconds: number }
  /** A firewall's page in place of an answer; nothing is done. */
  | { readonly kind: "html"; readonly status?: number }
  /** Does the work, then answers 2xx with something that is not JSON. */
  | { readonly kind: "garbage" }
  /** Answers truly, with a `Date` header that is so many seconds off. */
  | { readonly kind: "date-skew"; readonly seconds: number }
  /** Ends the grant whose token the request carries, then answers. */
  | { readonly kind: "revoke" }
  /** A token answer without a refresh token; the one presented stays good (RFC 6749 section 6). */
  | { readonly kind: "no-refresh-token" };

export interface OrderedFault {
  readonly id: number;
  readonly platform: string;
  /** null: any. */
  readonly method: string | null;
  /** The platform's path, without query; `*` at the end matches any rest; null: any. */
  readonly path: string | null;
  readonly times: number;
  readonly fault: Fault;
}

export interface FaultTarget {
  readonly platform: string;
  readonly method: string;
  readonly path: string;
}

export class Faults {
  #ordered: OrderedFault[] = [];
  #lastId = 0;

  order(fault: Omit<OrderedFault, "id">): OrderedFault {
    this.#lastId += 1;
    const ordered = { id: this.#lastId, ...fault };
    this.#ordered.push(ordered);
    return ordered;
  }

  /** The first fault ordered for this request, which is then one time closer to its end. */
  take(target: FaultTarget): Fault | null {
    const found = this.#ordered.find((ordered) => matches(ordered, target));
    if (!found) return null;
    this.#ordered = this.#ordered
      .map((ordered) => (ordered === found ? { ...ordered, times: ordered.times - 1 } : ordered))
      .filter((ordered) => ordered.times > 0);
    return found.fault;
  }

  /** Those still to come. */
  list(): readonly OrderedFault[] {
    return this.#ordered;
  }

  clear(): void {
    this.#ordered = [];
  }
}

function matches(ordered: OrderedFault, { platform, method, path }: FaultTarget): boolean {
  return (
    ordered.platform === platform &&
    (ordered.method === null || ordered.method === method) &&
    (ordered.path === null || matchesPath(ordered.path, path))
  );
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern.endsWith("*") ? path.startsWith(pattern.slice(0, -1)) : pattern === path;
}
