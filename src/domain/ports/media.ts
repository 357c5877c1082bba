/** Files as platforms are sent them: looked into by their content, never whole in memory. */
import type { Instant } from "../time.ts";

/** What tells one state of a file from the next, as rsync and make do it. */
export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  readonly modifiedAt: Instant;
}

/** What a file is. A side that cannot be told is null. */
export interface MediaFacts extends FileStamp {
  /** Absolute. */
  readonly path: string;
  /** By its content, not by its name: `image/png`, `video/mp4`; `application/octet-stream` for what nobody knows. */
  readonly type: string;
  /** Pixels, as it is shown: a photo or video that says it is turned is measured turned. */
  readonly width: number | null;
  readonly height: number | null;
  /** Whether it moves: a video, a GIF or WebP of several pictures. */
  readonly moving: boolean;
  /** Pictures in a GIF. */
  readonly frames: number | null;
  readonly seconds: number | null;
  readonly framesPerSecond: number | null;
  /** In a document; absent: it is none, or it cannot be told. */
  readonly pages?: number;
  /** Of the video track: `avc`, `hevc`, `vp9`, … */
  readonly codec: string | null;
}

export interface MediaSource extends MediaFacts {
  /**
   * From `start` up to, but not with, `end`.
   * @throws Failure `file_unreadable`; `media_changed` for a file that is not what it was when it was opened
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** What a picture must be made to fit into. */
export interface PictureRoom {
  /** The types it may have; the first is the one to choose when its own is not among them. */
  readonly types: readonly string[];
  readonly bytes: number;
  readonly width?: number;
  readonly height?: number;
  readonly pixels?: number;
}

export interface MediaFiles {
  /**
   * Looks into a file. With `seen` it must still be what it was then.
   * @throws Failure `file_unreadable` (not there, a folder, no permission, empty), `media_changed`
   */
  open(path: string, seen?: FileStamp): Promise<MediaSource>;
  /**
   * A copy of a picture that fits; the same picture and room give the same copy, again and again.
   * @throws Failure `content_invalid` for a picture that cannot be made to fit, `picture_library_missing`
   */
  fit(source: MediaSource, room: PictureRoom): Promise<MediaSource>;
}
