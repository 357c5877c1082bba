/** Facts that `doctor` tells. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";

/** Magic numbers of statfs(2) for file systems whose locks cannot be trusted: another machine answers for them. */
const networkTypes: Readonly<Record<number, string>> = {
  26985: "NFS",
  4283649346: "SMB (cifs)",
  4266872130: "SMB 2",
  20859: "SMB",
  1702057286: "FUSE (a synced or remote folder?)",
  1397113167: "AFS",
  16914839: "9p (a folder of the host)",
  2020557398: "a folder of the host (VirtualBox)",
  12805120: "Ceph",
  198183888: "Lustre",
};

/** The usual local ones, for people; the rest is told as its number. */
const localTypes: Readonly<Record<number, string>> = {
  61267: "ext4",
  2435016766: "btrfs",
  1481003842: "xfs",
  801189825: "zfs",
  4076150800: "f2fs",
  16914836: "tmpfs",
  2035054128: "overlay",
};

export async function filesystemOf(
  folder: string,
): Promise<{ type: string; network: boolean; freeBytes: number } | null> {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  try {
    const { type, bavail, bsize } = await statfs(place);
    const network = networkTypes[type];
    return {
      type: network ?? localTypes[type] ?? `0x${type.toString(16)}`,
      network: network !== undefined,
      freeBytes: bavail * bsize,
    };
  } catch {
    // Not every system can tell; then nothing is claimed.
    return null;
  }
}

export function folderMode(folder: string): { exists: boolean; mode: number | null; writable: boolean } {
  if (!existsSync(folder)) return { exists: false, mode: null, writable: true };
  const mode = process.platform === "win32" ? null : statSync(folder).mode & 0o777;
  return { exists: true, mode, writable: canWrite(folder) };
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ host: "127.0.0.1", port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
