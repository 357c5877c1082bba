/** A conversation over a WebSocket (RFC 6455), in text messages. */
export interface Talk {
  /** Sent at once. */
  readonly send: readonly string[];
  /** Told every text message; true ends the conversation. */
  readonly heard: (message: string) => boolean;
  /** Seconds, from the beginning. */
  readonly timeout: number;
  /** What is said changes something: once it left, it may have been done, whatever is heard or not. */
  readonly changes?: true;
}

/**
 * Ends when `heard` says so. @throws Failure `network` where it ends before, or cannot be had in time; `delivery_unknown` where
 * what `changes` something left before that
 */
export type Converse = (url: string, talk: Talk) => Promise<void>;
