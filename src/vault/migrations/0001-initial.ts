export const initial = `
create table meta (key text primary key, value text not null) strict, without rowid;
create table key_slots (
  id text primary key, kind text not null, parameters text not null, wrapped_root_key blob not null,
  commitment blob not null, created_at integer not null, last_used_at integer
) strict;
create table data_keys (term integer primary key, wrapped_key blob not null, created_at integer not null) strict;
create table brands (id text primary key, created_at integer not null) strict;
create table apps (
  id text primary key, platform text not null, issuer text, client_id text not null, redirect_uri text, scopes text,
  registered integer not null, server_metadata text, generation integer not null,
  created_at integer not null, updated_at integer not null
) strict;
create unique index apps_client on apps (platform, coalesce(issuer, ''), client_id);
create table accounts (
  id text primary key, brand text not null references brands (id), platform text not null, handle text not null,
  name text, external_id text, issuer text, url text, is_default integer not null, created_at integer not null
) strict;
create unique index accounts_handle on accounts (brand, platform, lower(handle));
create unique index accounts_identity on accounts (brand, platform, coalesce(issuer, ''), external_id) where external_id is not null;
create table credentials (
  id text primary key, account_id text not null references accounts (id) on delete cascade, position integer not null,
  method text not null, issuer text, client_id text not null, status text not null, reason text,
  generation integer not null, scopes text not null, token_type text not null, obtained_at integer not null,
  access_expires_at integer, refresh_expires_at integer, refreshable integer not null, dpop integer not null,
  server_metadata text, last_refreshed_at integer, last_error_code text, last_error_message text,
  last_error_at integer, failure_count integer not null, backoff_until integer, clock_skew integer not null,
  unique (account_id, method)
) strict;
create table secrets (
  owner text not null, owner_id text not null, kind text not null, generation integer not null,
  term integer not null references data_keys (term), blob blob not null, primary key (owner, owner_id, kind)
) strict, without rowid;
create index secrets_term on secrets (term);
create table refresh_attempts (
  id text primary key, credential_id text not null references credentials (id) on delete cascade,
  generation integer not null, fingerprint blob not null, state text not null, replay integer not null,
  host text not null, process_id integer not null, sent_at integer not null, finished_at integer,
  http_status integer, oauth_error text
) strict;
create index refresh_attempts_credential on refresh_attempts (credential_id, generation);
create table tombstones (
  fingerprint blob primary key, credential_id text not null references credentials (id) on delete cascade, at integer not null
) strict, without rowid;
create table posts (id text primary key, key text unique, brand text not null, text text not null, created_at integer not null) strict;
create table deliveries (
  id text primary key, post_id text not null references posts (id) on delete cascade, account_id text not null,
  address text not null, platform text not null, state text not null, attempts integer not null,
  scheduled_for integer, started_at integer, finished_at integer, remote_id text, url text, error text,
  unique (post_id, account_id)
) strict;
create table ledger (
  sequence integer primary key autoincrement, at integer not null, actor text not null, action text not null,
  account text, subject_id text, detail text not null, mac blob not null
) strict;
create index ledger_account on ledger (account, sequence);
`;
