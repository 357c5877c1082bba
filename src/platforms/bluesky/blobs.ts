/** Files at the account's server, before a record points to them. https://atproto.com/specs/blob */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import { minutes } from "../../domain/time.ts";
import type { Api, Step } from "../platform.ts";
import { xrpc } from "./session.ts";

/** As the server named it: goes into the record unchanged. */
export type Blob = Readonly<Record<string, unknown>>;

/** What no record points to may be thrown away after an hour: sent again well before. */
const blobsKeep = minutes(45);

/** A step whose result is used for as long as the server keeps what was sent. */
export type KeptStep = Step;

export function keptFor(api: Api, step: Step): KeptStep {
  const period = Math.floor(api.now() / blobsKeep);
  return (name, work) => step(`${name} (${period})`, work);
}

export async function uploadBlob(api: Api, source: MediaSource): Promise<Blob> {
  const file = { source, start: 0, end: source.size };
  const answer = await api.post(xrpc(api, "com.atproto.repo.uploadBlob"), { file, repeatable: true });
  const { blob } = (answer ?? {}) as { blob?: Blob };
  if (typeof blob === "object" && blob !== null) return blob;
  throw new Failure("platform_fault", "Bluesky took a file but did not name it", { hint: "run it again" });
}
