/** What a file is by its first bytes, whatever it is called. */
const signatures: readonly (readonly [type: string, at: number, bytes: string])[] = [
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/png", 0, "\x89PNG\r\n\x1a\n"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
  ["image/bmp", 0, "BM"],
  ["image/tiff", 0, "II*\0"],
  ["image/tiff", 0, "MM\0*"],
  ["video/quicktime", 4, "ftypqt"],
  ["video/mp4", 4, "ftyp"],
  ["video/quicktime", 4, "moov"],
  ["video/quicktime", 4, "wide"],
  ["video/quicktime", 4, "mdat"],
];

/** null: none of those that Meta takes. */
export function fileTypeOf(content: Buffer): string | null {
  const head = content.subarray(0, 64).toString("latin1");
  return signatures.find(([, at, bytes]) => head.startsWith(bytes, at))?.[0] ?? null;
}
