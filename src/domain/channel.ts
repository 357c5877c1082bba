/** Where the owner is told. What a channel needs to be reached is here in the clear, but for one secret, a sealed record. */
import type { ChannelSecret } from "./credential.ts";
import type { NotificationKind } from "./notification.ts";
import type { Instant } from "./time.ts";

export type ChannelTarget =
  | EmailTarget
  /** Signed, as Standard Webhooks has it. */
  | { readonly kind: "webhook"; readonly url: string }
  /** Their address is what they are opened with, so only its host is told. */
  | { readonly kind: "slack" | "discord"; readonly host: string }
  /** By a bot, whose token is the secret: to `@channel` or a chat's number. */
  | { readonly kind: "telegram"; readonly chat: string }
  /** A program and its arguments, as a shell would split them. */
  | { readonly kind: "command"; readonly line: string }
  | { readonly kind: "desktop" };

export interface EmailTarget {
  readonly kind: "email";
  readonly to: readonly string[];
  readonly from: string;
  readonly host: string;
  readonly port: number;
  /** `if_offered`: for a mail server on this very machine. */
  readonly tls: "implicit" | "starttls" | "if_offered";
  readonly user: string | null;
}

export type ChannelKind = ChannelTarget["kind"];

/** The kind of its secret; null where it has none. */
export const channelSecrets = {
  email: "smtp_password",
  webhook: "signing_secret",
  slack: "webhook_url",
  discord: "webhook_url",
  telegram: "bot_token",
  command: null,
  desktop: null,
} as const satisfies Record<ChannelKind, ChannelSecret | null>;

export const channelKinds = Object.keys(channelSecrets) as readonly ChannelKind[];

export interface NewChannel {
  /** What it is called by, unique. */
  readonly name: string;
  readonly target: ChannelTarget;
  readonly secret: string | null;
  /** What it is told; null: everything. */
  readonly on: readonly NotificationKind[] | null;
  /** Whose accounts it is told of; null: everybody's. */
  readonly brand: string | null;
}

export interface Channel extends Omit<NewChannel, "secret"> {
  readonly id: string;
  readonly generation: number;
  readonly createdAt: Instant;
  /** How many tries in a row did not reach it, since when, why, and when the next one is. */
  readonly failures: number;
  readonly failingSince: Instant | null;
  readonly resumeAt: Instant | null;
  readonly lastError: string | null;
  /** How many notifications wait for it. */
  readonly waiting: number;
}

/** For people, in one line. */
export function describeTarget(target: ChannelTarget): string {
  if (target.kind === "email") return `${target.to.join(", ")} through ${target.host}:${target.port}`;
  if (target.kind === "webhook") return target.url;
  if (target.kind === "command") return target.line;
  if (target.kind === "telegram") return target.chat;
  return target.kind === "desktop" ? "this desktop" : target.host;
}

/** Whether it can only be reached with its secret. */
export function needsSecret(target: ChannelTarget): boolean {
  return target.kind === "email" ? target.user !== null : channelSecrets[target.kind] !== null;
}
