import type { Services } from "./services.ts";

/** For work that nobody waits for: a page that is shown would be shown to nobody, or to somebody who did not ask for it. */
export function unattended(services: Services): Services {
  return { ...services, browser: { open: async () => false } };
}
