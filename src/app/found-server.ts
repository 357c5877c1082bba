/** The authorization server of a way in: the platform's own, one that a person named, or one that publishes where it is. */
import { Failure } from "../domain/failure.ts";
import type { Vault } from "../domain/ports/vault.ts";
import { discover } from "../oauth/discovery.ts";
import type { Facts, OAuth2Method } from "../platforms/platform.ts";
import type { Connecting } from "./new-connection.ts";
import { serverFor } from "./server.ts";

export interface Server {
  /** By what accounts, credentials and apps of one server are known; null: the platform exists once. */
  readonly issuer: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly clockSkew: number;
  /** Where the platform's own rules found it (`ServerRules`). */
  readonly loginHint?: string;
  readonly answers?: Facts;
  readonly scopes?: readonly string[];
}

/** @throws Failure `usage`, `network`, `protocol`, `question_without_terminal` */
export async function findServer(connecting: Connecting, vault: Vault | null, method: OAuth2Method): Promise<Server> {
  const { services, platform, request } = connecting;
  if (method.endpoints !== "discovery") {
    // An endpoint override that is refused says so here.
    await services.http.browserUrl(method.endpoints.authorize);
    return { issuer: null, metadata: null, clockSkew: 0 };
  }
  if (method.server) {
    const { instance, metadata, ...more } = await serverFor(connecting, method.server);
    if (metadata) return { ...more, issuer: instance, metadata, clockSkew: 0 };
    throw new Failure("protocol", `${instance} names no authorization server`, { hint: "check --instance" });
  }
  const apps = ((await vault?.apps()) ?? []).filter((app) => app.platform === platform.id);
  if (method.issuer !== undefined && (request.issuer ?? method.issuer) !== method.issuer) {
    throw new Failure("usage", `${platform.name} is at ${method.issuer}`, { hint: "leave --issuer out" });
  }
  const issuer = method.issuer ?? request.issuer ?? (apps.length === 1 ? apps[0]?.issuer : undefined);
  if (!issuer) {
    throw new Failure("usage", `${platform.name} needs to know which server`, { hint: "name it with --issuer URL" });
  }
  const stored = apps.find((app) => app.issuer === issuer && app.serverMetadata !== null);
  if (stored) return { issuer, metadata: stored.serverMetadata, clockSkew: 0 };
  if (!URL.canParse(issuer)) throw new Failure("usage", `"${issuer}" is not a URL`, { hint: "--issuer https://…" });
  const found = await discover(new URL(issuer), services.http, services.clock);
  // An address that may not be asked says so here, before a person consents.
  const { authorization_endpoint: authorize } = found.metadata;
  if (typeof authorize === "string") await services.http.browserUrl(authorize);
  return { issuer, ...found };
}
