/** The part of the vault that keeps what the owner is to be told, and through which channels (docs/notifications.md). */
import type { Channel, NewChannel } from "../channel.ts";
import type { Dispatch, DispatchRecord, DispatchVerdict } from "../dispatch.ts";
import type { NewNotification, Notification } from "../notification.ts";
import type { Instant } from "../time.ts";

export interface ToldNotification extends Notification {
  readonly dispatches: readonly DispatchRecord[];
}

export interface Outbox {
  /** Puts it into the outbox, once for its key; false when it was there. */
  notify(notification: NewNotification): Promise<boolean>;
  /** The newest, the oldest of them first. */
  notifications(query: { readonly since?: Instant; readonly limit: number }): Promise<ToldNotification[]>;

  /** By name. */
  channels(): Promise<Channel[]>;
  /** It is told what happens from now on. @throws Failure `usage` for a name that is taken */
  addChannel(channel: NewChannel): Promise<Channel>;
  /** What waited for it is dropped; what was told through it stays known. */
  removeChannel(channelId: string): Promise<void>;
  /** @throws Failure `record_damaged` */
  channelSecret(channel: Channel): Promise<string | null>;

  /** When the next dispatch is due; null: none waits. A cheap read. */
  nextDispatchAt(): Promise<Instant | null>;
  /** The channels for which something is due. */
  dueChannels(): Promise<Channel[]>;
  /**
   * Begins the oldest dispatch that is due for a channel, durably, so that nothing is sent that could not be written down as
   * sent; null where none is. For who holds the channel's lock.
   */
  beginDispatch(channelId: string): Promise<Dispatch | null>;
  finishDispatch(dispatch: Dispatch, verdict: DispatchVerdict): Promise<void>;
}
