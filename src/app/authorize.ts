/** The ways a person consents: in a browser on this machine, by pasting an address back, or on another device. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { Callback, CallbackPage, CallbackServer } from "../domain/ports/machine.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { toTimestamp } from "../domain/time.ts";
import type { TokenReply } from "../domain/token.ts";
import {
  type AuthorizationRequest,
  beginAuthorization,
  carriesState,
  finishAuthorization,
} from "../oauth/authorization-code.ts";
import type { Party } from "../oauth/party.ts";
import type { OAuth2Method, Platform } from "../platforms/platform.ts";
import type { ConnectRequest } from "./connect.ts";
import { atPort, type Redirect } from "./redirect.ts";
import type { Services } from "./services.ts";

export interface ConnectEvents {
  /** The callback server listens (or the pasted URL is awaited) and the authorize page can be opened. */
  authorize(event: { url: string; redirectUri: string; opened: boolean; manual: boolean }): void;
  device(event: {
    verificationUri: string;
    verificationUriComplete: string | null;
    userCode: string;
    expiresAt: string;
  }): Promise<void>;
  /** Asks the person for the URL the browser ended on. */
  paste(signal: AbortSignal): Promise<string>;
}

export interface Grant {
  readonly services: Services;
  readonly platform: Platform;
  readonly method: OAuth2Method;
  readonly party: Party;
  readonly redirect: Redirect;
  readonly scopes: readonly string[];
  readonly request: ConnectRequest;
  readonly events: ConnectEvents;
  readonly store: (reply: TokenReply) => Promise<ConnectedAccount>;
}

/** RFC 8252 section 7.3: the port is opened just before the browser and closed right after the answer. */
export async function authorizeOnLoopback(grant: Grant): Promise<ConnectedAccount> {
  const state = { value: "" };
  const server = await listen(grant, (url) => carriesState(url, state.value));
  try {
    const request = await begin(grant, atPort(grant.redirect, server.port));
    state.value = request.state;
    const signal = withTimeout(grant);
    const address = await grant.services.http.browserUrl(request.url);
    const opened = grant.request.mode === "browser" && (await grant.services.browser.open(address));
    grant.events.authorize({ url: address, redirectUri: request.redirectUri, opened, manual: false });
    const callback = await nextCallback(server, signal);
    return await answerInBrowser(grant, request, callback);
  } finally {
    await server.close();
  }
}

/** For SSH, and for platforms that accept only https redirects: the page fails to load, its address is what counts. */
export async function authorizeByPaste(grant: Grant): Promise<ConnectedAccount> {
  const request = await begin(grant, grant.redirect.uri);
  const url = await grant.services.http.browserUrl(request.url);
  grant.events.authorize({ url, redirectUri: request.redirectUri, opened: false, manual: true });
  const pasted = (await grant.events.paste(withTimeout(grant))).trim();
  return grant.store(await finish(grant, request, pastedUrl(pasted, request)));
}

export async function authorizeByDevice(grant: Grant): Promise<ConnectedAccount> {
  const { beginDeviceAuthorization, pollDeviceAuthorization } = await import("../oauth/device-authorization.ts");
  const device = await beginDeviceAuthorization(grant.party, grant.scopes);
  grant.services.keepSecret(device.deviceCode);
  const { verificationUri, verificationUriComplete, userCode, expiresAt } = device;
  await grant.events.device({ verificationUri, verificationUriComplete, userCode, expiresAt: toTimestamp(expiresAt) });
  return grant.store(await pollDeviceAuthorization(grant.party, device, withTimeout(grant)));
}

function begin(grant: Grant, redirectUri: string): Promise<AuthorizationRequest> {
  const { party, scopes, method, services } = grant;
  return beginAuthorization(
    party,
    { redirectUri, scopes, parameters: method.authorizeParameters ?? {} },
    services.random,
  );
}

async function listen(grant: Grant, accepts: (url: URL) => boolean): Promise<CallbackServer> {
  const { redirect, services, method } = grant;
  if (!redirect.listen) throw new Failure("usage", `${redirect.uri} is not on this machine`, { hint: "use --manual" });
  try {
    return await services.startCallbackServer({ ...redirect.listen, accepts });
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== "port_taken") throw failure;
    if (redirect.portIsFree) return services.startCallbackServer({ ...redirect.listen, port: 0, accepts });
    throw portTaken(grant, method.redirect.loopbackPort === "fixed");
  }
}

function portTaken(grant: Grant, fixed: boolean): Failure {
  const port = grant.redirect.listen?.port ?? 0;
  const register = fixed
    ? `register http://${grant.method.redirect.host}:PORT/callback/${grant.platform.id} in the developer app and use --port PORT`
    : "choose another with --port PORT (0: any free one)";
  return new Failure("port_taken", `port ${port} is in use by another program`, {
    hint: `end that program, or ${register}`,
  });
}

async function nextCallback(server: CallbackServer, signal: AbortSignal): Promise<Callback> {
  const callback = await server.next(signal);
  if (callback.accepted) return callback;
  await callback.finish(pages.foreign);
  throw new Failure("state_mismatch", "an answer came that does not belong to this attempt (its state differs)", {
    hint: "close old tabs of earlier attempts and connect again",
  });
}

/** The person looks at the browser: tell the outcome there, and only there first. */
async function answerInBrowser(
  grant: Grant,
  request: AuthorizationRequest,
  callback: Callback,
): Promise<ConnectedAccount> {
  try {
    const account = await grant.store(await finish(grant, request, callback.url));
    await callback.finish(pages.connected(grant.platform.name, account.handle));
    return account;
  } catch (error) {
    const failure = toFailure(error);
    await callback.finish(pages.failed(grant.platform.name, failure));
    throw failure;
  }
}

/** Servers echo what they refuse. */
function finish({ services, party }: Grant, request: AuthorizationRequest, callback: URL): Promise<TokenReply> {
  services.keepSecret(request.codeVerifier);
  services.keepSecret(callback.searchParams.get("code"));
  return finishAuthorization(party, request, callback);
}

const pages = {
  connected: (platform: string, handle: string): CallbackPage => ({
    ok: true,
    title: `${platform} is connected`,
    text: `agencyiq can now act for ${handle}. You can close this page and go back to the terminal.`,
  }),
  failed: (platform: string, failure: Failure): CallbackPage => ({
    ok: false,
    title: `${platform} was not connected`,
    text: `${failure.message}. The terminal says how to go on.`,
  }),
  foreign: {
    ok: false,
    title: "This page belongs to another attempt",
    text: "Its answer was not used. Close it and run agencyiq connect again.",
  },
} as const;

/** The caller's signal, plus the time a person has. */
function withTimeout(grant: Grant): AbortSignal {
  const { services, request } = grant;
  const late = new AbortController();
  const seconds = Math.round(request.timeout / 1000);
  services.clock.sleep(request.timeout, request.signal).then(
    () =>
      late.abort(
        new Failure("authorization_timeout", `nobody consented within ${seconds} s`, {
          hint: "connect again; --timeout SECONDS gives more time",
        }),
      ),
    // The wait ended with the command: nothing left to time out.
    () => undefined,
  );
  return AbortSignal.any([request.signal, late.signal]);
}

/** The whole address, or only its query; a bare code is refused, since it would skip the state check. */
function pastedUrl(text: string, request: AuthorizationRequest): URL {
  const query = text.startsWith("?") || /^(code|state|error|iss)=/.test(text) ? text.replace(/^\?/, "") : null;
  const url = query === null ? (URL.canParse(text) ? new URL(text) : null) : new URL(`${request.redirectUri}?${query}`);
  if (!url) {
    throw new Failure("usage", "that is not the address of the page the browser ended on", {
      hint: `it begins with ${request.redirectUri}? and holds code= and state=`,
    });
  }
  const expected = new URL(request.redirectUri);
  if (url.origin !== expected.origin || url.pathname !== expected.pathname) {
    throw new Failure("usage", `that address is not at ${request.redirectUri}`, {
      hint: "copy it from the page the browser ended on after you approved",
    });
  }
  return url;
}
