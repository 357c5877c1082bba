/** What platforms say of a token beside its own end. */
export const dataAccess = `
-- When reading the person's data ends, though the token lives on; null: not known.
alter table credentials add column data_access_expires_at integer;
`;
