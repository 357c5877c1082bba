/** The app that speaks for us at a server: one that is known, or one that is made there on the spot. */
import { Failure } from "../domain/failure.ts";
import type { AppInput, Vault } from "../domain/ports/vault.ts";
import { registerClient } from "../oauth/registration.ts";
import type { FoundServer, OAuth2Method, ServerRules } from "../platforms/platform.ts";
import { appMissing, type DeveloperApp, findDeveloperApp } from "./developer-app.ts";
import type { Server } from "./found-server.ts";
import { appKindOf } from "./methods.ts";
import type { Connecting } from "./new-connection.ts";
import { outOfBand, redirectFor } from "./redirect.ts";
import { apiWithoutToken } from "./server.ts";

/** The app there is; null where one is to be registered. @throws Failure `app_missing` */
export async function knownApp(
  connecting: Connecting,
  vault: Vault | null,
  method: OAuth2Method,
  server: Server,
): Promise<DeveloperApp | null> {
  const { services, request } = connecting;
  const known = await findDeveloperApp(services, vault, {
    platform: request.platform,
    kind: appKindOf(method),
    issuer: server.issuer,
    clientId: request.clientId,
  });
  if (!known && (method.endpoints !== "discovery" || server.metadata === null))
    throw appMissing(request.platform, method);
  if (!known && method.server?.clientIdOf) return unregisteredApp(connecting, method, method.server.clientIdOf, server);
  return known && (await stillGood(connecting, vault, method, server, known)) ? known : null;
}

/** One that the server knows by its name alone: what it is stands in its client id. */
function unregisteredApp(
  connecting: Connecting,
  method: OAuth2Method,
  clientIdOf: NonNullable<ServerRules["clientIdOf"]>,
  server: Server,
): DeveloperApp {
  const { request, platform } = connecting;
  const { redirect: rules } = method;
  const wish = { platform: platform.id, rules, uri: request.redirectUri ?? null, port: request.port };
  const clientId = clientIdOf(redirectFor(wish).uri, wantedScopes(connecting, method, server));
  return { clientId, clientSecret: null, redirectUri: null, scopes: null, serverMetadata: null, source: "option" };
}

/** @throws Failure `app_missing` where the server takes no apps in by itself */
export async function registeredApp(
  connecting: Connecting,
  vault: Vault,
  method: OAuth2Method,
  server: Server,
): Promise<DeveloperApp> {
  const { services, request } = connecting;
  if (server.metadata === null) throw appMissing(request.platform);
  const made = method.server
    ? await madeThere(connecting, method, method.server, server)
    : await registered(connecting, method, server);
  services.keepSecret(made.clientSecret);
  services.keepSecret(made.registrationAccessToken);
  const app = await vault.saveApp({
    platform: request.platform,
    kind: appKindOf(method),
    issuer: server.issuer,
    registered: true,
    serverMetadata: null,
    ...made,
  });
  const { id, clientId, redirectUri, scopes } = app;
  const clientSecret = made.clientSecret ?? null;
  return { id, clientId, clientSecret, redirectUri, scopes, serverMetadata: null, registered: true, source: "vault" };
}

type Made = Pick<AppInput, "clientId" | "clientSecret" | "redirectUri" | "scopes" | "registrationAccessToken">;

/** Dynamic client registration (RFC 7591). */
async function registered({ services, request }: Connecting, method: OAuth2Method, server: Server): Promise<Made> {
  const metadata = server.metadata ?? {};
  const { uri } = redirectFor({
    platform: request.platform,
    rules: method.redirect,
    uri: request.redirectUri ?? null,
    port: request.port,
    https: request.https,
  });
  const wish = {
    redirectUri: uri,
    scopes: request.scopes ?? method.scopes,
    device: typeof metadata["device_authorization_endpoint"] === "string",
    dpop: request.dpop,
  };
  const registration = await registerClient(metadata, wish, services.http, services.clock);
  return { ...registration, redirectUri: null, scopes: null };
}

/** By the platform's own way of taking apps in. */
async function madeThere(
  connecting: Connecting,
  method: OAuth2Method,
  { register }: ServerRules,
  server: Server,
): Promise<Made> {
  const { services, platform, request, events } = connecting;
  const there = asFound(server);
  if (!register) {
    throw new Failure("app_missing", `no app at ${there.instance} is known`, {
      hint: `make one there, then: agencyiq apps set ${platform.id} --instance ${there.instance}`,
    });
  }
  const scopes = wantedScopes(connecting, method, server);
  const redirectUris = redirectUrisOf(connecting, method);
  const wanted = { name: "agencyiq", redirectUris, scopes };
  const app = await register(apiWithoutToken(services, platform), there, wanted);
  events.app({ is: "registered", instance: there.instance, clientId: app.clientId });
  return { ...app, redirectUri: request.redirectUri ?? null, scopes };
}

/** All that may be used, now and later: an app is made once at a server. */
function redirectUrisOf({ request, platform }: Connecting, { redirect: rules }: OAuth2Method): readonly string[] {
  if (request.redirectUri !== undefined) return [request.redirectUri];
  const onThisMachine = [false, true].map(
    (https) => redirectFor({ platform: platform.id, rules, uri: null, port: undefined, https }).uri,
  );
  return [...new Set(onThisMachine), ...(rules.outOfBand ? [outOfBand] : [])];
}

function wantedScopes({ request }: Connecting, method: OAuth2Method, server: Server): readonly string[] {
  return request.scopes ?? server.scopes ?? method.scopes;
}

/**
 * Whether an app that agencyiq made itself still does: servers forget apps, and one that was made for other scopes or another
 * redirect URI is no use. What a person made is taken as it is.
 */
async function stillGood(
  connecting: Connecting,
  vault: Vault | null,
  method: OAuth2Method,
  server: Server,
  app: DeveloperApp,
): Promise<boolean> {
  const { services, platform, request, events } = connecting;
  const { id, registered: ownApp, clientId, clientSecret } = app;
  if (!method.server?.register || !ownApp || id === undefined || request.clientId !== undefined) return true;
  const granted = app.scopes ?? [];
  if (!wantedScopes(connecting, method, server).every((scope) => granted.includes(scope))) return false;
  if ((request.redirectUri ?? null) !== app.redirectUri) return false;
  const { knows } = method.server;
  if (!knows) return true;
  const api = apiWithoutToken(services, platform);
  if (await knows(api, asFound(server), { clientId, clientSecret })) return true;
  // Its tokens ended with it.
  await vault?.removeApp(id);
  events.app({ is: "forgotten", instance: server.issuer ?? "", clientId });
  return false;
}

function asFound({ issuer, metadata }: Server): FoundServer {
  return { instance: issuer ?? "", metadata };
}
