/** The part of the vault that keeps the platforms that were declared in files. Nothing of them is secret. */
import type { DeclaredPlatform } from "../declared-platform.ts";

export interface DeclaredPlatforms {
  /** By id. */
  declaredPlatforms(): Promise<DeclaredPlatform[]>;
  declaredPlatform(id: string): Promise<DeclaredPlatform | null>;
  /** In place of one of the same id. */
  declarePlatform(declared: DeclaredPlatform): Promise<void>;
  /** With its developer apps. @throws Failure `usage` while accounts are connected, `not_found` */
  forgetPlatform(id: string): Promise<void>;
}

/** Reads such a file. @throws Failure `file_unreadable` */
export type ReadPlatformFile = (path: string) => Promise<ReadPlatform>;

export type ReadPlatform =
  | { readonly declared: DeclaredPlatform }
  /** Everything that is wrong with it. */
  | { readonly problems: readonly PlatformFileProblem[] };

export interface PlatformFileProblem {
  /** null: of the file as a whole. */
  readonly line: number | null;
  /** `endpoints.token` */
  readonly path: string;
  readonly problem: string;
}
