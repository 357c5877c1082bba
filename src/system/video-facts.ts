import type { MediaFacts, MediaSource } from "../domain/ports/media.ts";
import { FileWindow } from "./file-window.ts";
import { matroskaFacts } from "./matroska-facts.ts";
import { mp4Facts } from "./mp4-facts.ts";

export type VideoFacts = Partial<Pick<MediaFacts, "width" | "height" | "seconds" | "framesPerSecond" | "codec">>;

const readers: Readonly<Record<string, (file: FileWindow) => Promise<VideoFacts>>> = {
  "video/mp4": mp4Facts,
  "video/quicktime": mp4Facts,
  "video/webm": matroskaFacts,
  "video/matroska": matroskaFacts,
};

/**
 * What the header of a video says; nothing for one that is broken, or of another kind. Read by hand: a library that reads
 * all of it (mediabunny 1.61) does not come back from some files that are cut off.
 */
export async function videoFacts(type: string, size: number, read: MediaSource["read"]): Promise<VideoFacts> {
  try {
    return (await readers[type]?.(new FileWindow(size, read))) ?? {};
  } catch (error) {
    // It points behind its own end.
    if (error instanceof RangeError) return {};
    throw error;
  }
}
