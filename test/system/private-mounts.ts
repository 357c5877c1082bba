/** Programs that see folders of the test's own where the system has its: a spool, /run. Nobody else sees them. */
import { spawnSync } from "node:child_process";
import { temporaryFolder } from "./child-program.ts";

/** Place → what is seen there; null: an empty memory disk. */
export type Mounts = Readonly<Record<string, string | null>>;

const script = `set -e
while [ "$1" != -- ]; do
  if [ -n "$2" ]; then mount --bind "$2" "$1"; else mount -t tmpfs -o mode=0755 tmpfs "$1"; fi
  shift 2
done
shift
exec "$@"`;

/**
 * The words, to be run with these mounts, in their order. `processes`: as the only processes there are, which all end
 * with the first.
 */
export function withMounts(mounts: Mounts, words: readonly string[], { processes = false } = {}): string[] {
  const pairs = Object.entries(mounts).flatMap(([place, source]) => [place, source ?? ""]);
  const alone = processes ? ["--pid", "--fork", "--kill-child=SIGKILL", "--mount-proc"] : [];
  const space = ["unshare", "--mount", "--propagation", "private", ...alone];
  return [...space, "--", "sh", "-c", script, "sh", ...pairs, "--", ...words];
}

/** Root may, in most places; others may not. */
export function canMountPrivately(): boolean {
  const [program = "", ...words] = withMounts({ [temporaryFolder()]: null }, ["true"], { processes: true });
  return spawnSync(program, words).status === 0;
}
