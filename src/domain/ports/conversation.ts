/** A conversation over a WebSocket (RFC 6455), in text messages. */
export interface Talk {
  /** Sent at once. */
  readonly send: readonly string[];
  /** Told every text message; true ends the conversation. */
  readonly heard: (message: string) => boolean;
  /** Seconds, from the beginning. */
  readonly timeout: number;
}

/** Ends when `heard` says so. @throws Failure `network` where it ends before, or cannot be had in time */
export type Converse = (url: string, talk: Talk) => Promise<void>;
