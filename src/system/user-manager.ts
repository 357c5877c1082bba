import { lstatSync } from "node:fs";
import { withoutSecrets } from "./child-environment.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** For systemctl and systemd-run: they find the user's manager by the run folder, which su, sudo and some ssh sessions do not set. */
export function withUserManager(environment: Environment): Record<string, string> {
  const kept = withoutSecrets(environment);
  if (kept["XDG_RUNTIME_DIR"]) return kept;
  const uid = process.getuid?.();
  const folder = `/run/user/${uid}`;
  const there = lstatSync(folder, { throwIfNoEntry: false })?.uid === uid;
  return there ? { ...kept, XDG_RUNTIME_DIR: folder } : kept;
}
