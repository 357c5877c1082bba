/** What platforms gave while posts were prepared is sealed; what lay open is dropped, and uploads begin anew. */
export const sealedSteps = `
delete from delivery_steps;
alter table delivery_steps drop column result;
-- What is being sent keeps it: whether it went out is asked with it.
update delivery_parts set prepared = null where state <> 'sending';
-- No request to a platform for this account before, as it said in an answer.
create table paces (
  account_id text primary key references accounts (id) on delete cascade, until integer not null, reason text not null
) strict, without rowid;
`;
