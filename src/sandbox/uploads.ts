import type { Instant } from "../domain/time.ts";
import type { ReceivedFile } from "./received-file.ts";

export type UploadKind = "picture" | "gif" | "video";

/** A file on its way to a platform, or there and not posted yet. */
export interface Upload {
  readonly platform: string;
  readonly id: string;
  /** A person's handle. */
  readonly owner: string;
  readonly kind: UploadKind;
  /** As announced. */
  readonly type: string;
  readonly bytes: number;
  readonly expiresAt: Instant;
  readonly file: ReceivedFile;
  finalizedAt: Instant | null;
  /** Of a video: the id of the picture that stands for it. */
  readonly thumbnail?: string;
  /** Meta: goes away by itself unless a scheduled post takes it. */
  readonly temporary?: boolean;
  alt: string | null;
}

export class Uploads {
  #uploads: Upload[] = [];

  add(upload: Upload): void {
    this.#uploads.push(upload);
  }

  find(platform: string, id: string): Upload | null {
    return this.#uploads.find((upload) => upload.platform === platform && upload.id === id) ?? null;
  }

  clear(): void {
    this.#uploads = [];
  }
}
