import { roomFor } from "../domain/checking/files.ts";
import type { Limits } from "../domain/limits.ts";
import type { MediaFiles, MediaSource } from "../domain/ports/media.ts";
import type { MediaFile } from "../domain/post.ts";

/**
 * What goes out in place of a picture that is too large for a platform; null: it goes out itself. The same when it is
 * checked and when it is sent. @throws Failure `content_invalid`, `picture_library_missing`
 */
export async function fittedCopy(
  media: MediaFiles,
  limits: Limits,
  source: MediaSource,
  as?: MediaFile["as"],
): Promise<MediaSource | null> {
  const room = roomFor(limits, source, as);
  return room && media.fit(source, room);
}
