import { setFlagsFromString } from "node:v8";
import type { Dispatcher } from "undici";
import { isLoopbackHost } from "../domain/loopback.ts";
import { HttpFailure } from "../domain/ports/http.ts";
import { seconds } from "../domain/time.ts";

export interface Connections {
  /**
   * `leaving` is called at the last moment before a request's first byte is handed to its socket: resolved, connected,
   * tunnelled and with TLS set up. Whatever fails before it, nothing was sent.
   */
  request(options: Dispatcher.RequestOptions, leaving: () => void): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The total time is bounded by the caller's signal. */
const settings = { headersTimeout: 0, bodyTimeout: 0 };
const defaultConnectTimeout = seconds(10);

interface Connector {
  readonly timeout: number;
  readonly minVersion: "TLSv1.2";
}

/** undici is loaded here, at the first request, and only the parts that a request needs. */
export async function openConnections({
  environment,
  connectTimeout = defaultConnectTimeout,
}: {
  readonly environment: Environment;
  readonly connectTimeout?: number;
}): Promise<Connections> {
  const connector: Connector = { timeout: connectTimeout, minVersion: "TLSv1.2" };
  compileParserOnce();
  const [{ default: request }, direct, proxied] = await Promise.all([
    import("undici/lib/api/api-request.js"),
    directAgent(connector),
    hasProxy(environment) ? proxyAgent(environment, connector) : null,
  ]);
  // A server on this machine is never behind a proxy, whatever NO_PROXY says.
  const agentFor = ({ origin }: Dispatcher.RequestOptions) =>
    proxied && !isLoopbackHost(new URL(String(origin)).hostname) ? proxied : direct;
  return {
    request: (options, leaving) => request.call(watched(agentFor(options), leaving), options),
    close: async () => void (await Promise.all([direct.destroy(), proxied?.destroy()])),
  };
}

/** The last V8 (its major version) that is known to have the flag: an unknown one is complained about on stderr. */
const lastWithFlag = 14;

/**
 * undici reads answers with a WebAssembly program that V8 compiles at the first request. Its optimizing compiler takes 100 ms
 * and 34 MiB for that, in every process; the quick one's code is fast enough for what we read.
 */
function compileParserOnce(): void {
  if (Number.parseInt(process.versions.v8, 10) <= lastWithFlag) setFlagsFromString("--liftoff-only");
}

/** undici tells a request's handler that its connection is there right before it writes, and at no other time. */
function watched(agent: Dispatcher, leaving: () => void): Pick<Dispatcher, "dispatch"> {
  return {
    dispatch: (options, handler) => {
      const connected = handler.onConnect?.bind(handler);
      handler.onConnect = (abort) => {
        leaving();
        connected?.(abort);
      };
      return agent.dispatch(options, handler);
    },
  };
}

async function directAgent(connector: Connector): Promise<Dispatcher> {
  const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
  return new Agent({ ...settings, connect: connector });
}

function hasProxy(environment: Environment): boolean {
  return Boolean(named(environment, "HTTPS_PROXY") || named(environment, "HTTP_PROXY"));
}

/** Lower case wins, as with curl. */
function named(environment: Environment, name: string): string | undefined {
  return environment[name.toLowerCase()] || environment[name];
}

async function proxyAgent(environment: Environment, connector: Connector): Promise<Dispatcher> {
  const [{ default: EnvHttpProxyAgent }, { default: Agent }, { default: tunnel }] = await Promise.all([
    import("undici/lib/dispatcher/env-http-proxy-agent.js"),
    import("undici/lib/dispatcher/agent.js"),
    import("undici/lib/api/api-connect.js"),
  ]);
  const httpProxy = proxyUrl(environment, "HTTP_PROXY");
  const httpsProxy = proxyUrl(environment, "HTTPS_PROXY");
  return new EnvHttpProxyAgent({
    ...settings,
    noProxy: named(environment, "NO_PROXY") ?? "",
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    connect: connector,
    proxyTls: connector,
    requestTls: connector,
    // The proxy agent calls `connect` on what it gets here, a method that only undici's index gives to dispatchers.
    clientFactory: (_origin, options) => {
      const client = new Agent({ ...settings, ...options });
      return Object.assign(client, { connect: tunnel.bind(client) });
    },
  });
}

/** The value is not told: it may hold a password. */
function proxyUrl(environment: Environment, name: string): string | null {
  const value = named(environment, name);
  if (!value) return null;
  const text = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(text) && /^(https?|socks5?):/.test(text)) return text;
  throw new HttpFailure("proxy_invalid", `${name} is not the URL of a proxy`, false);
}
