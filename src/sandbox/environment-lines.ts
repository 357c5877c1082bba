/** The sandbox's developer apps as the environment that agencyiq reads them from. */
import type { SandboxClient } from "./options.ts";
import type { Twin } from "./twin.ts";

/** Shell lines. Each platform's first app, and those that a way in has of its own. */
export function environmentLines(url: string, twins: readonly Twin[]): string {
  const apps = twins.flatMap((twin) => {
    const prefix = `AGENCYIQ_${named(twin.id)}`;
    const [first, ...others] = twin.clients;
    const own = others.flatMap((client) =>
      client.credential ? exported(`${prefix}_${named(client.credential)}`, client) : [],
    );
    return first ? [...exported(prefix, first), ...own] : own;
  });
  return [`export AGENCYIQ_ENDPOINT_URL=${url}`, ...apps].join("\n");
}

const named = (id: string): string => id.toUpperCase().replaceAll("-", "_");

function exported(prefix: string, { clientId, clientSecret, consumer }: SandboxClient): string[] {
  return [
    `export ${prefix}_CLIENT_ID=${clientId}`,
    ...(clientSecret === null ? [] : [`export ${prefix}_CLIENT_SECRET=${clientSecret}`]),
    ...(consumer
      ? [`export ${prefix}_CONSUMER_KEY=${consumer.key}`, `export ${prefix}_CONSUMER_SECRET=${consumer.secret}`]
      : []),
  ];
}
