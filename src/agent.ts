/** The daemon's socket, both ends, over its real edges. Loaded with the first operation that needs an open key. */
import { type Operations, operationsHere } from "./app/operations.ts";
import type { Services } from "./app/services.ts";
import type { AgentFacts } from "./cli/context.ts";
import { Failure } from "./domain/failure.ts";
import type { AgentIdentity, RunningAgent } from "./domain/ports/agent.ts";
import type { AgentSearch } from "./system/agent-client.ts";
import { agentPlaces, isAnythingThere } from "./system/agent-place.ts";

export interface AgentSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly version: string;
  readonly services: Services;
  readonly redact: (text: string) => string;
  /** For `--debug`. */
  readonly trace: (line: string) => void;
}

export interface Agent {
  readonly operations: () => Promise<Operations>;
  readonly start: (served: Services) => Promise<RunningAgent | null>;
  readonly facts: () => Promise<AgentFacts>;
}

export function agentFor(settings: AgentSettings): Agent {
  const { environment, home, services, trace } = settings;
  const places = agentPlaces(home, environment);
  const wanted = environment["AGENCYIQ_AGENT"] !== "off";
  let operations: Promise<Operations> | null = null;
  const search = async (): Promise<AgentSearch> => {
    if (!isAnythingThere(places)) return { link: null, flaws: [] };
    const { findAgent } = await import("./system/agent-client.ts");
    try {
      return await findAgent(places, () => identityOf(settings));
    } catch (error) {
      // Without a vault there is nothing to ask about; whoever needs one says so.
      if (error instanceof Failure && error.code === "vault_missing") return { link: null, flaws: [] };
      throw error;
    }
  };
  const choose = async (): Promise<Operations> => {
    const here = operationsHere(services);
    if (!wanted) return here;
    const { link, flaws } = await search();
    for (const { why } of flaws) trace(`not asking the daemon: ${why}`);
    if (link === null) return here;
    const { operationsThere } = await import("./app/operations-there.ts");
    return operationsThere({ link, services, here, trace });
  };
  return {
    operations: () => {
      operations ??= choose();
      return operations;
    },
    start: async (served) => {
      if (places.length === 0) return null;
      const { agentDesk } = await import("./app/agent-desk.ts");
      const { serveAgent } = await import("./system/agent-server.ts");
      const answer = agentDesk({ services: served, redact: settings.redact });
      return serveAgent({ places, identity: await identityOf(settings), answer });
    },
    facts: async () => {
      if (!wanted) return { wanted, answers: false, flaws: [] };
      const { link, flaws } = await search();
      link?.close();
      return { wanted, answers: link !== null, flaws };
    },
  };
}

async function identityOf({ environment, services, version }: AgentSettings): Promise<AgentIdentity> {
  const apps = Object.entries(environment).filter(
    ([name, id]) => /^AGENCYIQ_.+_(CLIENT_ID|CONSUMER_KEY)$/.test(name) && id,
  );
  return {
    version,
    vaultId: (await services.vault()).id,
    endpoint: environment["AGENCYIQ_ENDPOINT_URL"] || null,
    apps: Object.fromEntries(apps.map(([name, id]) => [name, String(id)])),
  };
}
