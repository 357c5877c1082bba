/** Posts with media, threads and variants; deliveries whose steps are kept; brands with a cycle. */
export const posts = `
-- The whole draft as JSON (domain/post.ts). Posts from before were a text and nothing else.
alter table posts add column draft text;
update posts set draft = json_object('text', text);
-- Wall-clock words and the zone they were read in, as the owner gave them.
alter table posts add column scheduled_text text;
alter table posts add column time_zone text;
-- Milliseconds a delivery may be late; null: the default. 'send', 'skip' or 'ask' after that.
alter table posts add column max_late integer;
alter table posts add column when_late text;
-- null: needs no approval, or has it.
alter table posts add column awaits_approval integer;
alter table deliveries add column next_attempt_at integer;
-- What the platform told when the post was made, for a look at it later (JSON).
alter table deliveries add column detail text;
-- The brand of its account, for the quota: one post may go to the accounts of several.
alter table deliveries add column brand text not null default 'default';
update deliveries set brand = coalesce(
  (select brand from accounts where id = account_id), (select brand from posts where id = post_id), 'default');
create index deliveries_due on deliveries (coalesce(next_attempt_at, scheduled_for)) where state in ('scheduled', 'retrying');
create index deliveries_published on deliveries (brand, started_at) where state = 'published';
create index deliveries_open on deliveries (brand) where state in ('scheduled', 'sending', 'retrying', 'unknown');
create index deliveries_account on deliveries (account_id, finished_at);
-- One message of a delivery: a thread has several. 'state' is that of a delivery.
create table delivery_parts (
  delivery_id text not null references deliveries (id) on delete cascade, part integer not null, state text not null,
  remote_id text, url text, primary key (delivery_id, part)
) strict, without rowid;
-- Sub-requests that were done and are not repeated: uploads and what they gave (JSON).
create table delivery_steps (
  delivery_id text not null references deliveries (id) on delete cascade, part integer not null, name text not null,
  result text not null, at integer not null, primary key (delivery_id, part, name)
) strict, without rowid;
alter table brands add column name text;
alter table brands add column time_zone text;
-- The first day of the first cycle (YYYY-MM-DD in the brand's zone); null: no cycle.
alter table brands add column cycle_start text;
alter table brands add column cycle_days integer;
alter table brands add column quota integer;
`;
