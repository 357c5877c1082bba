/** `agencyiq sandbox`: every platform under one loopback port, by host. */
import type { Server } from "node:http";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { Hono } from "hono";
import { Failure } from "../domain/failure.ts";
import { controlApi } from "./control.ts";
import { answerConversations } from "./conversations.ts";
import { gateway } from "./gateway.ts";
import type { Sandbox, SandboxClient, SandboxOptions } from "./options.ts";
import { overviewPages } from "./overview.ts";
import { loopbackHostOnly } from "./same-machine.ts";
import type { Twin } from "./twin.ts";
import { makeTwins } from "./twins.ts";
import { createWorld, type World } from "./world.ts";

/** @throws Failure `port_taken` */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const world = createWorld(options);
  const twins = await makeTwins(world);
  world.clients.seed(seededClients(twins, options.registerRedirectUris ?? []));
  const ending = new AbortController();
  const server = createAdaptorServer({ fetch: sandboxApp(world, twins, ending.signal).fetch }) as Server;
  answerConversations(server, twins);
  const port = await listen(server, options);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    clients: world.clients.all(),
    close: () => close(server, ending),
  };
}

function seededClients(twins: readonly Twin[], extraRedirectUris: readonly string[]): SandboxClient[] {
  return twins
    .flatMap((twin) => twin.clients)
    .map((client) => ({ ...client, redirectUris: [...new Set([...client.redirectUris, ...extraRedirectUris])] }));
}

function sandboxApp(world: World, twins: readonly Twin[], ending: AbortSignal): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.use(loopbackHostOnly);
  app.onError((error, context) => context.text(`The sandbox itself failed: ${error.message}\n`, 500));
  app.route("/", overviewPages(world, twins));
  app.route("/_sandbox", controlApi(world, twins));
  app.all("*", gateway(world, twins, ending));
  return app;
}

function listen(server: Server, { host = "127.0.0.1", port }: SandboxOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      return reject(new Failure("port_taken", `port ${port} is taken`, { hint: "agencyiq sandbox --port 0", cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}

function close(server: Server, ending: AbortController): Promise<void> {
  ending.abort();
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
