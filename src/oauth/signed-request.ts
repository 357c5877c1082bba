import type { Http, HttpRequest, HttpResponse } from "../domain/ports/http.ts";
import type { Clock, Random } from "../domain/ports/machine.ts";
import { type Instant, minutes } from "../domain/time.ts";
import { type SigningKeys, signed } from "./oauth1-signature.ts";
import { measuredSkew } from "./transport.ts";

export interface Signer {
  readonly keys: SigningKeys;
  readonly http: Http;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SignedExchange {
  readonly response: HttpResponse;
  readonly sentAt: Instant;
}

/** Servers allow for about five minutes between their clock and ours. */
const tolerated = minutes(1);

/**
 * Sends a signed request. Where it is refused and the server's clock is another than ours, it is signed once more by the
 * server's: what was refused for its time was not done, and a wrong clock here must not look like a dead token.
 * @throws HttpFailure
 */
export async function sendSigned(
  signer: Signer,
  request: HttpRequest,
  parameters: Readonly<Record<string, string>> = {},
): Promise<SignedExchange> {
  const { clock } = signer;
  const first = await sendAt(signer, request, parameters, 0);
  const skew = first.response.status === 401 ? measuredSkew(first, clock.now()) : 0;
  return Math.abs(skew) <= tolerated ? first : sendAt(signer, request, parameters, skew);
}

async function sendAt(
  { keys, http, clock, random }: Signer,
  request: HttpRequest,
  parameters: Readonly<Record<string, string>>,
  skew: number,
): Promise<SignedExchange> {
  const sentAt = clock.now();
  const timestamp = Math.floor((sentAt + skew) / 1000);
  const nonce = [...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const response = await http.send(await signed(request, keys, { timestamp, nonce }, parameters));
  return { response, sentAt };
}
