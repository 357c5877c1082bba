/** The definition of the network in pages-server.ts, written as a platform's page is, and services that connect to it. */
import { onTestFinished } from "vitest";
import type { ConnectEvents } from "../../src/app/authorize.ts";
import { type ConnectRequest, connectAccount } from "../../src/app/connect.ts";
import { prepareDerivation } from "../../src/app/derivation.ts";
import type { Services } from "../../src/app/services.ts";
import { days } from "../../src/domain/time.ts";
import {
  type Api,
  definePlatform,
  type Identity,
  type OAuth2Method,
  type Platform,
} from "../../src/platforms/platform.ts";
import { createHttp } from "../../src/system/http.ts";
import { systemRandom } from "../../src/system/random.ts";
import { newVault, raw } from "../vault/home.ts";
import { type PagesNetwork, startPagesNetwork } from "./pages-server.ts";

interface PageList {
  readonly data: readonly { id: string; name: string; access_token: string; tasks: readonly string[] }[];
  readonly next: string | null;
}

async function pagesOf(api: Api, url: string): Promise<PageList["data"]> {
  const pages: PageList["data"][number][] = [];
  let after: string | null = null;
  do {
    const query: Record<string, string> = after === null ? {} : { after };
    const list = (await api.get(`${url}/me/pages`, { query })) as PageList;
    pages.push(...list.data);
    after = list.next;
  } while (after !== null);
  return pages;
}

async function identify(api: Api, url: string): Promise<Identity[]> {
  const { id: login } = (await api.get(`${url}/me`)) as { id: string };
  return (await pagesOf(api, url)).map(({ id, name, access_token: accessToken, tasks }) => ({
    externalId: id,
    handle: name,
    name,
    url: `${url}/${id}`,
    kind: "Page",
    login,
    ...(tasks.includes("CREATE_CONTENT")
      ? { token: { accessToken, expiresIn: null, scopes: null } }
      : { unusable: "your role there may not create content; ask its owner for one that may" }),
  }));
}

/** `derived: undefined`: its identities share the login's token. */
export type MethodChanges = { readonly [Name in keyof OAuth2Method]?: OAuth2Method[Name] | undefined };

function pagesPlatform(url: string, changes: MethodChanges = {}): Platform {
  return definePlatform({
    id: "pages",
    name: "Pages",
    site: url,
    documentation: url,
    methods: [
      methodWith(changes, {
        kind: "oauth2",
        id: "oauth2",
        endpoints: { authorize: `${url}/authorize`, token: `${url}/token` },
        pkce: "none",
        clientAuthentication: "client_secret_post",
        scopes: ["pages_manage_posts"],
        redirect: { loopbackPort: "any", host: "127.0.0.1" },
        tokens: {
          defaultLifetime: null,
          reuse: { kind: "idempotent" },
          renewal: { endpoint: `${url}/extend`, grantType: "extend", tokenParameter: "present", with: "client" },
          onlyWhileValid: true,
          deadGrantErrors: ["190"],
        },
        derived: {
          kind: "derived",
          id: "page",
          tokens: { defaultLifetime: null, reuse: { kind: "idempotent" } },
          derive: async (api, externalId) => {
            const page = (await pagesOf(api, url)).find(({ id }) => id === externalId);
            return page?.tasks.includes("CREATE_CONTENT")
              ? { accessToken: page.access_token, expiresIn: null, scopes: null }
              : null;
          },
        },
        identify: (api) => identify(api, url),
      }),
    ],
    tokens: { defaultLifetime: null, renewal: "none", reuse: { kind: "idempotent" } },
    limits: { text: { max: 1000, unit: "characters", measure: (text) => text.length } } as Platform["limits"],
    failures: [
      { code: 190, is: "reauth" },
      { code: 200, is: "permission" },
    ],
    setup: [],
    identify: (api) => identify(api, url),
    check: async (api) => `it is ${((await api.get(`${url}/me`)) as { id: string }).id}`,
    revoke: async (api) => void (await api.delete(`${url}/me/permissions`)),
    removeAccessAt: `${url}/settings`,
  });
}

function methodWith(changes: MethodChanges, method: OAuth2Method): OAuth2Method {
  const changed = Object.entries({ ...method, ...changes }).filter(([, value]) => value !== undefined);
  return Object.fromEntries(changed) as unknown as OAuth2Method;
}

export interface Stage extends Awaited<ReturnType<typeof newVault>> {
  readonly network: PagesNetwork;
  readonly services: Services;
  readonly platform: Platform;
  /** As `agencyiq connect pages --manual`, with somebody who approves. */
  readonly connect: (
    request?: Partial<ConnectRequest>,
    events?: Partial<ConnectEvents>,
  ) => ReturnType<typeof connectAccount>;
  readonly account: (handle: string) => Promise<Awaited<ReturnType<typeof connectAccount>>[number]>;
  readonly told: () => { kind: string; subject: string; body: string; command: string | null }[];
  /** Every secret that was to be kept from sight. */
  readonly kept: Set<string>;
}

export async function pagesStage(changes: MethodChanges = {}): Promise<Stage> {
  const [network, home] = await Promise.all([startPagesNetwork(), newVault()]);
  network.now = () => home.clock.now();
  const platform = pagesPlatform(network.url, changes);
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const kept = new Set<string>();
  const services = {
    clock: home.clock,
    random: systemRandom,
    http,
    platformIds: ["pages"],
    loadPlatform: async (id: string) => (id === "pages" ? platform : null),
    vault: async () => home.vault,
    vaultOrNew: async () => home.vault,
    appFromEnvironment: () => ({ clientId: "client", clientSecret: "client-secret" }),
    uninterrupted: (work: () => Promise<unknown>) => work(),
    prepareDerivation,
    keepSecret: (secret: unknown) => void kept.add(String(secret)),
  } as unknown as Services;
  const connect: Stage["connect"] = (request = {}, events = {}) => {
    let url = "";
    return connectAccount(
      services,
      {
        platform: "pages",
        brand: "default",
        mode: "manual",
        timeout: days(1),
        dpop: false,
        signal: new AbortController().signal,
        ...request,
      },
      {
        authorize: (event) => {
          url = event.url;
        },
        device: async () => {},
        app: () => {},
        certificate: () => {},
        chooseRedirect: async () => "manual",
        unusable: () => {},
        choose: null,
        paste: async () => network.approve(url, "7"),
        answer: async () => "",
        key: async () => "",
        ...events,
      },
    );
  };
  const account = async (handle: string) => {
    const found = (await home.vault.accounts()).find((each) => each.handle === handle);
    if (!found) throw new Error(`no account ${handle}`);
    return found;
  };
  const told = () =>
    raw(home.path, (database) =>
      database.prepare("select kind, subject, body, command from notifications order by rowid").all(),
    ) as ReturnType<Stage["told"]>;
  return { ...home, network, services, platform, connect, account, told, kept };
}
