import { lstatSync } from "node:fs";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment with the session bus in it: cron gives no address, though the bus of a logged-in user is where it
 * always is. Tried with @napi-rs/keyring 2.1.2: it looks in `XDG_RUNTIME_DIR` by itself, but cron does not set that
 * either, and `/run/user` it does not know; it then tries to start a bus of its own, and fails.
 */
export function withSessionBus(environment: Environment, runFolder = "/run/user"): Environment {
  if (process.platform !== "linux" || environment["DBUS_SESSION_BUS_ADDRESS"]) return environment;
  const uid = process.getuid?.();
  const socket = `${environment["XDG_RUNTIME_DIR"] || `${runFolder}/${uid}`}/bus`;
  const stat = lstatSync(socket, { throwIfNoEntry: false });
  // Somebody else's socket could be there to be handed a key.
  if (!stat?.isSocket() || stat.uid !== uid) return environment;
  return { ...environment, DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}` };
}
