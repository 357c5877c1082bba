/** The definition of the network in keys-network.ts, written as a platform's page is, and services that connect to it. */
import { onTestFinished } from "vitest";
import type { ConnectEvents } from "../../src/app/authorize.ts";
import { type ConnectRequest, connectAccount } from "../../src/app/connect.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import { days } from "../../src/domain/time.ts";
import { type Api, definePlatform, type KeyMethod, type Platform } from "../../src/platforms/platform.ts";
import { createHttp } from "../../src/system/http.ts";
import { systemRandom } from "../../src/system/random.ts";
import { newVault, raw } from "../vault/home.ts";
import { type KeysNetwork, type Place, startKeysNetwork } from "./keys-network.ts";

async function baseOf(api: Api, url: string): Promise<string> {
  const place = (await api.method()).split(".")[0];
  return place === "path" ? `${url}/path/bot{token}` : `${url}/${place}`;
}

async function identify(api: Api, url: string) {
  const { id, name } = (await api.get(`${await baseOf(api, url)}/me`)) as { id: string; name: string };
  return [{ externalId: id, handle: `account-${id}`, name, url: null, facts: api.facts }];
}

const ways: Readonly<Record<Place, Partial<KeyMethod>>> = {
  header: { presentation: { in: "header", name: "api-key", prefix: "Key " } },
  basic: { presentation: { in: "basic" }, name: "application password" },
  path: {
    presentation: { in: "path" },
    name: "bot token",
    asks: [
      { name: "channel", say: "The channel to post to", example: "@acme" },
      { name: "thread", say: "The thread in it", optional: true },
    ],
  },
};

function keysPlatform(url: string, changes: Partial<Platform> = {}): Platform {
  const method = (id: Place): KeyMethod => ({
    kind: "key",
    id,
    name: "API key",
    read: (pasted) => {
      if (pasted.length >= 12) return pasted;
      throw new Failure("usage", "that is no key of Keys: it is too short", {
        hint: `copy it again at ${url}/settings`,
      });
    },
    ...ways[id],
  });
  return definePlatform({
    id: "keys",
    name: "Keys",
    site: url,
    documentation: url,
    methods: [method("header"), method("basic"), method("path")],
    tokens: { defaultLifetime: 3600, reuse: { kind: "unknown" } },
    limits: { text: { max: 1000, unit: "characters", measure: (text) => text.length } } as Platform["limits"],
    failures: [
      { status: 401, is: "reauth" },
      { status: 404, code: "unknown_key", is: "reauth" },
    ],
    setup: [],
    identify: (api) => identify(api, url),
    check: async (api) => `it is ${(await identify(api, url))[0]?.externalId}`,
    publish: {
      commit: async (api, { text }) => {
        const { id } = (await api.post(`${await baseOf(api, url)}/posts`, { json: { text } })) as { id: string };
        return { remoteId: id, url: `${url}/${id}` };
      },
    },
    removeAccessAt: `${url}/settings`,
    ...changes,
  });
}

export interface KeysStage extends Awaited<ReturnType<typeof newVault>> {
  readonly network: KeysNetwork;
  readonly services: Services;
  readonly platform: Platform;
  /** As `agencyiq connect keys --token-stdin`. */
  readonly connect: (
    key: string,
    request?: Partial<ConnectRequest>,
    events?: Partial<ConnectEvents>,
  ) => ReturnType<typeof connectAccount>;
  readonly account: () => Promise<Awaited<ReturnType<typeof connectAccount>>[number]>;
  readonly told: () => { kind: string; body: string; command: string | null }[];
  /** Every secret that was to be kept from sight. */
  readonly kept: Set<string>;
}

/** `around`: the services as they are to be, where they are to be others. */
export async function keysStage(
  changes: Partial<Platform> = {},
  around: (services: Services) => Services = (services) => services,
): Promise<KeysStage> {
  const [network, home] = await Promise.all([startKeysNetwork(), newVault()]);
  onTestFinished(() => network.close());
  const platform = keysPlatform(network.url, changes);
  const http = createHttp({ version: "test", environment: {} });
  onTestFinished(() => http.close());
  const kept = new Set<string>();
  // Nothing waits here but what asks again after an answer that did not come.
  const clock = { ...home.clock, now: () => home.clock.now(), sleep: async () => {} };
  const services = around({
    clock,
    random: systemRandom,
    http,
    platformIds: ["keys"],
    loadPlatform: async (id: string) => (id === "keys" ? platform : null),
    vault: async () => home.vault,
    vaultOrNew: async () => home.vault,
    appFromEnvironment: () => null,
    uninterrupted: (work: () => Promise<unknown>) => work(),
    keepSecret: (secret: unknown) => void kept.add(String(secret)),
  } as unknown as Services);
  const connect: KeysStage["connect"] = (key, request = {}, events = {}) =>
    connectAccount(
      services,
      {
        platform: "keys",
        brand: "default",
        mode: "browser",
        timeout: days(1),
        dpop: false,
        keyGiven: true,
        signal: new AbortController().signal,
        ...request,
      },
      {
        authorize: () => {},
        app: () => {},
        device: async () => {},
        certificate: () => {},
        chooseRedirect: async () => "manual",
        unusable: () => {},
        choose: null,
        paste: async () => "",
        answer: async ({ optional }) => (optional ? "" : "@acme"),
        key: async () => key,
        ...events,
      },
    );
  const account = async () => {
    const [found] = await home.vault.accounts();
    if (!found) throw new Error("no account");
    return found;
  };
  const told = () =>
    raw(home.path, (database) =>
      database.prepare("select kind, body, command from notifications order by rowid").all(),
    ) as ReturnType<KeysStage["told"]>;
  return { ...home, network, services, platform, connect, account, told, kept };
}
