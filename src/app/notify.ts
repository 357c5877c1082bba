/**
 * Sends what the owner is to be told. Every channel goes its own way, under a lock of its own, so that none waits for another;
 * a message that may have been sent before its process died is sent again under the same id.
 */
import type { Channel } from "../domain/channel.ts";
import { type Dispatch, type DispatchVerdict, judgeDispatch, type SendOutcome } from "../domain/dispatch.ts";
import { Failure, toFailure } from "../domain/failure.ts";
import type { NotificationKind } from "../domain/notification.ts";
import type { ChannelMessage } from "../domain/notification-text.ts";
import type { Clock } from "../domain/ports/machine.ts";
import type { Lock, Vault } from "../domain/ports/vault.ts";
import { seconds } from "../domain/time.ts";
import type { Services } from "./services.ts";

export interface Told {
  readonly channel: string;
  readonly notificationId: string;
  readonly kind: NotificationKind;
  readonly account: string;
  readonly outcome: "sent" | "waiting" | "failed";
  readonly error: string | null;
}

/** What is under way when the process is asked to end may end by itself for so long (milliseconds). */
const grace = seconds(3);

/**
 * Sends what is due, if anything is; what another process or call is at, it leaves to that one. Several calls at once are
 * safe: one that waits for a channel that hangs holds up no other.
 * @throws the vault's Failures, once every channel has come to its end
 */
export async function dispatchNotifications(services: Services, options: { signal: AbortSignal }): Promise<Told[]> {
  const vault = await services.vault();
  const next = await vault.nextDispatchAt();
  if (next === null || next > services.clock.now()) return [];
  const ending = abortedLater(services.clock, options.signal);
  try {
    const signals = { stopping: options.signal, ending: ending.signal };
    const channels = await vault.dueChannels();
    const ended = await Promise.allSettled(channels.map((channel) => serve(services, vault, channel, signals)));
    for (const each of ended) if (each.status === "rejected") throw each.reason;
    return ended.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  } finally {
    ending.forget();
  }
}

interface Signals {
  /** Nothing more is begun. */
  readonly stopping: AbortSignal;
  /** What hangs is cut off. */
  readonly ending: AbortSignal;
}

async function serve(services: Services, vault: Vault, { id }: Channel, signals: Signals): Promise<Told[]> {
  const told: Told[] = [];
  do {
    const lock = await take(vault, id);
    // Its holder looks again after it has let go: what came meanwhile is not forgotten.
    if (!lock) return told;
    try {
      told.push(...(await empty(services, vault, id, signals)));
    } finally {
      lock.release();
    }
  } while (!signals.stopping.aborted && (await vault.dueChannels()).some((channel) => channel.id === id));
  return told;
}

async function take(vault: Vault, channelId: string): Promise<Lock | null> {
  try {
    return await vault.lock(`notifications-${channelId}`, 0);
  } catch (error) {
    if (error instanceof Failure && error.code === "refresh_busy") return null;
    throw error;
  }
}

/** In the order of what happened, until nothing is due or nothing gets through. */
async function empty(services: Services, vault: Vault, channelId: string, signals: Signals): Promise<Told[]> {
  const told: Told[] = [];
  while (!signals.stopping.aborted) {
    const dispatch = await vault.beginDispatch(channelId);
    if (!dispatch) break;
    const verdict = await services.uninterrupted(() => carry(services, vault, dispatch, signals.ending));
    // Cut off by us: as if the process had died, it is sent again.
    if (verdict === null) break;
    told.push(report(dispatch, verdict));
    if (verdict.kind === "channel_down") break;
  }
  return told;
}

/** From the send to its being written down. null: it was cut off. */
async function carry(
  services: Services,
  vault: Vault,
  dispatch: Dispatch,
  signal: AbortSignal,
): Promise<DispatchVerdict | null> {
  const outcome = await send(services, vault, dispatch.channel, dispatch.notification, signal);
  if (outcome.kind === "unreachable" && signal.aborted) return null;
  const now = services.clock.now();
  const verdict = judgeDispatch(dispatch, outcome, { now, fraction: services.random.fraction() });
  await vault.finishDispatch(dispatch, verdict);
  return verdict;
}

async function send(
  services: Services,
  vault: Vault,
  channel: Channel,
  message: ChannelMessage,
  signal: AbortSignal,
): Promise<SendOutcome> {
  try {
    const secret = await vault.channelSecret(channel);
    keep(services, secret);
    return await services.sendThrough({ target: channel.target, secret, message, now: services.clock.now(), signal });
  } catch (error) {
    // Another channel may be whole; this one is tried again.
    const { message: why } = toFailure(error);
    return { kind: "unreachable", message: why };
  }
}

/** The address of a chat is told by its path alone in traces. */
export function keep(services: Pick<Services, "keepSecret">, secret: string | null): void {
  services.keepSecret(secret);
  if (secret !== null && URL.canParse(secret)) services.keepSecret(new URL(secret).pathname);
}

function report({ channel, notification }: Dispatch, verdict: DispatchVerdict): Told {
  const { id, kind, account } = notification;
  const outcome = verdict.kind === "sent" ? "sent" : verdict.kind === "given_up" ? "failed" : "waiting";
  const error = verdict.kind === "sent" ? null : verdict.error;
  return { channel: channel.name, notificationId: id, kind, account, outcome, error };
}

function abortedLater(clock: Clock, signal: AbortSignal): { signal: AbortSignal; forget: () => void } {
  const late = new AbortController();
  const over = new AbortController();
  const begin = () =>
    void clock.sleep(grace, over.signal).then(
      () => late.abort(),
      () => null,
    );
  if (signal.aborted) begin();
  signal.addEventListener("abort", begin, { once: true });
  return {
    signal: late.signal,
    forget: () => {
      signal.removeEventListener("abort", begin);
      over.abort();
    },
  };
}

/** Sends a test message now, past the outbox. */
export async function testChannel(services: Services, channel: Channel, signal: AbortSignal): Promise<SendOutcome> {
  const vault = await services.vault();
  const message: ChannelMessage = {
    id: services.random.uuid(),
    kind: "test",
    at: services.clock.now(),
    brand: channel.brand ?? "",
    account: "",
    subject: `agencyiq can reach you through ${channel.name}`,
    body: "This is a test. Here you will be told when an account needs you.",
    command: null,
  };
  return send(services, vault, channel, message, signal);
}
