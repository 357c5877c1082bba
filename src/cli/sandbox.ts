import { type CommandModule, collect, optionsOf } from "./command.ts";
import type { RunningSandbox } from "./context.ts";
import { wholeNumber } from "./numbers.ts";

interface SandboxOptions {
  readonly port?: string;
  readonly tokenLifetime?: string;
  readonly redirectUri?: readonly string[];
}

export const sandbox: CommandModule = {
  declare: (command) =>
    command
      .option("--port <port>", "loopback port (0: any free one)", "8790")
      .option("--token-lifetime <seconds>", "how long access tokens live, in place of each platform's own")
      .option("--redirect-uri <uri>", "one more registered redirect URI; repeatable", collect)
      .addHelpText(
        "after",
        "\nIn another terminal, export the lines it prints, then use agencyiq as always.\nWhere a platform takes a key to paste, the sandbox gives one at /keys/PLATFORM.\n\nExamples:\n  agencyiq sandbox --token-lifetime 60\n  curl -s http://127.0.0.1:8790/keys/devto | agencyiq connect devto --token-stdin",
      ),
  run: async (context, input) => {
    const options = optionsOf<SandboxOptions>(input);
    const running = await context.startSandbox({
      port: wholeNumber(options.port ?? "8790", "--port", 0, 65_535),
      ...(options.tokenLifetime === undefined
        ? {}
        : { accessTokenLifetime: wholeNumber(options.tokenLifetime, "--token-lifetime", 1, 31_536_000) }),
      ...(options.redirectUri ? { registerRedirectUris: options.redirectUri } : {}),
    });
    context.output.result(() => introduction(running), {
      event: "listening",
      url: running.url,
      clients: running.clients,
    });
    await new Promise<void>((resolve) => {
      if (context.signal.aborted) resolve();
      context.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await running.close();
    return null;
  },
};

function introduction({ url, clients }: RunningSandbox): string {
  const [client] = clients.filter(({ clientSecret }) => clientSecret !== null);
  const prefix = client ? `AGENCYIQ_${client.platform.toUpperCase().replaceAll("-", "_")}` : "";
  return [
    `The sandbox listens at ${url} (Ctrl-C ends it; nothing of it is kept)`,
    "",
    "In another terminal:",
    `  export AGENCYIQ_ENDPOINT_URL=${url}`,
    ...(client
      ? [`  export ${prefix}_CLIENT_ID=${client.clientId}`, `  export ${prefix}_CLIENT_SECRET=${client.clientSecret}`]
      : []),
    ...(client?.consumer
      ? [
          `  export ${prefix}_CONSUMER_KEY=${client.consumer.key}      # for --credential oauth1`,
          `  export ${prefix}_CONSUMER_SECRET=${client.consumer.secret}`,
        ]
      : []),
    "  agencyiq connect x",
    '  agencyiq publish --platform x "Hello from the sandbox"',
    "",
    `The other platforms' apps too: eval "$(curl -s ${url}/environment)"`,
    `Keys to paste, where a platform takes one: ${url}/ lists them; curl -s ${url}/keys/PLATFORM`,
    `Posts appear at ${url}/timeline`,
  ].join("\n");
}
