type Environment = Readonly<Record<string, string | undefined>>;

/** What a child process is given: nothing that opens the vault or speaks for the developer app. */
export function withoutSecrets(environment: Environment): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && entry[0] !== "AGENCYIQ_PASSPHRASE" && !/^AGENCYIQ_.*_SECRET$/.test(entry[0]),
  );
  return Object.fromEntries(kept);
}
