import type { Dispatcher } from "undici";
import { seconds } from "../domain/time.ts";

export interface Connections {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  /** Whether bytes of the request that failed with `error` may have left. */
  mayHaveSent(error: unknown): boolean;
  close(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Failures that happen before a request can be written. */
const beforeSending = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_TLS",
]);

/**
 * undici is loaded here, at the first request. Every connector is watched: an error of a connector, or of a fresh
 * connection that never came up, is a request that was not sent.
 */
export async function openConnections(environment: Environment, { fresh }: { fresh: boolean }): Promise<Connections> {
  const [{ default: request }, { default: buildConnector }] = await Promise.all([
    import("undici/lib/api/api-request.js"),
    import("undici/lib/core/connect.js"),
  ]);
  const connectErrors = new WeakSet<object>();
  let connected = false;
  const connect = buildConnector({ timeout: seconds(10), minVersion: "TLSv1.2" });
  const settings = {
    connect: ((options, callback) => {
      connect(options, (...outcome: Parameters<typeof callback>) => {
        const [error] = outcome;
        if (error) connectErrors.add(error);
        else connected = true;
        callback(...outcome);
      });
    }) as typeof connect,
    // The total time is bounded by the caller's signal.
    headersTimeout: 0,
    bodyTimeout: 0,
    ...(fresh ? { pipelining: 0, connections: 1 } : {}),
  };
  const proxied = hasProxy(environment);
  const agent = proxied ? await proxyAgent(environment) : await directAgent(settings);
  return {
    request: (options) => request.call(agent, options),
    mayHaveSent: (error) => {
      if (typeof error === "object" && error !== null && connectErrors.has(error)) return false;
      if (beforeSending.has(String((error as NodeJS.ErrnoException)?.code)) || isTunnelRefusal(error)) return false;
      return connected || !fresh || proxied;
    },
    close: () => agent.destroy(),
  };
}

async function directAgent(settings: object): Promise<Dispatcher> {
  const { default: Agent } = await import("undici/lib/dispatcher/agent.js");
  return new Agent(settings);
}

function hasProxy(environment: Environment): boolean {
  return ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => environment[name]);
}

async function proxyAgent(environment: Environment): Promise<Dispatcher> {
  const { default: EnvHttpProxyAgent } = await import("undici/lib/dispatcher/env-http-proxy-agent.js");
  const named = (upper: string) => environment[upper.toLowerCase()] ?? environment[upper];
  const [httpProxy, httpsProxy, noProxy] = [named("HTTP_PROXY"), named("HTTPS_PROXY"), named("NO_PROXY")];
  // A server on this machine is never behind a proxy.
  const loopback = "localhost,127.0.0.1,::1";
  return new EnvHttpProxyAgent({
    noProxy: noProxy ? `${noProxy},${loopback}` : loopback,
    ...(httpProxy ? { httpProxy } : {}),
    ...(httpsProxy ? { httpsProxy } : {}),
    connect: { timeout: seconds(10), minVersion: "TLSv1.2" },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** The proxy refused to connect us (undici has a message for it, but no code of its own). */
function isTunnelRefusal(error: unknown): boolean {
  return error instanceof Error && error.message.includes("HTTP Tunneling");
}
