import { Failure, type FailureCode } from "../domain/failure.ts";

interface Meaning {
  readonly pattern: RegExp;
  readonly code: FailureCode;
  readonly message: string;
  readonly hint: string;
}

/** What the store's and the system's error codes mean for the person at the terminal; the first match wins. */
const meanings: readonly Meaning[] = [
  {
    pattern: /^(SQLITE_FULL|ENOSPC|EDQUOT)/,
    code: "storage_full",
    message: "the disk is full",
    hint: "free some space; nothing was lost",
  },
  {
    pattern: /^(SQLITE_CORRUPT|SQLITE_NOTADB)/,
    code: "vault_damaged",
    message: "the vault file is damaged",
    hint: "agencyiq vault restore FILE (agencyiq vault backup makes such files)",
  },
  {
    pattern: /^(SQLITE_READONLY|EROFS|EACCES|EPERM)/,
    code: "storage_unwritable",
    message: "the vault cannot be written",
    hint: "check the owner and mode of its folder",
  },
  {
    pattern: /^SQLITE_CANTOPEN/,
    code: "storage_unwritable",
    message: "the vault cannot be opened",
    hint: "check the owner and mode of its folder",
  },
  {
    pattern: /^SQLITE_IOERR/,
    code: "storage_full",
    message: "the disk refused a write (full or failing)",
    hint: "free some space or check the disk; nothing was lost",
  },
  {
    pattern: /^SQLITE_(BUSY|LOCKED)/,
    code: "account_busy",
    message: "another process is writing to the vault",
    hint: "run it again in a moment",
  },
];

/** An error of SQLite or the file system as a Failure; anything else is returned as it is. */
export function storageFailure(error: unknown, path: string): unknown {
  const code = (error as { code?: unknown } | null)?.code;
  if (error instanceof Failure || typeof code !== "string") return error;
  const meaning = meanings.find(({ pattern }) => pattern.test(code));
  if (!meaning) return error;
  return new Failure(meaning.code, `${meaning.message} (${path}, ${code})`, { hint: meaning.hint, cause: error });
}

/** Runs `work` and tells its storage errors as Failures. */
export async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storageFailure(error, path);
  }
}
