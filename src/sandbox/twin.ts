import type { SandboxClient } from "./options.ts";
import type { World } from "./world.ts";

/** What the gateway tells a twin about one request, beyond the request itself. */
export interface TwinBindings {
  /** The fault `no-refresh-token` was ordered. */
  readonly withoutRefreshToken: boolean;
}

/** What a request has beside its address. */
export interface Shown {
  readonly headers: Headers;
  /** Empty where the body is no form. */
  readonly form: URLSearchParams;
}

/** One platform as the sandbox plays it: its hosts, its strictness, its error bodies. */
export interface Twin {
  readonly id: string;
  readonly name: string;
  /** host → what answers there. Requests arrive with the platform's true URL. */
  readonly hosts: Readonly<
    Record<string, { fetch(request: Request, env: TwinBindings): Response | Promise<Response> }>
  >;
  /** host → what speaks there over WebSockets. */
  readonly conversations?: Readonly<Record<string, (conversation: Conversation) => void>>;
  /** Where a file of any size is sent: its body is handed on as it comes. */
  readonly streams?: (url: URL) => boolean;
  /** What is sent in one piece all the same (bytes); absent: 8 MiB. */
  readonly largestBody?: number;
  /** Of hosts that it shares with another platform: whether this request is its own. Absent: all are. */
  readonly claims?: (url: URL, shown: Shown) => boolean;
  /** The path as it is recorded, and as faults name it, where what is sent has a secret in it. */
  readonly shownPath?: (path: string) => string;
  /** The apps that exist from the start. */
  readonly clients: readonly SandboxClient[];
  /** The keys that exist from the start, for ways in by a pasted key. */
  readonly keys?: readonly SandboxKey[];
  /** The platform's own answer with this status, as it would look on this path; `resetAfter` in seconds. */
  readonly answerStatus: (status: number, path: string, resetAfter?: number) => Response;
  /** The platform's error table, by name, for the fault `error`. */
  readonly errors: Readonly<Record<string, () => Response>>;
  /** Why the platform would not let this redirect URI be registered; null when it would. */
  readonly refusesRedirectUri: (uri: string) => string | null;
  readonly maximumRedirectUris: number;
}

/** One WebSocket, in JSON. */
export interface Conversation {
  readonly hear: (heard: (text: string) => void) => void;
  readonly say: (message: unknown) => void;
  /** Ends it as a broken network does. */
  readonly cut: () => void;
}

export interface SandboxKey {
  /** The handle of the person whose it is. */
  readonly person: string;
  /** The way in that it is for, by its id. */
  readonly method: string;
  readonly key: string;
  /** What that way in asks beside it. */
  readonly answers?: Readonly<Record<string, string>>;
  readonly instance?: string;
}

export type MakeTwin = (world: World) => Twin;
