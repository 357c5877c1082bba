/** Posts with media, threads and variants; deliveries whose steps are kept; brands with a cycle. */
export const posts = `
-- The whole draft as JSON (domain/post.ts). Posts from before were a text and nothing else.
alter table posts add column draft text;
update posts set draft = json_object('text', text);
alter table posts add column revision integer not null default 0;
-- 1: for the queue, or for a time; null: whoever wrote it sends it at once.
alter table posts add column scheduled integer;
-- Wall-clock words and the zone they were read in, as the owner gave them.
alter table posts add column scheduled_text text;
alter table posts add column time_zone text;
-- Milliseconds a delivery may be late; null: the default. 'send', 'skip' or 'ask' after that.
alter table posts add column max_late integer;
alter table posts add column when_late text;
create index posts_created on posts (created_at);
-- When somebody should look at it next. null: it waits for its owner, or is over.
alter table deliveries add column due_at integer;
-- Not tried again by itself after this.
alter table deliveries add column give_up_at integer;
alter table deliveries add column awaits_approval integer not null default 0;
alter table deliveries add column approved_at integer;
-- The brand of its account, for the quota: one post may go to the accounts of several.
alter table deliveries add column brand text not null default 'default';
update deliveries set brand = coalesce(
  (select brand from accounts where id = account_id), (select brand from posts where id = post_id), 'default');
create index deliveries_due on deliveries (due_at) where due_at is not null;
create index deliveries_published on deliveries (brand, started_at) where state = 'published';
create index deliveries_open on deliveries (brand) where state in ('scheduled', 'sending', 'retrying', 'unknown');
create index deliveries_account on deliveries (account_id, started_at);
-- Nothing of before is due by itself; what was cut short is looked at.
update deliveries set due_at = started_at where state = 'sending';
-- One message of a delivery: a thread has several. States: domain/delivery.ts, DeliveryPart.
create table delivery_parts (
  delivery_id text not null references deliveries (id) on delete cascade, part integer not null, state text not null,
  first_sent_at integer, sent_at integer, doubts integer not null, prepared text, remote_id text, url text,
  primary key (delivery_id, part)
) strict, without rowid;
insert into delivery_parts (delivery_id, part, state, first_sent_at, sent_at, doubts, prepared, remote_id, url)
  select id, 0, case state when 'published' then 'published' else 'sending' end, started_at, started_at, 0, 'null', remote_id, url
  from deliveries where state in ('published', 'unknown', 'sending');
-- Sub-requests that were done and are not repeated: uploads and what they gave (JSON).
create table delivery_steps (
  delivery_id text not null references deliveries (id) on delete cascade, part integer not null, name text not null,
  result text not null, at integer not null, primary key (delivery_id, part, name)
) strict, without rowid;
create index ledger_subject on ledger (subject_id, sequence) where subject_id is not null;
alter table brands add column name text;
alter table brands add column time_zone text;
-- The first day of the first cycle (YYYY-MM-DD in the brand's zone); null: no cycle.
alter table brands add column cycle_start text;
alter table brands add column cycle_days integer;
alter table brands add column quota integer;
`;
