import type { Table } from "../input/post-columns.ts";
import type { RawPost } from "../input/raw-post.ts";

/** Posts that somebody wrote into files. */
export interface PostFiles {
  /** Markdown below YAML front matter. @throws Failure `file_unreadable`, `post_file_invalid` */
  read(path: string): Promise<RawPost>;
  /** The same, from a text; paths in it are relative to the current folder. @throws Failure `post_file_invalid` */
  parse(text: string, source: string): Promise<RawPost>;
  /** Comma-separated values. @throws Failure `file_unreadable`, `post_file_invalid` */
  readTable(path: string): Promise<Table>;
}
