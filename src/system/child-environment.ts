type Environment = Readonly<Record<string, string | undefined>>;

/** What opens the vault or speaks for the developer app. */
export function secretNames(environment: Environment): string[] {
  return Object.keys(environment).filter((name) => name === "AGENCYIQ_PASSPHRASE" || /^AGENCYIQ_.*_SECRET$/.test(name));
}

/** What a child process is given: the environment without any secret of ours. */
export function withoutSecrets(environment: Environment): Record<string, string> {
  const hidden = new Set(secretNames(environment));
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !hidden.has(entry[0]),
  );
  return Object.fromEntries(kept);
}
