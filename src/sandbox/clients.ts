import type { SandboxClient } from "./options.ts";

/** The developer apps of every platform. */
export class Clients {
  #seeded: readonly SandboxClient[] = [];
  readonly #clients = new Map<string, SandboxClient>();

  /** The clients that a reset brings back. */
  seed(clients: readonly SandboxClient[]): void {
    this.#seeded = clients;
    this.reset();
  }

  reset(): void {
    this.#clients.clear();
    for (const client of this.#seeded) this.register(client);
  }

  register(client: SandboxClient): void {
    this.#clients.set(keyOf(client.platform, client.clientId), client);
  }

  find(platform: string, clientId: string): SandboxClient | null {
    return this.#clients.get(keyOf(platform, clientId)) ?? null;
  }

  /** By its key of OAuth 1.0a. */
  findConsumer(platform: string, key: string): SandboxClient | null {
    return this.all().find((client) => client.platform === platform && client.consumer?.key === key) ?? null;
  }

  all(): SandboxClient[] {
    return [...this.#clients.values()];
  }
}

const keyOf = (platform: string, clientId: string): string => `${platform}\n${clientId}`;
