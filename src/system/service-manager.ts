/** systemd's readiness and watchdog (sd_notify(3)), through its own program: Node has no datagram sockets of the unix kind. */
import { execFile } from "node:child_process";
import type { ServiceManager } from "../domain/ports/monitoring.ts";
import { withoutSecrets } from "./child-environment.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What `notify` sends is a list of assignments, as in sd_notify(3). */
export function serviceManager(environment: Environment, processId: number): ServiceManager {
  const wanted = Boolean(environment["NOTIFY_SOCKET"]);
  const notify = (...assignments: string[]) => {
    if (!wanted) return;
    // The unit says NotifyAccess=all: the message comes from a child. One that gets lost is no reason to stop.
    execFile("systemd-notify", assignments, { env: withoutSecrets(environment), timeout: 5000 }, () => undefined);
  };
  const microseconds = Number(environment["WATCHDOG_USEC"]);
  const watched =
    wanted && microseconds > 0 && [undefined, "", String(processId)].includes(environment["WATCHDOG_PID"]);
  return {
    ready: () => notify("--ready", "STATUS=tokens are watched"),
    alive: () => (watched ? notify("WATCHDOG=1") : undefined),
    watchdogInterval: watched ? microseconds / 1000 : null,
    stopping: () => notify("STOPPING=1"),
    status: (text) => notify(`STATUS=${text}`),
  };
}
