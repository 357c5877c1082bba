/**
 * The control API under /_sandbox: what a rehearsal or a test wants to happen. JSON in, JSON out.
 *
 *   POST   /faults    {platform, method?, path?, times?, fault: {kind, …}}   order a fault (faults.ts lists them)
 *   GET    /faults    those still to come;  DELETE /faults  forget them
 *   GET    /requests  [?platform=x]  what was asked of the platforms, without secrets
 *   POST   /clock     {advance: seconds}  moves the sandbox's own time on
 *   POST   /revoke    {platform, person?, credential?}  as if people took the app's access away now; credential: only
 *                     what it has by `oauth2`, or by `oauth1`
 *   POST   /apps      {platform, clientId, clientSecret?, redirectUris, consumer?: {key, secret}, enterprise?, testing?, ownedUrls?}  registers a developer app
 *   POST   /reset     as it was at the start
 */
import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { seconds, toTimestamp } from "../domain/time.ts";
import { ControlError, readFaultOrder, readNumber, readObject, readString, refuseOtherKeys } from "./fault-order.ts";
import type { SandboxClient } from "./options.ts";
import { sameMachineOnly } from "./same-machine.ts";
import type { Twin } from "./twin.ts";
import { resetWorld, type World } from "./world.ts";

const century = 3_155_760_000;

export function controlApi(world: World, twins: readonly Twin[]): Hono<{ Bindings: HttpBindings }> {
  const api = new Hono<{ Bindings: HttpBindings }>();
  api.use(sameMachineOnly);
  api.onError((error, context) => {
    if (error instanceof ControlError) return context.json({ error: error.message }, 400);
    throw error;
  });
  api.notFound((context) => context.json({ error: "there is no such control; see the overview page" }, 404));
  api.post("/faults", async (context) => {
    const order = readFaultOrder(await bodyOf(context));
    const twin = twinOf(twins, order.platform);
    if (order.fault.kind === "error" && !Object.hasOwn(twin.errors, order.fault.name)) {
      throw new ControlError(
        `${twin.name} has no error "${order.fault.name}"; it has ${Object.keys(twin.errors).join(", ")}`,
      );
    }
    return context.json(world.faults.order(order), 201);
  });
  api.get("/faults", (context) => context.json({ faults: world.faults.list() }));
  api.delete("/faults", (context) => {
    world.faults.clear();
    return context.json({ faults: [] });
  });
  api.get("/requests", (context) =>
    context.json({ requests: world.requests.list(context.req.query("platform") ?? null) }),
  );
  api.post("/clock", async (context) => {
    const body = readObject(await bodyOf(context), "the body");
    refuseOtherKeys(body, ["advance"], "the body");
    // Forward only: time that goes back would bring dead tokens to life.
    world.clock.advance(seconds(readNumber(body, "advance", { min: 0, max: century })));
    return context.json({ now: toTimestamp(world.clock.now()) });
  });
  api.post("/revoke", async (context) => {
    const body = readObject(await bodyOf(context), "the body");
    refuseOtherKeys(body, ["platform", "person", "credential"], "the body");
    const platform = twinOf(twins, readString(body, "platform")).id;
    const person = body["person"] === undefined ? null : readString(body, "person");
    const credential = body["credential"] === undefined ? null : readString(body, "credential");
    if (credential !== null && credential !== "oauth2" && credential !== "oauth1") {
      throw new ControlError('"credential" must be oauth2 or oauth1');
    }
    const byOAuth2 = credential === "oauth1" ? 0 : world.grants.revokeAll(platform, person);
    const byOAuth1 = credential === "oauth2" ? 0 : world.oauth1.endAll(platform, person);
    return context.json({ revoked: byOAuth2 + byOAuth1 });
  });
  api.post("/apps", async (context) => {
    const client = readClient(await bodyOf(context), twins);
    world.clients.register(client);
    return context.json(client, 201);
  });
  api.post("/reset", (context) => {
    resetWorld(world);
    return context.json({ reset: true });
  });
  return api;
}

/** Asking for JSON's own content type keeps a plain form on another site from reaching any of this. */
async function bodyOf(context: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(context.req.header("content-type") ?? "")) {
    throw new ControlError("send application/json");
  }
  try {
    return await context.req.json();
  } catch {
    throw new ControlError("the body is not JSON");
  }
}

function twinOf(twins: readonly Twin[], platform: string): Twin {
  const twin = twins.find(({ id }) => id === platform);
  if (!twin)
    throw new ControlError(
      `there is no platform "${platform}" here; there are ${twins.map(({ id }) => id).join(", ")}`,
    );
  return twin;
}

function readClient(body: unknown, twins: readonly Twin[]): SandboxClient {
  const app = readObject(body, "the body");
  refuseOtherKeys(
    app,
    ["platform", "clientId", "clientSecret", "redirectUris", "consumer", "enterprise", "testing", "ownedUrls"],
    "an app",
  );
  const twin = twinOf(twins, readString(app, "platform"));
  const secret = app["clientSecret"];
  const redirectUris = app["redirectUris"];
  if (!Array.isArray(redirectUris) || redirectUris.length === 0 || redirectUris.length > twin.maximumRedirectUris) {
    throw new ControlError(`"redirectUris" must be a list of 1 to ${twin.maximumRedirectUris} texts`);
  }
  return {
    platform: twin.id,
    clientId: readString(app, "clientId"),
    clientSecret: secret === undefined || secret === null ? null : readString(app, "clientSecret"),
    redirectUris: redirectUris.map((uri) => readRedirectUri(uri, twin)),
    ...(app["consumer"] === undefined ? {} : { consumer: readConsumer(app["consumer"]) }),
    ...(app["enterprise"] === true ? { enterprise: true } : {}),
    ...(app["testing"] === true ? { testing: true } : {}),
    ...(app["ownedUrls"] === undefined ? {} : { ownedUrls: readTexts(app, "ownedUrls") }),
  };
}

function readTexts(object: Readonly<Record<string, unknown>>, name: string): string[] {
  const value = object[name];
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new ControlError(`"${name}" must be a list of texts`);
}

function readConsumer(value: unknown): NonNullable<SandboxClient["consumer"]> {
  const consumer = readObject(value, '"consumer"');
  refuseOtherKeys(consumer, ["key", "secret"], '"consumer"');
  return { key: readString(consumer, "key"), secret: readString(consumer, "secret") };
}

function readRedirectUri(uri: unknown, twin: Twin): string {
  // Some platforms take a star for any port.
  if (typeof uri !== "string" || !URL.canParse(uri.replace(/:\*(?=\/)/, "")))
    throw new ControlError('"redirectUris" must hold absolute URIs');
  const refusal = twin.refusesRedirectUri(uri);
  if (refusal !== null) throw new ControlError(`${twin.name} does not take ${uri}: ${refusal}`);
  return uri;
}
