/** Files as platforms are sent them: never whole in memory. */

export interface MediaSource {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** By its content, not by its name: `image/png`, `video/mp4`. */
  readonly type: string;
  /** From `start` up to, but not with, `end`. @throws Failure `file_unreadable` */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface MediaFiles {
  /** @throws Failure `file_unreadable`, `content_invalid` */
  open(path: string): Promise<MediaSource>;
}
