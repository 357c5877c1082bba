/** How far files are on their way, told often enough for a person and no oftener. */
import type { Observation, Services } from "./services.ts";

export type UploadProgress = Omit<Extract<Observation, { kind: "upload" }>, "kind">;

export type HearUploads = (progress: UploadProgress) => void;

/** Milliseconds between two words on the same file; its end is always told. */
const interval = 250;

/** Services whose uploads are told of, beside whoever observes them already. */
export function heard(services: Services, hear: HearUploads): Services {
  const last = new Map<string, number>();
  const observe = (event: Observation): void => {
    services.observe?.(event);
    if (event.kind !== "upload") return;
    const { kind: _, ...progress } = event;
    const key = `${progress.account}\n${progress.file}`;
    const now = services.clock.now();
    if (progress.done < progress.total && now - (last.get(key) ?? 0) < interval) return;
    last.set(key, now);
    hear(progress);
  };
  return { ...services, observe };
}
