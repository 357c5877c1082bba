/** What the daemon needs: when each credential is due, what is paused, and the outbox of notifications. */
export const schedule = `
-- The next automatic attempt. null: none; 0: to be worked out from the platform's rules.
alter table credentials add column next_refresh_at integer;
-- When the row of failures began that failure_count counts.
alter table credentials add column failing_since integer;
update credentials set next_refresh_at = 0 where refreshable = 1 and status = 'active';
create index credentials_due on credentials (next_refresh_at) where next_refresh_at is not null;
create table pauses (scope text primary key, until integer not null, reason text not null) strict, without rowid;
create table notifications (
  id text primary key, key text not null unique, kind text not null, at integer not null,
  brand text not null, account text, subject_id text, subject text not null, body text not null, command text
) strict;
create index notifications_subject on notifications (subject_id, at);
create table channels (
  id text primary key, name text not null unique collate nocase, kind text not null, settings text not null, kinds text,
  brand text, generation integer not null, created_at integer not null,
  failures integer not null default 0, failing_since integer, resume_at integer, last_error text
) strict;
-- The channel's name is kept here: what was told through it is known after it is gone.
create table dispatches (
  notification_id text not null references notifications (id) on delete cascade,
  channel_id text not null, channel text not null, state text not null, attempts integer not null,
  first_tried_at integer, next_at integer, finished_at integer, error text,
  primary key (notification_id, channel_id)
) strict, without rowid;
create index dispatches_pending on dispatches (channel_id, next_at) where state = 'pending';
`;
