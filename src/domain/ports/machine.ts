/** The edges of the machine that rules and use cases ask for. Real ones are in system/, one a file. */
import type { Instant } from "../time.ts";

/** The only door time comes through. */
export interface Clock {
  now(): Instant;
  /** Resolves after `milliseconds`, or rejects with the signal's reason. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** The only door randomness comes through. */
export interface Random {
  bytes(count: number): Uint8Array;
  uuid(): string;
  /** In [0, 1). */
  fraction(): number;
}

/** Opens the authorize page for a person. */
export interface Browser {
  /** Resolves once the program was started; false when there is none to start. */
  open(url: string): Promise<boolean>;
}

/** One authorization response as it came in at the redirect URI. */
export interface Callback {
  /** The full URL the browser asked for, query included. */
  readonly url: URL;
  /** Tells the person in the browser how it ended. Call once; the connection closes after it. */
  finish(page: CallbackPage): Promise<void>;
}

export interface CallbackPage {
  readonly ok: boolean;
  readonly title: string;
  readonly text: string;
}

export interface CallbackServerOptions {
  /** `127.0.0.1`, `::1` or `localhost` (both families). */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Exact, with leading slash. */
  readonly path: string;
  /** Whether a response that carries this `state` is ours (constant time). Anything else gets a 400 page and is reported. */
  readonly accepts: (url: URL) => boolean;
  /** Answers by TLS with this certificate; absent: in plain text. */
  readonly certificate?: ServerCertificate;
}

/** What proves to a browser that a server on this machine is agencyiq's. */
export interface ServerCertificate {
  /** PEM. Public. */
  readonly certificate: string;
  /** PEM (PKCS #8). A secret: whoever has it can pose as this machine's loopback servers to browsers that trust it. */
  readonly key: string;
  /** SHA-256 of the certificate, as browsers show it: pairs of capital hexadecimal digits with colons. */
  readonly fingerprint: string;
  readonly expiresAt: Instant;
}

/** A self-signed certificate for `localhost`, `127.0.0.1` and `::1`, with a new key. */
export type MakeCertificate = () => Promise<ServerCertificate>;

export interface CallbackServer {
  readonly port: number;
  /**
   * Resolves with the first request on the exact path, whether or not its state is right (`accepted` tells).
   * Rejects with the signal's reason.
   */
  next(signal: AbortSignal): Promise<Callback & { readonly accepted: boolean }>;
  close(): Promise<void>;
}

/** @throws Failure `port_taken` */
export type StartCallbackServer = (options: CallbackServerOptions) => Promise<CallbackServer>;
