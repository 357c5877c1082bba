/**
 * The device flow (RFC 8628): a code for the device, another one for the person, and the page where it is typed. The page with
 * `?user_code=` is a consent page like every other: see consent.ts for how to answer it without a browser.
 */
import type { Context } from "hono";
import { html } from "hono/html";
import { type Instant, seconds } from "../../domain/time.ts";
import type { SandboxClient } from "../options.ts";
import { consentPage } from "../pages/consent-page.ts";
import { layout } from "../pages/layout.ts";
import { problemPage } from "../pages/problem-page.ts";
import { personOf, type World } from "../world.ts";
import { scopesOf } from "./authorization-request.ts";
import type { TokenPair } from "./grants.ts";
import type { OAuthRules } from "./rules.ts";
import { OAuthRefusal, required, type TokenCall } from "./token-call.ts";

export const deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code";

export interface DeviceRules {
  /** Seconds. */
  readonly lifetime: number;
  /** Seconds between polls; who asks sooner is told to slow down. */
  readonly interval: number;
  readonly verificationUri: string;
  /** Whether the answer has `verification_uri_complete`, or the URI itself has the code. */
  readonly complete?: "apart" | "itself";
  /** What it calls the code there. Default: `user_code`. */
  readonly codeParameter?: string;
  /** Default: `scope`. */
  readonly scopeParameter?: string;
  /** How many letters a user code has, in two halves. */
  readonly letters: number;
}

interface DeviceRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly userCode: string;
  readonly expiresAt: Instant;
  polledAt: Instant;
  /** What the person said: a code for the token endpoint, or no. */
  decision: { readonly code: string } | "denied" | null;
}

const requestsOf = (world: World, { platform }: OAuthRules) =>
  world.shelves.of<DeviceRequest>(`device codes ${platform}`);

/** No vowels, so that no words come of it (RFC 8628 section 6.1). */
const letters = "BCDFGHJKLMNPQRSTVWXZ";

function userCodeOf({ random }: World, { letters: count }: DeviceRules): string {
  const word = [...random.bytes(count)].map((byte) => letters[byte % letters.length]).join("");
  return `${word.slice(0, count / 2)}-${word.slice(count / 2)}`;
}

/** The answer of the device authorization endpoint (section 3.2). @throws OAuthRefusal */
export function beginDevice(world: World, rules: OAuthRules, client: SandboxClient, form: URLSearchParams): unknown {
  const { device } = rules;
  if (!device) throw new OAuthRefusal("unsupported_grant_type");
  const scopes = scopesOf(rules, form.get(device.scopeParameter ?? "scope"));
  if (scopes.some((scope) => !Object.hasOwn(rules.scopes, scope)))
    throw new OAuthRefusal("scope_exceeds_grant", "scope");
  const deviceCode = Buffer.from(world.random.bytes(20)).toString("hex");
  const userCode = userCodeOf(world, device);
  const now = world.clock.now();
  requestsOf(world, rules).set(deviceCode, {
    clientId: client.clientId,
    scopes,
    userCode,
    expiresAt: now + seconds(device.lifetime),
    polledAt: now,
    decision: null,
  });
  const whole = `${device.verificationUri}?${device.codeParameter ?? "user_code"}=${userCode}`;
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: device.complete === "itself" ? whole : device.verificationUri,
    ...(device.complete === "apart" ? { verification_uri_complete: whole } : {}),
    expires_in: device.lifetime,
    interval: device.interval,
  };
}

/** @throws OAuthRefusal for as long as the person has not said yes (section 3.5) */
export function exchangeDeviceCode({ world, rules, client, form, withoutRefreshToken }: TokenCall): TokenPair {
  const request = requestsOf(world, rules).get(required(form, "device_code"));
  if (request?.clientId !== client.clientId || !rules.device) throw new OAuthRefusal("invalid_device_code");
  const now = world.clock.now();
  if (request.expiresAt <= now) throw new OAuthRefusal("expired_device_code");
  const tooSoon = now - request.polledAt < seconds(rules.device.interval) - 500;
  request.polledAt = now;
  if (request.decision === "denied") throw new OAuthRefusal("denied_device_code");
  if (request.decision === null) throw new OAuthRefusal(tooSoon ? "slow_down" : "authorization_pending");
  const code = world.grants.code(request.decision.code);
  if (!code || code.grant) throw new OAuthRefusal("invalid_device_code");
  const grant = world.grants.redeem(code);
  const refreshable = rules.refreshable?.(code.request, false) ?? true;
  const lifetimes = {
    accessTokenLifetime: rules.accessLifetimeOf?.(client) ?? rules.accessTokenLifetime,
    refreshTokenLifetime: rules.refreshLifetimeOf?.(client) ?? rules.refreshTokenLifetime,
  };
  return world.grants.issue(grant, grant.scopes, lifetimes, refreshable && !withoutRefreshToken);
}

export interface DevicePages {
  readonly show: (context: Context) => Response | Promise<Response>;
  readonly decide: (context: Context) => Promise<Response>;
}

/** Where the person types the code. */
export function devicePages(world: World, rules: OAuthRules): DevicePages {
  return {
    show: (context) => {
      const typed = context.req.query(rules.device?.codeParameter ?? "user_code");
      if (typed === undefined) return context.html(codePage(rules));
      const found = find(world, rules, typed);
      if (!found)
        return context.html(problemPage({ title: "Wrong code", text: `${typed} is no code, or too old.` }), 404);
      const { clientId, scopes, userCode } = found;
      const parameters = { user_code: userCode };
      const asked = {
        platform: rules.platform,
        clientId,
        redirectUri: "",
        scopes,
        state: "",
        challenge: null,
        parameters,
      };
      const page = consentPage({
        platformName: rules.name,
        app: clientId,
        abilities: scopes.map((code) => ({ text: rules.scopes[code] ?? code, code })),
        people: world.people,
        requestId: world.grants.pend(asked),
        afterwards: "Then go on at your device.",
      });
      return context.html(page);
    },
    decide: async (context) => {
      const form = new URLSearchParams(await context.req.text());
      const asked = world.grants.decide(form.get("request") ?? "");
      const found = asked?.platform === rules.platform && find(world, rules, asked.parameters["user_code"] ?? "");
      const person = personOf(world, form.get("person") ?? "");
      if (!asked || !found) {
        return context.html(problemPage({ title: "Too late", text: "This page has been answered already." }), 400);
      }
      const approved = form.get("decision") === "approve" && person !== null;
      found.decision = approved ? { code: world.grants.issueCode(asked, person.handle, 600) } : "denied";
      const text = approved ? "Your device is connected." : "Your device was not connected.";
      return context.html(problemPage({ title: "Go on at your device", text }));
    },
  };
}

function find(world: World, rules: OAuthRules, typed: string): DeviceRequest | undefined {
  const plain = (code: string) => code.replaceAll("-", "").toUpperCase();
  return [...requestsOf(world, rules).values()].find(
    ({ userCode, expiresAt, decision }) =>
      plain(userCode) === plain(typed) && decision === null && expiresAt > world.clock.now(),
  );
}

function codePage({ name, device }: OAuthRules) {
  const body = html`<h1>Connect a device to ${name}</h1>
<form method="get" action="?"><label>The code that it shows <input name="${device?.codeParameter ?? "user_code"}" autocomplete="off" autofocus></label>
<div class="actions"><button class="main">Continue</button></div></form>`;
  return layout({ title: `Connect a device to ${name} (sandbox)`, body, narrow: true });
}
