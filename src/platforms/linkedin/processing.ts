import { Failure } from "../../domain/failure.ts";
import { minutes } from "../../domain/time.ts";
import type { Api } from "../platform.ts";
import { inPath, rest } from "./requests.ts";

const longest = minutes(15);

/** Each look counts against the day's requests: the pauses grow (seconds). */
const pauses = { first: 2, growth: 1.5, longest: 60 };

interface Asset {
  readonly status?: string;
  readonly processingFailureReason?: string;
}

/**
 * Waits until an image, document or video can be posted; null: it can. Otherwise LinkedIn's reason.
 * @throws Failure `platform_fault` where LinkedIn takes too long
 */
export async function processing(api: Api, urn: string): Promise<string | null> {
  const until = api.now() + longest;
  for (let pause = pauses.first; ; pause = Math.min(pause * pauses.growth, pauses.longest)) {
    const { status, processingFailureReason } = await assetOf(api, urn);
    if (status === "AVAILABLE") return null;
    if (status === "PROCESSING_FAILED") return processingFailureReason ?? "it does not say why";
    if (api.now() > until) {
      throw new Failure("platform_fault", "LinkedIn has not processed the file after 15 minutes", {
        hint: "run it again later; it is not uploaded again",
      });
    }
    await api.wait(Math.round(pause));
  }
}

/** `WAITING_UPLOAD`, `PROCESSING`, `AVAILABLE`, `PROCESSING_FAILED`. */
export async function stateOf(api: Api, urn: string): Promise<string | undefined> {
  return (await assetOf(api, urn)).status;
}

async function assetOf(api: Api, urn: string): Promise<Asset> {
  const kind = urn.split(":")[2];
  const { body } = await rest(api, "GET", `${kind}s/${inPath(urn)}`, { repeatable: true });
  return (body ?? {}) as Asset;
}
