/** What a platform's functions are given to reach its API: requests with the account's token, its files, and time. */
import type { Failure } from "../domain/failure.ts";
import type { Converse } from "../domain/ports/conversation.ts";
import type { HttpMethod } from "../domain/ports/http.ts";
import type { MediaSource } from "../domain/ports/media.ts";
import type { MediaFile } from "../domain/post.ts";
import type { Instant } from "../domain/time.ts";
import type { OAuth2Endpoints } from "./endpoints.ts";
import type { PlatformError } from "./failure-rule.ts";

/** A part of a file, read while it is sent: from `start` up to, but not with, `end`. */
export interface FileSlice {
  readonly source: MediaSource;
  readonly start: number;
  readonly end: number;
  /** What it is called in a multipart body, where people see that; absent: `media`. */
  readonly name?: string;
}

/** A part of its own of a multipart body, as JSON with its type. */
export interface JsonPart {
  readonly json: unknown;
}

/** Of one kind of body at most. */
export interface ApiRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly form?: Readonly<Record<string, string>>;
  /** multipart/form-data (RFC 7578), its fields in this order. */
  readonly multipart?: Readonly<Record<string, string | FileSlice | JsonPart>>;
  /** The file's bytes themselves, with its type. */
  readonly file?: FileSlice;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is public by it: it is sent again, a few times, where no answer came or the platform broke. */
  readonly repeatable?: boolean;
  /** Nothing is public by it either, but it is not sent again as it is: whoever sends it looks how far it came. */
  readonly resumable?: boolean;
  /**
   * The scheme before the token (default: `Bearer`); `none`: the URL itself is the right to it, and a secret; `nobody`: it is
   * open to everybody, at a host that the token is none of the business of.
   */
  readonly authorization?: "OAuth" | "token" | "none" | "nobody";
  /** The form field, or the query parameter where there is no form, that the token is sent in: of what looks into tokens. */
  readonly tokenField?: string;
  /** Statuses beside 2xx that are answers and no errors. */
  readonly accepts?: readonly number[];
  /** The answer is a page: its body is given as the text that it is. */
  readonly reads?: "text";
}

/** An answer with what its body does not say. */
export interface ApiAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The platform's API with the account's token; an error answer is thrown as a Failure by the platform's own table. */
export interface Api {
  get(url: string, request?: ApiRequest): Promise<unknown>;
  post(url: string, request?: ApiRequest): Promise<unknown>;
  put(url: string, request?: ApiRequest): Promise<unknown>;
  delete(url: string, request?: ApiRequest): Promise<unknown>;
  /** As those above, where the headers or the status matter. */
  call(method: HttpMethod, url: string, request?: ApiRequest): Promise<ApiAnswer>;
  /** The token itself, for the calls that take one as what they are about. */
  token(): Promise<string>;
  /**
   * From now on never shown: what a platform gave as a URL that is a right in itself. To be told when it is got, and again when
   * a step gives it in another process.
   */
  keepSecret(value: string): void;
  /** The developer's app that the token was given to. */
  app(): Promise<{ readonly clientId: string; readonly clientSecret: string | null }>;
  /** A file that a message names, or the copy that goes out in its place. @throws Failure `file_unreadable` */
  open(file: MediaFile): Promise<MediaSource>;
  /** For what a platform takes its time over. Rejects when the process is to end. */
  wait(seconds: number): Promise<void>;
  now(): Instant;
  /** Over a WebSocket (RFC 6455); without the account's token. */
  readonly talk: Converse;
  /** What an error means that came another way than as an HTTP answer, by the platform's own table. */
  refusal(error: PlatformError): Failure;
  /** Shows a page to the person at this machine; in `commit`: what it is for may be done from then on. @throws Failure `platform_cannot` where there is nobody, or no browser: jobs and the daemon have none */
  browse(url: string): Promise<void>;
  /** The id of the way in that the token in hand is of. */
  method(): Promise<string>;
  /** Where the platform exists many times: the server's address, without a slash at its end; else null. */
  readonly instance: string | null;
  /** What is known of the account's place: see `Identity.facts`. While connecting: the answers to `KeyMethod.asks`. */
  readonly facts: Facts;
  /** The account's id at the platform; null: not known yet. */
  readonly externalId: string | null;
  /** The account's handle, where the platform's URLs need it. */
  readonly handle: string | null;
  /** Of the endpoints in force (discovered ones where the method says so) those that platforms ask. */
  readonly endpoints: Pick<OAuth2Endpoints, "userinfo" | "issuer">;
  /** For request URLs: the name of `Platform.version`, or what stands in its place (`AGENCYIQ_<PLATFORM>_API_VERSION`). */
  readonly version: string;
}

/** By names of the platform's own. Nothing in it is a secret. */
export type Facts = Readonly<Record<string, string>>;
