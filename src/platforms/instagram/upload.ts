/** A video that is sent. https://developers.facebook.com/docs/instagram-platform/content-publishing/resumable-uploads */
import { Failure } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import type { Api } from "../platform.ts";
import { graphOf } from "./endpoints.ts";

/** Pauses in seconds, as long as nothing more of it arrives. */
const pauses = [1, 2, 4, 8];

/** From where Instagram has it; what breaks off is asked about, and goes on from there. */
export async function sendVideo(api: Api, container: string, source: MediaSource): Promise<true> {
  let start = await received(api, container);
  for (let tries = 0; start < source.size; ) {
    const before = start;
    const failure = await send(api, container, source, start);
    if (failure === null) return true;
    const pause = pauses[tries];
    if (pause === undefined) throw failure;
    await api.wait(pause);
    start = await received(api, container);
    tries = start > before ? 0 : tries + 1;
  }
  return true;
}

/** Bytes that have arrived. */
async function received(api: Api, container: string): Promise<number> {
  const query = { fields: "video_status" };
  const answer = await api.get(`${graphOf(api)}/${container}`, { query, repeatable: true });
  const { video_status: told } = (answer ?? {}) as {
    video_status?: { uploading_phase?: { bytes_transferred?: number; bytes_transfered?: number } };
  };
  const { bytes_transferred, bytes_transfered } = told?.uploading_phase ?? {};
  return Number(bytes_transferred ?? bytes_transfered ?? 0);
}

const passing: readonly Failure["code"][] = ["network", "platform_fault"];

/** @returns what may be gone with the next try; null: all of it is there */
async function send(api: Api, container: string, source: MediaSource, start: number): Promise<Failure | null> {
  try {
    await api.post(`https://rupload.facebook.com/ig-api-upload/${api.version}/${container}`, {
      file: { source, start, end: source.size },
      headers: { offset: String(start), file_size: String(source.size) },
      authorization: "OAuth",
      resumable: true,
    });
    return null;
  } catch (error) {
    if (error instanceof Failure && passing.includes(error.code)) return error;
    throw error;
  }
}
