/** An app may have a second pair of keys, for OAuth 1.0a. */
export const appKinds = `
alter table apps add column kind text not null default 'oauth2';
`;
