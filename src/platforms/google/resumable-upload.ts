/**
 * A file in chunks, through a session that outlives connections and processes. How much has arrived is what the server says,
 * never what was sent. https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol
 */
import { Failure, type FailureCode } from "../../domain/failure.ts";
import type { MediaSource } from "../../domain/ports/media.ts";
import type { Api, ApiAnswer, ApiRequest } from "../platform.ts";

/** A multiple of 256 KiB, as every chunk but the last one has to be; smaller ones cost more requests than they save. */
const chunkBytes = 8 * 1024 * 1024;

/** Seconds before going on after a break; as often as this without a byte arriving. */
const pauses = [1, 2, 4, 8, 16];

/** No server's word makes an upload wait longer in the middle (seconds). */
const longestPause = 60;

const passing: readonly FailureCode[] = ["network", "platform_fault", "rate_limited"];

type State =
  | { readonly kind: "going"; readonly stored: number }
  | { readonly kind: "done"; readonly resource: unknown }
  | { readonly kind: "gone" };

/**
 * Opens a session: the resource first, its file in the session. Its URL is a right in itself, and a secret.
 * @throws Failure `platform_fault` where no URL is given
 */
export async function openSession(
  api: Api,
  url: string,
  source: MediaSource,
  request: Pick<ApiRequest, "query" | "json">,
): Promise<string> {
  const headers = { "x-upload-content-type": source.type, "x-upload-content-length": String(source.size) };
  // Nothing is made by a session alone, so another one may be opened where the answer is lost.
  const { headers: told } = await api.call("POST", url, { ...request, headers, repeatable: true });
  const session = told["location"];
  if (session) return session;
  throw new Failure("platform_fault", "Google opened an upload, but did not say where", { hint: "run it again later" });
}

/**
 * Sends what is missing. `isNew`: nothing was sent yet.
 * @returns the resource that the file became, or null where the session is gone: another one is needed
 */
export async function sendThrough(
  api: Api,
  session: string,
  source: MediaSource,
  { isNew }: { readonly isNew: boolean },
): Promise<{ readonly resource: unknown } | null> {
  let state: State = isNew ? { kind: "going", stored: 0 } : await ask(api, session, source);
  let fruitless = 0;
  while (state.kind === "going") {
    const { stored } = state;
    state = await goOn(api, session, source, stored, fruitless);
    fruitless = state.kind === "going" && state.stored <= stored ? fruitless + 1 : 0;
  }
  return state.kind === "done" ? { resource: state.resource } : null;
}

/** One chunk; after a break, what the server has of it. @throws Failure where breaks do not end */
async function goOn(api: Api, session: string, source: MediaSource, stored: number, fruitless: number): Promise<State> {
  try {
    return await sendChunk(api, session, source, stored);
  } catch (error) {
    const pause = pauses[fruitless];
    if (!(error instanceof Failure && passing.includes(error.code)) || pause === undefined) throw error;
    await api.wait(Math.min(Math.max(pause, error.retryAfterSeconds ?? 0), longestPause));
    return ask(api, session, source);
  }
}

async function sendChunk(api: Api, session: string, source: MediaSource, start: number): Promise<State> {
  const end = Math.min(start + chunkBytes, source.size);
  const headers = { "content-range": `bytes ${start}-${end - 1}/${source.size}` };
  return stateOf(await put(api, session, { file: { source, start, end }, headers, resumable: true }), source);
}

async function ask(api: Api, session: string, source: MediaSource): Promise<State> {
  const headers = { "content-range": `bytes */${source.size}` };
  return stateOf(await put(api, session, { headers, repeatable: true }), source);
}

function put(api: Api, session: string, request: ApiRequest): Promise<ApiAnswer> {
  api.keepSecret(session);
  return api.call("PUT", session, { ...request, accepts: [308, 404, 410] });
}

function stateOf({ status, headers, body }: ApiAnswer, { size }: MediaSource): State {
  if (status === 404 || status === 410) return { kind: "gone" };
  if (status !== 308) return { kind: "done", resource: body };
  const range = headers["range"];
  // Without the header nothing has arrived.
  if (range === undefined) return { kind: "going", stored: 0 };
  const stored = Number(/^bytes=0-(\d+)$/.exec(range)?.[1] ?? Number.NaN) + 1;
  if (stored < size) return { kind: "going", stored };
  throw new Failure("platform_fault", `Google says that it has "${range}" of ${size} bytes`, {
    hint: "run it again later",
  });
}
