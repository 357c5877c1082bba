/** The tables, in the words of the domain. Times are milliseconds since the epoch; booleans 0 or 1. */
import type { Generated } from "kysely";

export interface Database {
  meta: { key: string; value: string };
  key_slots: {
    id: string;
    kind: string;
    parameters: string;
    /** The root key under the slot's key. */
    wrapped_root_key: Uint8Array;
    /** GCM does not commit to its key; this does. */
    commitment: Uint8Array;
    created_at: number;
    last_used_at: number | null;
  };
  data_keys: { term: number; wrapped_key: Uint8Array; created_at: number };
  brands: {
    id: string;
    created_at: number;
    name: string | null;
    time_zone: string | null;
    cycle_start: string | null;
    cycle_days: number | null;
    quota: number | null;
  };
  apps: {
    id: string;
    platform: string;
    issuer: string | null;
    kind: string;
    client_id: string;
    redirect_uri: string | null;
    scopes: string | null;
    registered: number;
    server_metadata: string | null;
    generation: number;
    created_at: number;
    updated_at: number;
  };
  declared_platforms: { id: string; definition: string; created_at: number; updated_at: number };
  accounts: {
    id: string;
    brand: string;
    platform: string;
    handle: string;
    name: string | null;
    external_id: string | null;
    issuer: string | null;
    url: string | null;
    /** JSON object of texts. */
    facts: string | null;
    facts_at: number | null;
    is_default: number;
    created_at: number;
  };
  credentials: {
    id: string;
    account_id: string;
    position: number;
    method: string;
    issuer: string | null;
    client_id: string;
    status: string;
    reason: string | null;
    generation: number;
    scopes: string;
    token_type: string;
    obtained_at: number;
    access_expires_at: number | null;
    refresh_expires_at: number | null;
    refreshable: number;
    dpop: number;
    server_metadata: string | null;
    last_refreshed_at: number | null;
    last_error_code: string | null;
    last_error_message: string | null;
    last_error_at: number | null;
    failure_count: number;
    backoff_until: number | null;
    clock_skew: number;
    /** null: never by itself; 0: to be worked out. */
    next_refresh_at: number | null;
    failing_since: number | null;
    subject: string | null;
    derived_from: string | null;
    data_access_expires_at: number | null;
    checked_at: number | null;
  };
  /** Servers that asked to be left alone. `scope`: domain/refresh-outcome.ts, pauseScope. */
  pauses: { scope: string; until: number; reason: string };
  notifications: {
    id: string;
    key: string;
    kind: string;
    at: number;
    brand: string;
    account: string | null;
    subject_id: string | null;
    subject: string;
    body: string;
    command: string | null;
  };
  /** Where notifications go. A channel's secret is a sealed record. */
  channels: {
    id: string;
    name: string;
    kind: string;
    settings: string;
    /** Space-separated; null: all. */
    kinds: string | null;
    brand: string | null;
    generation: number;
    created_at: number;
    /** Tries in a row that did not reach it. */
    failures: number;
    failing_since: number | null;
    resume_at: number | null;
    last_error: string | null;
  };
  /** One notification on its way through one channel. */
  dispatches: {
    notification_id: string;
    channel_id: string;
    /** Its name, for when it is gone. */
    channel: string;
    state: string;
    attempts: number;
    first_tried_at: number | null;
    next_at: number | null;
    finished_at: number | null;
    error: string | null;
  };
  /** Every sealed record. `owner` and `kind` are those of domain/credential.ts, secretKinds. */
  secrets: {
    owner: string;
    owner_id: string;
    kind: string;
    generation: number;
    term: number;
    blob: Uint8Array;
  };
  refresh_attempts: {
    id: string;
    credential_id: string;
    generation: number;
    fingerprint: Uint8Array;
    state: string;
    replay: number;
    host: string;
    process_id: number;
    sent_at: number;
    finished_at: number | null;
    http_status: number | null;
    oauth_error: string | null;
  };
  /** Fingerprints of refresh tokens that were refused for good. */
  tombstones: { fingerprint: Uint8Array; credential_id: string; at: number };
  posts: {
    id: string;
    key: string | null;
    brand: string;
    /** The first words, for lists; the draft has all of it. */
    text: string;
    created_at: number;
    draft: string | null;
    revision: number;
    scheduled: number | null;
    scheduled_text: string | null;
    time_zone: string | null;
    max_late: number | null;
    when_late: string | null;
  };
  delivery_parts: {
    delivery_id: string;
    part: number;
    state: string;
    first_sent_at: number | null;
    sent_at: number | null;
    doubts: number;
    /** Only where it was begun in a vault of format 5 or older; else in `secrets`. */
    prepared: string | null;
    remote_id: string | null;
    url: string | null;
  };
  paces: { account_id: string; until: number; reason: string };
  /** What they gave is in `secrets`. */
  delivery_steps: { delivery_id: string; part: number; name: string; at: number };
  deliveries: {
    id: string;
    post_id: string;
    account_id: string;
    address: string;
    platform: string;
    state: string;
    attempts: number;
    scheduled_for: number | null;
    started_at: number | null;
    finished_at: number | null;
    remote_id: string | null;
    url: string | null;
    error: string | null;
    due_at: number | null;
    give_up_at: number | null;
    awaits_approval: number;
    approved_at: number | null;
    /** Of its account. */
    brand: string;
  };
  ledger: {
    sequence: Generated<number>;
    at: number;
    actor: string;
    action: string;
    account: string | null;
    subject_id: string | null;
    detail: string;
    /** HMAC over the one before and this entry: a removed or changed entry breaks the chain. */
    mac: Uint8Array;
  };
}
