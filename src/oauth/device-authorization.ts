/** The device flow, RFC 8628. */
import * as oauth from "oauth4webapi";
import { Failure } from "../domain/failure.ts";
import { HttpFailure } from "../domain/ports/http.ts";
import { type Instant, seconds } from "../domain/time.ts";
import type { TokenReply } from "../domain/token.ts";
import { requireEndpoint } from "./authorization-code.ts";
import { withNonceRetry } from "./dpop.ts";
import { authorizationFailure } from "./failures.ts";
import type { Party } from "./party.ts";
import { toTokenReply } from "./token-reply.ts";

export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | null;
  readonly expiresAt: Instant;
  /** Seconds between polls. */
  readonly interval: number;
}

export async function beginDeviceAuthorization(party: Party, scopes: readonly string[]): Promise<DeviceAuthorization> {
  requireEndpoint(party.server.device_authorization_endpoint, "device authorization");
  try {
    const response = await oauth.processDeviceAuthorizationResponse(
      party.server,
      party.client,
      await oauth.deviceAuthorizationRequest(
        party.server,
        party.client,
        party.authentication,
        scopeParameter(party, scopes),
        party.options,
      ),
    );
    return {
      deviceCode: response.device_code,
      userCode: response.user_code,
      verificationUri: response.verification_uri,
      verificationUriComplete: response.verification_uri_complete ?? null,
      expiresAt: party.transport.last().sentAt + seconds(response.expires_in),
      interval: response.interval ?? 5,
    };
  } catch (error) {
    throw authorizationFailure(error);
  }
}

/** Platforms that call it otherwise want it again with every poll. */
function scopeParameter({ method }: Party, scopes: readonly string[]): Record<string, string> {
  const { deviceScopeParameter = "scope", scopeSeparator = " " } = method;
  return scopes.length > 0 ? { [deviceScopeParameter]: scopes.join(scopeSeparator) } : {};
}

/**
 * Polls until the person has decided. `slow_down` lengthens this and all later waits by 5 s; a connection timeout
 * doubles them (section 3.5).
 * @throws Failure `consent_denied`, `authorization_timeout`
 */
export async function pollDeviceAuthorization(
  party: Party,
  device: DeviceAuthorization,
  scopes: readonly string[],
  signal: AbortSignal,
): Promise<TokenReply> {
  let interval = device.interval;
  while (true) {
    await party.clock.sleep(seconds(interval), signal);
    if (party.clock.now() >= device.expiresAt) {
      throw new Failure("authorization_timeout", "the code was not entered in time", { hint: "connect again" });
    }
    const answer = await poll(
      party,
      device.deviceCode,
      party.method.deviceScopeParameter ? scopeParameter(party, scopes) : {},
    );
    if (answer.kind === "tokens") return answer.reply;
    if (answer.kind === "slow_down") interval += 5;
    if (answer.kind === "no_answer") interval = Math.min(interval * 2, 60);
  }
}

type PollAnswer =
  | { readonly kind: "tokens"; readonly reply: TokenReply }
  | { readonly kind: "pending" | "slow_down" | "no_answer" };

async function poll(
  party: Party,
  deviceCode: string,
  additionalParameters: Record<string, string>,
): Promise<PollAnswer> {
  try {
    return await withNonceRetry(async () => {
      const { server, client, authentication } = party;
      const options = { ...party.options, additionalParameters };
      const response = await oauth.deviceCodeGrantRequest(server, client, authentication, deviceCode, options);
      return { kind: "tokens", reply: toTokenReply(await oauth.processDeviceCodeResponse(server, client, response)) };
    });
  } catch (error) {
    if (error instanceof HttpFailure) return { kind: "no_answer" };
    if (error instanceof oauth.ResponseBodyError) {
      if (error.error === "authorization_pending") return { kind: "pending" };
      if (error.error === "slow_down") return { kind: "slow_down" };
    }
    throw authorizationFailure(error);
  }
}
