/** Several accounts may live by one person's login, and by tokens that were got with it. */
export const logins = `
-- Whose login it is: the platform's id of the person who signed in; null: not known.
alter table credentials add column subject text;
-- The account's credential that this one is got with, which itself never posts.
alter table credentials add column derived_from text;
-- Until now a login was one account's.
update credentials set subject = (select external_id from accounts where accounts.id = credentials.account_id);
`;
