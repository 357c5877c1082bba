/** Platforms that were declared in files. */
export const declaredPlatforms = `
create table declared_platforms (
  id text primary key,
  -- A DeclaredPlatform as JSON; nothing of it is secret.
  definition text not null,
  created_at integer not null,
  updated_at integer not null
) strict;
`;
