/** What is known of an account's place: limits of its server, the id of its channel. */
export const facts = `
-- A JSON object of texts, by names of the platform; null: nothing is known.
alter table accounts add column facts text;
-- When they were asked for last; null: never.
alter table accounts add column facts_at integer;
`;
