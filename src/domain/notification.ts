/** What the owner is told, once for each change of state: what happened, until when posts still go out, and what mends it. */
import { type Account, addressOf, reconnectCommand } from "./account.ts";
import type { Credential } from "./credential.ts";
import { days, type Instant, toTimestamp } from "./time.ts";

export const notificationKinds = [
  /** The authorization is dead: only a person can mend it. */
  "needs_reauth",
  /** A refresh was sent and its answer never came; the token may be spent. */
  "outcome_unknown",
  /** The developer app was refused: its accounts wait. */
  "app_refused",
  /** A token that cannot be refreshed comes to its end. */
  "expiring",
  /** Another credential of the account is used now. */
  "fallback",
  /** The token has ended and cannot be refreshed for now. */
  "failing",
  /** A brand's posting cycle ends within a day. */
  "cycle_ending",
  /** What one of these told is over. */
  "recovered",
  /** A post did not go out, and is not tried again by itself. */
  "post_failed",
  /** A post may be public, and nobody but its owner can tell. */
  "post_unknown",
  /** A post is later than its limit. */
  "post_late",
] as const;

export type NotificationKind = (typeof notificationKinds)[number];

export interface NewNotification {
  /** Of two with the same key only the first is kept: one change of state, one notification. */
  readonly key: string;
  readonly kind: NotificationKind;
  readonly brand: string;
  /** The account's address; empty for what concerns a whole brand. */
  readonly account: string;
  readonly subjectId: string;
  /** One line. */
  readonly subject: string;
  readonly body: string;
  /** The command that mends it, if one does. */
  readonly command: string | null;
}

export interface Notification extends NewNotification {
  readonly id: string;
  readonly at: Instant;
}

/** What of a credential a notification tells. */
export type Aged = Pick<
  Credential,
  "id" | "generation" | "accessExpiresAt" | "method" | "position" | "derivedFrom" | "subject" | "clientId"
>;

interface Facts {
  readonly account: Account & { readonly credentials?: readonly Credential[] };
  readonly credential: Aged;
  /** In the server's or our words; holds no secret. */
  readonly why: string;
  readonly now: Instant;
  /** Of a login that never posts itself: the addresses of the accounts that live by it. It is told once for all of them. */
  readonly dependents?: readonly string[] | undefined;
}

/** Warned about ahead of the end of a token that cannot be refreshed (days). */
export const warningDays = [14, 7, 3, 1] as const;

export function needsReauth({ account, credential, why, now, dependents }: Facts): NewNotification {
  if (dependents) {
    return aboutLogin(account, credential, "needs_reauth", "", {
      subject: `the login of ${listed(dependents)} must be made again`,
      body: `${sentence(why)} ${withoutLogin}`,
      command: reconnectCommand(account, credential),
    });
  }
  return about(account, credential, "needs_reauth", {
    subject: `${addressOf(account)} must be connected again`,
    body: `${sentence(why)} ${untilWhen(credential, now)}`,
    command: reconnectCommand(account, credential),
  });
}

export function outcomeUnknown({ account, credential, why, now }: Facts): NewNotification {
  return about(account, credential, "outcome_unknown", {
    subject: `${addressOf(account)}: it is not known whether its token was refreshed`,
    body: `${sentence(why)} It is tried again by itself; connecting again makes sure. ${untilWhen(credential, now)}`,
    command: reconnectCommand(account, credential),
  });
}

export function appRefused({ account, credential, why, now }: Facts): NewNotification {
  // A time in the key, since the same app may be refused, mended and refused again.
  return {
    ...about(account, credential, "app_refused", {
      subject: `the developer app of ${addressOf(account)} was refused`,
      body: `${sentence(why)} Has the client secret changed? All accounts of this app wait; none of them needs to be connected again. ${untilWhen(credential, now)}`,
      command: `agencyiq apps set ${account.platform}`,
    }),
    key: `app_refused:${credential.id}:${now}`,
  };
}

/** `end`: of the token where that cannot be refreshed, else of what it is refreshed with. */
export function expiring(
  { account, credential, now, dependents }: Omit<Facts, "why">,
  daysLeft: number,
  end: Instant,
): NewNotification {
  const over = end <= now;
  const when = daysLeft === 1 ? "a day" : `${daysLeft} days`;
  if (dependents) {
    return aboutLogin(account, credential, "expiring", `:${over ? 0 : daysLeft}`, {
      subject: `the login of ${listed(dependents)} must be made again ${over ? "now" : `within ${when}`}`,
      body: `It cannot be renewed without you. ${withoutLogin}`,
      command: reconnectCommand(account, credential),
    });
  }
  return {
    ...about(account, credential, "expiring", {
      subject: `${addressOf(account)} must be connected again ${over ? "now" : `within ${when}`}`,
      body: `Its authorization cannot be renewed without you. ${untilWhen({ accessExpiresAt: end }, now)}`,
      command: reconnectCommand(account, credential),
    }),
    key: `expiring:${credential.id}:${credential.generation}:${over ? 0 : daysLeft}`,
  };
}

export function isDataAccessNear(end: Instant | null, now: Instant): end is Instant {
  return end !== null && end - now <= days(warningDays[0]);
}

/** The token lives on: what ends is the right to read of the person. Told once for each such end, whoever lives by the login. */
export function dataAccessEnding(
  { account, credential, dependents }: Omit<Facts, "why">,
  end: Instant,
): NewNotification {
  const day = toTimestamp(end).slice(0, 10);
  const { clientId, subject } = credential;
  const login = subject === null ? credential.id : JSON.stringify([account.platform, clientId, subject]);
  return {
    ...about(account, credential, "expiring", {
      subject: `${listed(dependents ?? [addressOf(account)])}: sign in again by ${day}, or the data access ends`,
      body: "The token lives on and posts go out; what has to be read of the person at the platform is refused from then on.",
      command: reconnectCommand(account, credential),
    }),
    key: `data_access:${login}:${day}`,
  };
}

export function fallbackInUse({ account, credential, why, now }: Facts, used: Aged): NewNotification {
  return about(account, credential, "fallback", {
    subject: `${addressOf(account)} is used through its ${used.method} credential now`,
    body: `Its ${credential.method} credential cannot be used: ${sentence(why)} ${untilWhen(used, now)}`,
    command: reconnectCommand(account, credential),
  });
}

export function failing({ account, credential, why, now }: Facts): NewNotification {
  return about(account, credential, "failing", {
    subject: `${addressOf(account)} has no valid token, and it cannot be refreshed for now`,
    body: `${sentence(why)} It is tried again by itself. ${untilWhen(credential, now)}`,
    command: null,
  });
}

export function recovered(account: Account, credential: Aged): NewNotification {
  return about(account, credential, "recovered", {
    subject: `${addressOf(account)} is in order again`,
    body: "Its token was refreshed; nothing is left to be done.",
    command: null,
  });
}

/** What hangs on a login that has ended. */
const withoutLogin =
  "Posts go out for as long as the platform takes the tokens that were got with it; after that nothing but a new login helps.";

/** Each account keeps the login's token for itself; what happens to it happens to all of them, so the first one tells. */
function aboutLogin(
  account: Facts["account"],
  credential: Aged,
  kind: NotificationKind,
  more: string,
  words: Pick<NewNotification, "subject" | "body" | "command">,
): NewNotification {
  const { platform } = account;
  const { clientId, subject, generation } = credential;
  return {
    ...about(account, credential, kind, words),
    key: `${kind}:login:${JSON.stringify([platform, clientId, subject])}:${generation}${more}`,
  };
}

/** "a, b and 3 more": the line stays one. */
function listed(addresses: readonly string[]): string {
  const shown = addresses.slice(0, 3).join(", ");
  return addresses.length > 3 ? `${shown} and ${addresses.length - 3} more` : shown;
}

function about(
  account: Account,
  credential: Aged,
  kind: NotificationKind,
  words: Pick<NewNotification, "subject" | "body" | "command">,
): NewNotification {
  return {
    key: `${kind}:${credential.id}:${credential.generation}`,
    kind,
    brand: account.brand,
    account: addressOf(account),
    subjectId: credential.id,
    ...words,
  };
}

/** "until when posts still go out" */
function untilWhen({ accessExpiresAt }: Pick<Credential, "accessExpiresAt">, now: Instant): string {
  if (accessExpiresAt === null) return "";
  return accessExpiresAt > now
    ? `Until ${toTimestamp(accessExpiresAt)} posts still go out.`
    : `Since ${toTimestamp(accessExpiresAt)} no post goes out.`;
}

function sentence(why: string): string {
  const text = why.charAt(0).toUpperCase() + why.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
