/** The outbox's port over SQLite. */
import type { Outbox } from "../domain/ports/outbox.ts";
import { addChannel, channelSecret, listChannels, removeChannel } from "./channels.ts";
import { beginDispatch, dueChannels, finishDispatch, listNotifications, nextDispatchAt } from "./dispatches.ts";
import { isRaised, raise } from "./notifications.ts";
import { guarded } from "./storage-failure.ts";
import { readOne, readRaw, type VaultContext } from "./vault-context.ts";
import { writeTogether } from "./write-together.ts";

export function outboxOf(context: VaultContext): Outbox {
  return {
    notify: async (notification) => {
      // Most of what is told was told before: seen without taking the write lock.
      if (await readOne(context, () => isRaised(context, notification.key))) return false;
      return writeTogether(context, () => raise(context, notification));
    },
    notifications: (query) => readRaw(context, (raw) => listNotifications(raw, query)),
    channels: () => readOne(context, listChannels),
    addChannel: (channel) => writeTogether(context, () => addChannel(context, channel)),
    removeChannel: (channelId) => writeTogether(context, () => removeChannel(context, channelId)),
    channelSecret: (channel) => guarded(context.path, () => channelSecret(context, channel)),
    nextDispatchAt: () => readOne(context, nextDispatchAt),
    dueChannels: () => readRaw(context, (raw) => dueChannels(raw, context.clock.now())),
    beginDispatch: (channelId) => writeTogether(context, () => beginDispatch(context, channelId)),
    finishDispatch: (dispatch, verdict) => writeTogether(context, () => finishDispatch(context, dispatch, verdict)),
  };
}
