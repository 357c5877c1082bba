import * as oauth from "oauth4webapi";
import { Failure } from "../domain/failure.ts";
import { type Http, HttpFailure } from "../domain/ports/http.ts";
import type { Clock } from "../domain/ports/machine.ts";
import { networkFailure } from "./failures.ts";
import { isLoopbackUrl, measuredSkew, transportOver } from "./transport.ts";

export interface Discovered {
  /** Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0). */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Server clock minus ours, in milliseconds. */
  readonly clockSkew: number;
}

/**
 * Asks the issuer, first at OpenID Connect's place, then at RFC 8414's.
 * @throws Failure `protocol` where neither answers with metadata that names this issuer
 */
export async function discover(issuer: URL, http: Http, clock: Clock): Promise<Discovered> {
  const reasons: string[] = [];
  for (const algorithm of ["oidc", "oauth2"] as const) {
    const transport = transportOver(http, () => clock.now());
    try {
      const response = await oauth.discoveryRequest(issuer, {
        algorithm,
        [oauth.customFetch]: transport.fetch,
        [oauth.allowInsecureRequests]: isLoopbackUrl(issuer.href),
      });
      const metadata = await oauth.processDiscoveryResponse(issuer, response);
      return { metadata: { ...metadata }, clockSkew: measuredSkew(transport.last(), clock.now()) };
    } catch (error) {
      if (error instanceof HttpFailure) throw networkFailure(error);
      reasons.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Failure("protocol", `${issuer.href} does not publish its metadata (${reasons.join("; ")})`, {
    hint: "check --issuer, or give --authorize-url and --token-url to agencyiq apps set",
  });
}
