/** For platforms that want to be asked regularly whether a token is still good. */
export const checked = `
-- When the platform last said that it takes the token; null: never since it was obtained.
alter table credentials add column checked_at integer;
`;
