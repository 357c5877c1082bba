/**
 * What a platform is to agencyiq: data first, then at most a handful of small functions. Adding one is a
 * file in this folder, a line in index.ts, a sandbox twin, conformance data and a guide.
 */
import type { Limits } from "../domain/limits.ts";
import type { Pace } from "../domain/pace.ts";
import type { MediaFacts } from "../domain/ports/media.ts";
import type { MediaFile, PostPart } from "../domain/post.ts";
import type { OptionValue, PostOption } from "../domain/post-option.ts";
import type { Instant } from "../domain/time.ts";
import type { ConnectMethod, Identify, TokenRules } from "./access.ts";
import type { Api, Facts } from "./api.ts";
import type { FailureRule, PlatformError } from "./failure-rule.ts";

export type * from "./access.ts";
export type * from "./api.ts";
export type * from "./endpoints.ts";
export type * from "./failure-rule.ts";
export type { Pace };

/** One message as it goes to a platform: its part of the post, and what it answers. */
export interface Message extends PostPart {
  readonly title: string | null;
  readonly link: string | null;
  /** In a thread: the message before. */
  readonly replyTo: string | null;
  readonly quote: string | null;
  readonly language: string | null;
  readonly visibility: string | null;
  readonly tags: readonly string[];
  readonly firstComment: string | null;
  /** What stands for the video until it plays; null where the platform takes none. */
  readonly thumbnail: MediaFile | null;
  /** By the names of the platform's `options`: what was asked for, checked by their rules. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

/**
 * Does a sub-request once in a delivery's life: what it gave is on disk before it is used, and is given again when the
 * delivery goes on in another process.
 */
export type Step = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/** What `commit` is given beside the message. */
export interface Sending<Prepared = unknown> {
  readonly prepared: Prepared;
  /** The same for every try of this message: for platforms that refuse to do the same thing twice. */
  readonly idempotencyKey: string;
  /** When the first try left that may have been carried out, by the platform's clock; null or absent: there was none. */
  readonly doubtedSince?: Instant | null;
  /** As in `prepare`, and of the same steps: what was kept there, and what the commit request gave that `confirm` needs. */
  readonly step: Step;
}

/** Three parts that are treated differently when something goes wrong. */
// biome-ignore lint/suspicious/noExplicitAny: each platform knows what it prepared; nobody else looks at it.
export interface Publishing<Prepared = any> {
  /** Uploads and waits for processing: repeated freely, step by step. */
  readonly prepare?: (api: Api, message: Message, step: Step) => Promise<Prepared>;
  /** The one request that makes the message public. Never repeated blindly. */
  readonly commit: (api: Api, message: Message, sending: Sending<Prepared>) => Promise<Published>;
  /**
   * The platform carries out what has the same `idempotencyKey` once, for so long after the first time (milliseconds), and
   * answers the second time as it did the first: an answer that was lost is asked for again. As a function: it is so for this
   * account and message; 0: not at all.
   */
  readonly idempotentFor?: number | ((api: Api, message: Message) => number);
  /**
   * With `idempotentFor`: for so long after a request left it may still be under way, and its key not known; it is not sent again
   * before (milliseconds; default: 0, the key counts from the first on).
   */
  readonly underWayFor?: number;
  /**
   * Read-only: did it go out? null: nothing of it is there. Absent, or undefined as answer: it cannot be told. Nothing
   * that was there before `since` (by the platform's clock) can be it.
   */
  readonly confirm?: (
    api: Api,
    message: Message,
    sending: Sending<Prepared>,
    since: Instant,
  ) => Promise<Published | null | undefined>;
  /**
   * Until so long after a request left, "nothing of it is there" does not prove that it was not carried out (milliseconds;
   * default: 2 min): it may still be under way, or what it made may not be listed yet.
   */
  readonly settles?: number;
  /** For so long what `prepare` did is used by later tries (milliseconds; default: 12 h); platforms drop what is not posted. */
  readonly keeps?: number;
  /** The scopes that this very message takes, where they are not the method's `neededToPublish`. */
  readonly scopesFor?: (message: Message) => readonly string[];
  readonly delete?: (api: Api, remoteId: string) => Promise<void>;
  /** Writes `text` under what was published; its own step of a delivery, with the same promises as `commit`. */
  readonly comment?: (api: Api, remoteId: string, text: string) => Promise<Published>;
}

export interface Published {
  readonly remoteId: string;
  readonly url: string;
}

/** What a live check found, beside the word for people. */
export interface TokenCheck {
  readonly say: string;
  /** Of the token itself; null: it does not expire; absent: not told. */
  readonly expiresAt?: Instant | null;
  /** When reading a person's data ends though the token lives; a person signs in again before. */
  readonly dataAccessExpiresAt?: Instant;
  readonly scopes?: readonly string[];
}

/** The version of the API that is spoken, and what is known of its end. */
export interface ApiVersion {
  readonly name: string;
  /** RFC 3339 date; null: not announced. */
  readonly endsOn: string | null;
  /** Where the platform publishes it. */
  readonly documentation: string;
}

/** What is looked at beside a message, before anything of it is sent. */
export interface MessageFacts {
  readonly now: Instant;
  readonly video: MediaFacts | null;
  /** What is known of the account's place; absent: nothing. */
  readonly facts?: Facts;
  /** Messages that the post goes out in, its thread with it; absent: one. */
  readonly parts?: number;
}

/** What a person does at the platform before `connect` can work; walked by `agencyiq setup`. */
export interface SetupStep {
  readonly title: string;
  readonly text: string;
  readonly open?: string;
}

export interface Platform {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  /** Where the facts of this definition are published. */
  readonly documentation: string;
  readonly methods: readonly ConnectMethod[];
  readonly tokens: TokenRules;
  /** Nothing is asked for its accounts but at these (`host`, `host:port`); absent: it is trusted. */
  readonly hosts?: readonly string[];
  readonly limits: Limits;
  readonly failures: readonly FailureRule[];
  readonly setup: readonly SetupStep[];
  /** The end of a command that makes a first post, where words alone are none. */
  readonly firstPost?: string;
  /** Reads the platform's error body, as JSON or as the text that is none; absent: the common shapes (RFC 6749, RFC 9457, `{errors:[…]}`). */
  readonly errorOf?: (body: unknown) => PlatformError;
  /** The status that an answer should have had, where the platform's own does not say what its body (JSON, or the text that is none) says. */
  readonly statusOf?: (status: number, body: unknown) => number;
  /** Who this token is. */
  readonly identify: Identify;
  /** The cheapest live call that proves the token works; a short word for people. */
  readonly check: (api: Api) => Promise<string | TokenCheck>;
  /** The daemon makes the live check so often, where the platform wants to be asked (milliseconds). */
  readonly checkEvery?: number;
  /** `Identity.facts` anew: asked for when they are a day old and a post is to be checked. */
  readonly factsOf?: (api: Api) => Promise<Facts>;
  /** What holds for an account of these facts, in place of `limits`. */
  readonly limitsFor?: (facts: Facts) => Limits;
  /** What is to be known of the platform itself whenever its accounts are shown: that its maker gave it up, say. */
  readonly caution?: string;
  /** Warned about before `--live` where a live check costs money or quota. */
  readonly checkCost?: string;
  /** Where a person takes the app's access away by hand. */
  readonly removeAccessAt?: string;
  /** Where RFC 7009 is not spoken: ends the token that is presented, and every other of the same login. */
  readonly revoke?: (api: Api) => Promise<void>;
  readonly version?: ApiVersion;
  /** Hex HMAC-SHA256 of the access token under the app's secret, sent along as this query parameter. */
  readonly tokenProof?: string;
  /** The only host that knows the proof; absent: all of the platform's. */
  readonly tokenProofHost?: string;
  /** Looked at on every answer, with header names in lower case; null: go on. Never throws: the answer would be lost. */
  readonly paceOf?: (headers: Readonly<Record<string, string>>, now: Instant) => Pace | null;
  readonly options?: readonly PostOption[];
  /** What is wrong with a message that `limits` cannot say, each in words. */
  readonly problemsOf?: (message: Message, facts: MessageFacts) => readonly string[] | Promise<readonly string[]>;
  /** What is good to know of a video before it is sent, each in words; `--dry-run` tells them. */
  readonly notesOf?: (video: MediaFacts) => readonly string[];
  /** Absent: tokens only. */
  readonly publish?: Publishing;
}

/** Types a definition and keeps its literal shape readable where it stands. */
export function definePlatform(platform: Platform): Platform {
  return platform;
}
