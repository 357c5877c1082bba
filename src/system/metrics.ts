/** Prometheus metrics on this machine's own addresses. Labels are platforms and outcomes, never accounts. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";
import { Failure } from "../domain/failure.ts";
import { isLoopbackHost } from "../domain/loopback.ts";
import type { StartMetrics } from "../domain/ports/monitoring.ts";
import type { Census } from "../domain/ports/vault.ts";

/** In seconds. */
const lockWaits = [0.005, 0.05, 0.5, 1, 5, 15, 45];

export const startMetrics: StartMetrics = async ({ host, port, census }) => {
  if (!isLoopbackHost(host)) {
    throw new Failure("usage", `${host} is not an address of this machine alone`, {
      hint: "--metrics 127.0.0.1:9464; let a collector on this machine read it",
    });
  }
  const { Counter, Gauge, Histogram, Registry } = await import("prom-client");
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  const refreshes = new Counter({
    name: "agencyiq_refreshes_total",
    help: "Refresh requests by platform and outcome.",
    labelNames: ["platform", "outcome"],
    registers,
  });
  const lastSuccess = new Gauge({
    name: "agencyiq_last_refresh_timestamp_seconds",
    help: "When a refresh last succeeded (Unix time).",
    labelNames: ["platform"],
    registers,
  });
  const waits = new Histogram({
    name: "agencyiq_lock_wait_seconds",
    help: "How long an account's lock was waited for.",
    labelNames: ["platform"],
    buckets: lockWaits,
    registers,
  });
  const standing = new Gauge({
    name: "agencyiq_credentials",
    help: "Credentials by platform and status.",
    labelNames: ["platform", "status"],
    registers,
  });
  const expiry = new Gauge({
    name: "agencyiq_first_expiry_timestamp_seconds",
    help: "When the access token that ends first ends (Unix time); subtract time() for the seconds left.",
    labelNames: ["platform"],
    registers,
  });
  const count = (rows: readonly Census[]) => {
    standing.reset();
    expiry.reset();
    for (const [platform, ends] of firstExpiries(rows)) expiry.set({ platform }, ends / 1000);
    for (const { platform, status, credentials, lastRefreshedAt } of rows) {
      standing.set({ platform, status }, credentials);
      if (lastRefreshedAt !== null) lastSuccess.set({ platform }, lastRefreshedAt / 1000);
    }
  };
  const server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics")
      return end(response, 404, "text/plain", "see /metrics\n");
    census()
      .then(count)
      .then(() => registry.metrics())
      .then((text) => end(response, 200, registry.contentType, text))
      .catch(() => end(response, 500, "text/plain", "the vault could not be read\n"));
  });
  server.listen(port, host);
  await once(server, "listening").catch((cause) => {
    throw new Failure("port_taken", `the metrics cannot listen at ${host}:${port}`, {
      hint: "choose another: --metrics 127.0.0.1:0",
      cause,
    });
  });
  const { port: given } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${given}/metrics`,
    refreshed: (platform, outcome) => refreshes.inc({ platform, outcome }),
    lockWaited: (platform, milliseconds) => waits.observe({ platform }, milliseconds / 1000),
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

function firstExpiries(rows: readonly Census[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { platform, firstExpiresAt } of rows) {
    if (firstExpiresAt === null) continue;
    first.set(platform, Math.min(first.get(platform) ?? Number.POSITIVE_INFINITY, firstExpiresAt));
  }
  return first;
}

function end(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
}
