/** Which developer app speaks for us: the environment's, a stored one, or one registered on the spot. */
import { type App, type AppKind, appVariables } from "../domain/app.ts";
import { type Credential, signsRequests } from "../domain/credential.ts";
import { Failure } from "../domain/failure.ts";
import type { Vault } from "../domain/ports/vault.ts";
import type { AppMethod, ConnectMethod, Platform } from "../platforms/platform.ts";
import { appKindOf } from "./methods.ts";
import type { Services } from "./services.ts";

export interface DeveloperApp {
  /** Of a stored one. */
  readonly id?: string;
  readonly clientId: string;
  readonly clientSecret: string | null;
  readonly redirectUri: string | null;
  readonly scopes: readonly string[] | null;
  readonly serverMetadata: Readonly<Record<string, unknown>> | null;
  /** Made by agencyiq itself. */
  readonly registered?: boolean;
  readonly source: "environment" | "vault" | "option";
}

export interface AppWish {
  readonly platform: string;
  readonly kind: AppKind;
  readonly issuer: string | null;
  /** `--client-id`: an app without a secret, unless a stored one has this id. */
  readonly clientId?: string | undefined;
}

/** The app to connect with, or null when there is none yet. */
export async function findDeveloperApp(
  services: Services,
  vault: Vault | null,
  wish: AppWish,
): Promise<DeveloperApp | null> {
  const fromEnvironment = services.appFromEnvironment(wish.platform, wish.kind);
  if (fromEnvironment && (wish.clientId === undefined || wish.clientId === fromEnvironment.clientId)) {
    services.keepSecret(fromEnvironment.clientSecret);
    return { ...fromEnvironment, redirectUri: null, scopes: null, serverMetadata: null, source: "environment" };
  }
  const stored = ((await vault?.apps()) ?? []).find(
    (app) =>
      app.platform === wish.platform &&
      app.kind === wish.kind &&
      (wish.issuer === null || app.issuer === wish.issuer) &&
      (wish.clientId === undefined || app.clientId === wish.clientId),
  );
  if (vault && stored) return fromStored(services, vault, stored);
  if (wish.clientId === undefined) return null;
  return {
    clientId: wish.clientId,
    clientSecret: null,
    redirectUri: null,
    scopes: null,
    serverMetadata: null,
    source: "option",
  };
}

async function fromStored(services: Services, vault: Vault, app: App): Promise<DeveloperApp> {
  const clientSecret = app.hasSecret ? await vault.appSecret(app, "client_secret") : null;
  services.keepSecret(clientSecret);
  const { id, clientId, redirectUri, scopes, serverMetadata, registered } = app;
  return { id, clientId, clientSecret, redirectUri, scopes, serverMetadata, registered, source: "vault" };
}

/**
 * The secret that goes with a credential's client id: tokens are bound to the client they were given to.
 * null for a public client.
 */
export async function clientSecretOf(
  services: Services,
  vault: Vault,
  platform: string,
  credential: Credential,
): Promise<string | null> {
  const { issuer, clientId } = credential;
  for (const kind of await kindsFor(services, platform, credential)) {
    const app = await findDeveloperApp(services, vault, { platform, kind, issuer, clientId });
    if (app && app.source !== "option") return app.clientSecret;
  }
  return null;
}

/** The usual one first; a token that was got with another one's is bound to that one's app. */
async function kindsFor(services: Services, platform: string, credential: Credential): Promise<readonly AppKind[]> {
  if (signsRequests(credential)) return ["oauth1"];
  const methods = (await services.loadPlatform(platform))?.methods ?? [];
  return [...new Set(["oauth2", ...methods.filter((method) => method.kind === "oauth2").map(appKindOf)])];
}

/** A key is all that it takes. */
export function noAppTaken({ id, name }: Platform, method?: ConnectMethod): Failure {
  const who = method ? `the credential ${method.id} of ${name}` : name;
  const way = method ? ` --credential ${method.id}` : "";
  return new Failure("platform_cannot", `${who} takes no developer app`, { hint: `agencyiq connect ${id}${way}` });
}

export function appMissing(platform: string, method?: AppMethod): Failure {
  const kind = method ? appKindOf(method) : "oauth2";
  const [id, secret] = appVariables(platform, kind);
  if (!method || kind === "oauth2") {
    return new Failure("app_missing", `no developer app for ${platform} is known`, {
      hint: `agencyiq setup ${platform} walks you through it; or set ${id}`,
    });
  }
  const hint = `agencyiq apps set ${platform} --credential ${method.id}; or set ${id} and ${secret}`;
  if (method.kind === "oauth2") {
    const message = `no developer app for ${platform} by ${method.id} is known; it takes one of its own`;
    return new Failure("app_missing", message, { hint });
  }
  const { keyNames } = method;
  return new Failure("app_missing", `${keyNames.key} and ${keyNames.secret} of the ${platform} app are not known`, {
    hint,
  });
}
