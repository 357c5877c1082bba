/** Files of other programs that hold tokens. They are read, and left as they are. */
export const importSources = ["env", "json", "gh", "toot", "xurl"] as const;

export type ImportSource = (typeof importSources)[number];

export interface ImportFile {
  readonly source: ImportSource;
  readonly file: string;
  /** As its format has it: variables by name, or what JSON or YAML say. */
  readonly raw: unknown;
}

/**
 * `file` null: where the program keeps it. `source` null: by the file's name.
 * @throws Failure `file_unreadable`, `import_unreadable`, `usage`
 */
export type ReadImportFile = (file: string | null, source: ImportSource | null) => Promise<ImportFile>;
