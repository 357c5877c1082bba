import type { ChannelTarget } from "../channel.ts";
import type { SendOutcome } from "../dispatch.ts";
import type { ChannelMessage } from "../notification-text.ts";
import type { Instant } from "../time.ts";

export interface Sending<Target extends ChannelTarget = ChannelTarget> {
  readonly target: Target;
  readonly secret: string | null;
  /** Sent again under the same id and with the same words, a receiver can know it again. */
  readonly message: ChannelMessage;
  /** The time of this try. */
  readonly now: Instant;
  readonly signal: AbortSignal;
}

/** Sends once, within a limit of time of its own. Never throws for what the other side does. */
export type SendThrough = (sending: Sending) => Promise<SendOutcome>;
