import type { App, AppKind } from "../domain/app.ts";
import type { AppInput } from "../domain/ports/vault.ts";
import { append } from "./ledger.ts";
import type { Database } from "./schema.ts";
import { getSecret, putSecret } from "./secrets.ts";
import type { Store } from "./store.ts";
import type { VaultContext } from "./vault-context.ts";

type AppRow = Database["apps"] & { has_secret: number };

export async function listApps(store: Store, id?: string): Promise<App[]> {
  let select = store
    .selectFrom("apps")
    .selectAll()
    .select((expression) => [
      expression
        .exists(
          expression
            .selectFrom("secrets")
            .select("secrets.owner")
            .where("secrets.owner", "=", "apps")
            .where("secrets.kind", "=", "client_secret")
            .whereRef("secrets.owner_id", "=", "apps.id"),
        )
        .as("has_secret"),
    ])
    .orderBy("platform")
    .orderBy("updated_at", "desc");
  if (id !== undefined) select = select.where("id", "=", id);
  return ((await select.execute()) as AppRow[]).map(toApp);
}

function toApp(row: AppRow): App {
  return {
    id: row.id,
    platform: row.platform,
    issuer: row.issuer,
    kind: row.kind as AppKind,
    clientId: row.client_id,
    hasSecret: Boolean(row.has_secret),
    redirectUri: row.redirect_uri,
    scopes: row.scopes === null ? null : row.scopes.split(" "),
    registered: row.registered === 1,
    serverMetadata: row.server_metadata === null ? null : (JSON.parse(row.server_metadata) as Record<string, unknown>),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** Inside a transaction. The same client id at the same place is the same app. */
export async function saveApp(context: VaultContext, store: Store, input: AppInput): Promise<App> {
  const present = await findSame(store, input);
  const id = present?.id ?? context.random.uuid();
  const now = context.clock.now();
  const generation = (present?.generation ?? 0) + 1;
  const kept = present ? await keptSecrets(context, present, input) : secretsGiven(input);
  const values = {
    id,
    platform: input.platform,
    issuer: input.issuer,
    kind: input.kind ?? "oauth2",
    client_id: input.clientId,
    redirect_uri: input.redirectUri,
    scopes: input.scopes === null ? null : input.scopes.join(" "),
    registered: input.registered ? 1 : 0,
    server_metadata: input.serverMetadata === null ? null : JSON.stringify(input.serverMetadata),
    generation,
    created_at: present?.created_at ?? now,
    updated_at: now,
  };
  await store
    .insertInto("apps")
    .values(values)
    .onConflict((conflict) => conflict.column("id").doUpdateSet(values))
    .execute();
  for (const [kind, text] of Object.entries(kept)) {
    putSecret(context, { owner: "apps", ownerId: id, kind, generation }, text);
  }
  await resumeCredentials(store, input.clientId);
  append(context, {
    action: "app.saved",
    subjectId: id,
    detail: {
      platform: input.platform,
      clientId: input.clientId,
      secret: kept.client_secret !== null,
      registered: input.registered,
    },
  });
  const [app] = await listApps(store, id);
  if (!app) throw new Error("the app that was just written is not there");
  return app;
}

async function findSame(store: Store, input: AppInput): Promise<Database["apps"] | undefined> {
  let select = store
    .selectFrom("apps")
    .selectAll()
    .where("platform", "=", input.platform)
    .where("client_id", "=", input.clientId);
  select = input.issuer === null ? select.where("issuer", "is", null) : select.where("issuer", "=", input.issuer);
  return select.executeTakeFirst();
}

function secretsGiven(input: AppInput) {
  return {
    client_secret: input.clientSecret ?? null,
    registration_access_token: input.registrationAccessToken ?? null,
  };
}

/** A secret that was not given again is sealed again for the new generation. */
async function keptSecrets(context: VaultContext, present: Database["apps"], input: AppInput) {
  const place = { owner: "apps", ownerId: present.id, generation: present.generation } as const;
  const old = (kind: string) => getSecret(context, { ...place, kind });
  return {
    client_secret: input.clientSecret === undefined ? await old("client_secret") : input.clientSecret,
    registration_access_token:
      input.registrationAccessToken === undefined
        ? await old("registration_access_token")
        : input.registrationAccessToken,
  };
}

/** Accounts that waited because their app was refused may try again with what was just stored. */
async function resumeCredentials(store: Store, clientId: string): Promise<void> {
  await store
    .updateTable("credentials")
    .set({
      status: "active",
      reason: null,
      failure_count: 0,
      failing_since: null,
      backoff_until: null,
      next_refresh_at: 0,
    })
    .where("client_id", "=", clientId)
    .where("status", "=", "paused")
    .execute();
}

export async function removeApp(context: VaultContext, store: Store, id: string): Promise<void> {
  const [app] = await listApps(store, id);
  await store.deleteFrom("secrets").where("owner", "=", "apps").where("owner_id", "=", id).execute();
  await store.deleteFrom("apps").where("id", "=", id).execute();
  append(context, {
    action: "app.removed",
    subjectId: id,
    detail: { platform: app?.platform ?? null, clientId: app?.clientId ?? null },
  });
}
