/** The device flow, which wants its scopes by a name of Twitch's. https://dev.twitch.tv/docs/authentication/getting-tokens-oauth#device-code-grant-flow */
import type { Context } from "hono";
import { type Instant, minutes, seconds } from "../../domain/time.ts";
import { scopesOf } from "../oauth/authorization-request.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import type { SandboxClient } from "../options.ts";
import { consentPage } from "../pages/consent-page.ts";
import { problemPage } from "../pages/problem-page.ts";
import { personOf, type World } from "../world.ts";
import { oauthTold } from "./errors.ts";

interface Device {
  readonly code: string;
  readonly userCode: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly expiresAt: Instant;
  /** A person's handle; false: denied; null: not yet. */
  decided: string | false | null;
  asked: Instant;
}

const lifetime = minutes(30);
const interval = 5;
const letters = "BCDFGHJKLMNPQRSTVWXZ";

const devicesOf = (world: World) => world.shelves.of<Device>("twitch devices");

export function beginDevice(world: World, rules: OAuthRules, form: URLSearchParams): Response {
  const client = world.clients.find("twitch", form.get("client_id") ?? "");
  if (!client) return oauthTold(400, "invalid client");
  if (!form.has("scopes")) return oauthTold(400, "missing scopes");
  const scopes = scopesOf(rules, form.get("scopes"));
  if (scopes.some((scope) => !Object.hasOwn(rules.scopes, scope))) return oauthTold(400, "invalid scope requested");
  const code = Buffer.from(world.random.bytes(30)).toString("base64url");
  const userCode = [...world.random.bytes(8)].map((byte) => letters[byte % letters.length]).join("");
  const now = world.clock.now();
  const device = {
    code,
    userCode,
    clientId: client.clientId,
    scopes,
    expiresAt: now + lifetime,
    decided: null,
    asked: 0,
  };
  devicesOf(world).set(code, device);
  return Response.json({
    device_code: code,
    expires_in: lifetime / 1000,
    interval,
    user_code: userCode,
    verification_uri: `https://www.twitch.tv/activate?device-code=${userCode}`,
  });
}

/** The answer to one poll. */
export function deviceTokens(world: World, rules: OAuthRules, client: SandboxClient, form: URLSearchParams): Response {
  if (!form.get("scopes")) return oauthTold(400, "missing scopes");
  const devices = devicesOf(world);
  const device = devices.get(form.get("device_code") ?? "");
  const now = world.clock.now();
  if (device?.clientId !== client.clientId || device.expiresAt <= now) return oauthTold(400, "invalid device code");
  if (device.decided === false) return oauthTold(400, "access_denied");
  const tooSoon = now < device.asked + seconds(interval - 1);
  device.asked = now;
  if (device.decided === null) return oauthTold(400, tooSoon ? "slow_down" : "authorization_pending");
  devices.delete(device.code);
  const { clientId, scopes } = device;
  const asked = { platform: "twitch", clientId, redirectUri: "", scopes, state: "", challenge: null, parameters: {} };
  const code = world.grants.code(world.grants.issueCode(asked, device.decided, 60));
  if (!code) return oauthTold(400, "invalid device code");
  const refreshTokenLifetime = rules.refreshLifetimeOf?.(client) ?? rules.refreshTokenLifetime;
  const grant = world.grants.redeem(code);
  const { access, refresh } = world.grants.issue(grant, scopes, { ...rules, refreshTokenLifetime }, true);
  return Response.json({
    access_token: access.value,
    expires_in: rules.accessTokenLifetime,
    refresh_token: refresh?.value,
    scope: scopes,
    token_type: "bearer",
  });
}

/** Where a person says that it is their device. */
export function showActivation(world: World, rules: OAuthRules) {
  return (context: Context): Response | Promise<Response> => {
    const device = byUserCode(world, context.req.query("device-code"));
    if (!device)
      return context.html(problemPage({ title: "Invalid code", text: "The code is wrong, or too old." }), 404);
    return context.html(
      consentPage({
        platformName: rules.name,
        app: device.clientId,
        abilities: device.scopes.map((code) => ({ text: rules.scopes[code] ?? code, code })),
        people: world.people,
        requestId: device.userCode,
        afterwards: "Then you go back to your device",
      }),
    );
  };
}

export function decideActivation(world: World) {
  return async (context: Context): Promise<Response> => {
    const form = new URLSearchParams(await context.req.text());
    const device = byUserCode(world, form.get("request"));
    const person = personOf(world, form.get("person") ?? "");
    const denied = form.get("decision") === "deny";
    if (!device || device.decided !== null || (!person && !denied)) {
      return context.html(problemPage({ title: "Invalid code", text: "The code is wrong, or was used." }), 400);
    }
    device.decided = denied || !person ? false : person.handle;
    return context.html(problemPage({ title: "Done", text: "Your device is connected." }));
  };
}

function byUserCode(world: World, userCode: string | null | undefined): Device | null {
  const now = world.clock.now();
  const all = [...devicesOf(world).values()];
  return all.find((device) => device.userCode === userCode && device.expiresAt > now) ?? null;
}
