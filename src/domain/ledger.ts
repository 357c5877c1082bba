import type { Instant } from "./time.ts";

/** What happened to credentials, apps, deliveries and the vault itself. Scripts match on these words. */
export type LedgerAction =
  | "vault.created"
  | "vault.key_added"
  | "vault.key_removed"
  | "vault.certificate_made"
  | "vault.rotated"
  | "vault.restored"
  | "app.saved"
  | "app.removed"
  | "platform.added"
  | "platform.changed"
  | "platform.removed"
  | "brand.added"
  | "brand.changed"
  | "brand.removed"
  | "account.connected"
  | "account.renamed"
  | "account.default"
  | "account.disconnected"
  | "token.refresh_sent"
  | "token.refreshed"
  | "token.refresh_failed"
  | "token.refresh_unknown"
  | "token.needs_reauth"
  /** The platform says otherwise of a token than was believed: its end, or its scopes. */
  | "token.corrected"
  | "channel.added"
  | "channel.removed"
  | "delivery.created"
  | "delivery.sending"
  | "delivery.published"
  | "delivery.failed"
  | "delivery.retrying"
  | "delivery.unknown"
  | "delivery.part_published"
  /** Nothing of a request whose answer was lost can be found at the platform, or its owner says so. */
  | "delivery.not_published"
  | "delivery.late"
  | "delivery.approved"
  | "delivery.canceled"
  | "delivery.deleted"
  | "post.edited";

/** A fact to append. `detail` holds no secret. */
export interface LedgerFact {
  readonly action: LedgerAction;
  /** The account's address, where there is one. */
  readonly account?: string | null;
  readonly subjectId?: string | null;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface LedgerEntry {
  readonly sequence: number;
  readonly at: Instant;
  readonly actor: string;
  readonly action: LedgerAction;
  readonly account: string | null;
  readonly subjectId: string | null;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}
