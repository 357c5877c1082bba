import type { ScheduledJob } from "../../src/domain/ports/scheduler.ts";

/** Everything that a shell, cron, systemd or XML could take for something else. */
export const awkward = `/home/o'neil "b" & <c> 50% $HOME \`d\` \\e ü; #f/agencyiq`;

export function scheduledJob(change: Partial<ScheduledJob> = {}): ScheduledJob {
  return {
    home: "/home/ada/.local/share/agencyiq",
    vaultId: "0b8a4a0e-6c3e-4b7e-9a53-9d1f0c6a2e71",
    words: ["/usr/bin/node", "/opt/agencyiq/bin/agencyiq.js", "daemon", "--once", "--quiet"],
    environment: { AGENCYIQ_HOME: "/home/ada/.local/share/agencyiq", AGENCYIQ_KEY_SOURCE: "file" },
    every: 15,
    credential: null,
    ...change,
  };
}
