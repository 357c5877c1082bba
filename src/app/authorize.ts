/** The ways a person consents in a browser, whatever the protocol: on this machine, or by bringing something back. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { Callback, CallbackPage, CallbackServer, ServerCertificate } from "../domain/ports/machine.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import type { Identity, KeyMethod, KeyQuestion, RedirectRules } from "../platforms/platform.ts";
import { callbackCertificate } from "./callback-certificate.ts";
import type { Offer } from "./identities.ts";
import type { Connecting } from "./new-connection.ts";
import { atPort, isSecure, outOfBand, type Redirect } from "./redirect.ts";

export interface ConnectEvents {
  /** The callback server listens (or the pasted URL is awaited) and the authorize page can be opened. */
  authorize(event: { url: string; redirectUri: string; opened: boolean; manual: boolean }): void;
  /** A server with agencyiq's own certificate listens: a browser that does not trust it warns of it. */
  certificate(event: { redirectUri: string; certificate: ServerCertificate }): void;
  /** Nothing else than https is accepted at the redirect URI, and nothing was said of how. */
  chooseRedirect(event: { platform: string; redirectUri: string }): Promise<"https" | "manual">;
  device(event: {
    verificationUri: string;
    verificationUriComplete: string | null;
    userCode: string;
    expiresAt: string;
  }): Promise<void>;
  /** An app was made at a server, or the one that was made before is gone there. */
  app(event: { is: "registered" | "forgotten"; instance: string; clientId: string }): void;
  /** An identity that cannot be posted as, and why. */
  unusable(identity: Identity): void;
  /** What is to be said of a key that was pasted, though it is taken. */
  doubt?(text: string): void;
  /** Asks which of several are to be connected; null: nobody can be asked. */
  choose: ((offers: readonly Offer[], most: "one" | "several") => Promise<readonly Identity[]>) | null;
  /** Asks for what is no secret. `flag`: what answers it without a terminal; absent: `--set NAME=VALUE`. */
  answer(question: KeyQuestion, flag?: string): Promise<string>;
  /** Asks for a key, which is not shown. */
  key(what: Pick<KeyMethod, "example" | "warning"> & { readonly name: string }): Promise<string>;
  /** Asks the person for the address the browser ended on, or for the PIN or code that the platform shows. */
  paste(what: "address" | "pin" | "code", signal: AbortSignal): Promise<string>;
}

/** Called before something is asked at the terminal: who looks at the browser must know. */
export type Asking = () => Promise<void>;

/** One attempt at a person's consent. */
export interface Attempt {
  /** Where the person's browser goes. */
  readonly url: string;
  readonly redirectUri: string;
  /** Whether an answer belongs to this attempt (constant time). */
  readonly accepts: (callback: URL) => boolean;
  /** What the address of an answer holds, for people. */
  readonly answerHolds: string;
  /** The answer that a code stands for, which the platform shows in place of sending the browser back. */
  readonly answerOf?: (code: string) => URL;
  /** Judges the answer, exchanges it and keeps what came of it. It is used up by this, whatever comes of it. */
  readonly finish: (callback: URL, asking: Asking) => Promise<ConnectedAccount[]>;
}

export interface Consent extends Connecting {
  readonly rules: RedirectRules;
  readonly redirect: Redirect;
  readonly begin: (redirectUri: string) => Promise<Attempt>;
}

export function authorize(consent: Consent): Promise<ConnectedAccount[]> {
  const { request, redirect } = consent;
  return request.mode === "manual" || redirect.listen === null ? byPaste(consent) : onLoopback(consent);
}

/** RFC 8252 section 7.3: the port is opened just before the browser and closed right after the answer. */
async function onLoopback(consent: Consent): Promise<ConnectedAccount[]> {
  const { services, request, redirect, events } = consent;
  const begun: { attempt: Attempt | null } = { attempt: null };
  const certificate = isSecure(redirect) ? await callbackCertificate(services, await services.vault()) : null;
  const server = await listen(consent, certificate, (url) => begun.attempt?.accepts(url) ?? false);
  try {
    const attempt = await consent.begin(atPort(redirect, server.port));
    begun.attempt = attempt;
    const signal = withTimeout(consent);
    const url = await services.http.browserUrl(attempt.url);
    if (certificate) events.certificate({ redirectUri: attempt.redirectUri, certificate });
    const opened = request.mode === "browser" && (await services.browser.open(url));
    events.authorize({ url, redirectUri: attempt.redirectUri, opened, manual: false });
    return await answerInBrowser(consent, attempt, await nextCallback(server, signal));
  } finally {
    await server.close();
  }
}

/** For SSH, and for platforms that accept only https redirects: the page fails to load, its address is what counts. */
async function byPaste(consent: Consent): Promise<ConnectedAccount[]> {
  const attempt = await consent.begin(consent.redirect.uri);
  const { answerOf } = attempt;
  if (answerOf && consent.redirect.uri === outOfBand) {
    return attempt.finish(answerOf(await broughtBack(consent, attempt, "code")), async () => {});
  }
  const pasted = await broughtBack(consent, attempt, "address");
  return attempt.finish(pastedUrl(pasted, attempt), async () => {});
}

/** Shows where to approve, and waits for what the person brings back. */
export async function broughtBack(
  { services, request, events }: Pick<Connecting, "services" | "request" | "events">,
  attempt: Pick<Attempt, "url" | "redirectUri">,
  what: "address" | "pin" | "code",
): Promise<string> {
  const url = await services.http.browserUrl(attempt.url);
  events.authorize({ url, redirectUri: attempt.redirectUri, opened: false, manual: true });
  return (await events.paste(what, withTimeout({ services, request }))).trim();
}

async function listen(
  consent: Consent,
  certificate: ServerCertificate | null,
  accepts: (url: URL) => boolean,
): Promise<CallbackServer> {
  const { redirect, services, rules } = consent;
  if (!redirect.listen) throw new Failure("usage", `${redirect.uri} is not on this machine`, { hint: "use --manual" });
  const options = { ...redirect.listen, accepts, ...(certificate ? { certificate } : {}) };
  try {
    return await services.startCallbackServer(options);
  } catch (error) {
    const failure = toFailure(error);
    if (failure.code !== "port_taken") throw failure;
    if (redirect.portIsFree) return services.startCallbackServer({ ...options, port: 0 });
    throw portTaken(consent, rules.loopbackPort === "fixed");
  }
}

function portTaken({ redirect }: Consent, fixed: boolean): Failure {
  const port = redirect.listen?.port ?? 0;
  const register = fixed
    ? `register ${redirect.uri.replace(`:${port}`, ":PORT")} in the developer app and use --port PORT`
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
  { platform }: Consent,
  attempt: Attempt,
  callback: Callback,
): Promise<ConnectedAccount[]> {
  let shown = false;
  const show = async (page: CallbackPage) => {
    if (!shown) await callback.finish(page);
    shown = true;
  };
  try {
    const accounts = await attempt.finish(callback.url, () => show(pages.asking(platform.name)));
    await show(pages.connected(platform.name, accounts.map(({ handle }) => handle).join(", ")));
    return accounts;
  } catch (error) {
    const failure = toFailure(error);
    await show(pages.failed(platform.name, failure));
    throw failure;
  }
}

const pages = {
  connected: (platform: string, handle: string): CallbackPage => ({
    ok: true,
    title: `${platform} is connected`,
    text: `agencyiq can now act for ${handle}. You can close this page and go back to the terminal.`,
  }),
  asking: (platform: string): CallbackPage => ({
    ok: true,
    title: `${platform} let you in`,
    text: "The terminal asks who is to be posted as. You can close this page.",
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
export function withTimeout({ services, request }: Pick<Connecting, "services" | "request">): AbortSignal {
  const late = new AbortController();
  const seconds = Math.round(request.timeout / 1000);
  services.clock.sleep(request.timeout, request.signal).then(
    () =>
      late.abort(
        new Failure("authorization_timeout", `nobody consented within ${seconds} s`, {
          // A platform tells a wrong client id or redirect URI to the browser alone.
          hint: "did its page show an error? Compare the client id and redirect URI: agencyiq apps show PLATFORM; else connect again, with --timeout SECONDS for more time",
        }),
      ),
    // The wait ended with the command: nothing left to time out.
    () => undefined,
  );
  return AbortSignal.any([request.signal, late.signal]);
}

/** The whole address, or only its query; a bare code is refused, since it would skip the state check. */
function pastedUrl(pasted: string, { redirectUri, answerHolds }: Attempt): URL {
  const text = withoutTrail(pasted);
  const isQuery = text.startsWith("?") || /^(code|state|error|iss|oauth_token|oauth_verifier|denied)=/.test(text);
  const whole = isQuery ? `${redirectUri}?${text.replace(/^\?/, "")}` : text;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  if (!url) {
    throw new Failure("usage", "that is not the address of the page the browser ended on", {
      hint: `it begins with ${redirectUri}? and holds ${answerHolds}`,
    });
  }
  const expected = new URL(redirectUri);
  if (url.origin !== expected.origin || url.pathname !== expected.pathname) {
    throw new Failure("usage", `that address is not at ${redirectUri}`, {
      hint: "copy it from the page the browser ended on after you approved",
    });
  }
  return url;
}

/** Some browsers copy an address percent-encoded as a whole; and Meta's sites append `#_` or `#_=_`, which is no part of it. */
function withoutTrail(pasted: string): string {
  const encoded = /^https?%3A/i.test(pasted);
  const text = encoded ? decodedOnce(pasted) : pasted;
  return text.replace(/(#|%23)_((=|%3D)_)?$/i, "");
}

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
