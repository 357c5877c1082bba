/** Bluesky: a server with everybody's accounts, the directory of identities, the sign-in, the video service and the app. https://docs.bsky.app */
import { Hono } from "hono";
import { minutes } from "../../domain/time.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { type BlueskyContext, type Caller, callerOf, limited } from "./access.ts";
import { answerStatus, blueskyErrors, invalidRequest, tooMany, xrpcError } from "./errors.ts";
import { authorizationServer, issuer } from "./oauth.ts";
import { appPasswordOf, didOf, documentOf, handleOf, pdsHost, personNamed } from "./people.ts";
import { bodyOf, deleteRecord, getRecord, picture, putRecord, uploadBlob } from "./repository.ts";
import { ended, openSession, renewed } from "./sessions.ts";
import { serviceAuth, videoService } from "./video.ts";

type Site = Hono<{ Bindings: TwinBindings }>;

export const makeTwin: MakeTwin = (world) => ({
  id: "bluesky",
  name: "Bluesky",
  hosts: {
    [pdsHost]: pds(world),
    "bsky.social": authorizationServer(world),
    "plc.directory": directory(world),
    "public.api.bsky.app": publicApi(world),
    "video.bsky.app": videoService(world),
    "bsky.app": app(world),
    "cdn.bsky.app": pictures(world),
  },
  clients: [],
  keys: world.people.map((person) => ({
    person: person.handle,
    method: "app-password",
    key: appPasswordOf(person),
    instance: handleOf(person),
  })),
  answerStatus: (status, path, resetAfter = 300) =>
    answerStatus(status, path, Math.ceil(world.clock.now() / 1000) + resetAfter),
  errors: blueskyErrors,
  refusesRedirectUri: () => "Bluesky registers no redirect URIs",
  maximumRedirectUris: 0,
});

function pds(world: World): Site {
  const site: Site = new Hono();
  const { get, post } = methodsOf(site, world);
  site.use("/xrpc/*", async (context, next) => limited(world, context) ?? (await next()));
  site.get("/.well-known/oauth-protected-resource", (context) =>
    context.json({
      resource: `https://${pdsHost}`,
      authorization_servers: [issuer],
      scopes_supported: [],
      bearer_methods_supported: ["header"],
      resource_documentation: "https://atproto.com",
    }),
  );
  site.get("/xrpc/com.atproto.server.describeServer", (context) =>
    context.json({ did: `did:web:${pdsHost}`, availableUserDomains: [".bsky.social"], inviteCodeRequired: false }),
  );
  site.post("/xrpc/com.atproto.server.createSession", (context) => createSession(world, context));
  site.post("/xrpc/com.atproto.server.refreshSession", (context) => refreshSession(world, context));
  site.post("/xrpc/com.atproto.server.deleteSession", (context) =>
    ended(world, bearerOf(context)) ? context.json({}) : blueskyErrors["invalid-token"](),
  );
  site.get("/xrpc/com.atproto.identity.resolveHandle", resolveHandle(world));
  site.get("/xrpc/com.atproto.repo.getRecord", (context) => getRecord(world, context));
  get("com.atproto.server.getSession", (context, { person }) =>
    context.json({ ...session(world, didOf(person)), emailConfirmed: true }),
  );
  get("com.atproto.server.getServiceAuth", (context, caller) => serviceAuth(world, context, caller));
  post("com.atproto.repo.uploadBlob", (context, caller) => uploadBlob(world, context, caller));
  post("com.atproto.repo.putRecord", (context, caller) => putRecord(world, context, caller));
  post("com.atproto.repo.deleteRecord", (context, caller) => deleteRecord(world, context, caller));
  site.notFound(() => xrpcError(404, "XRPCNotSupported", "XRPCNotSupported"));
  return site;
}

type Guarded = (context: BlueskyContext, caller: Caller) => Response | Promise<Response>;

function methodsOf(site: Site, world: World) {
  const guarded = (answer: Guarded) => async (context: BlueskyContext) => {
    const caller = await callerOf(world, context);
    return caller instanceof Response ? caller : answer(context, caller);
  };
  return {
    get: (name: string, answer: Guarded) => site.get(`/xrpc/${name}`, guarded(answer)),
    post: (name: string, answer: Guarded) => site.post(`/xrpc/${name}`, guarded(answer)),
  };
}

async function createSession(world: World, context: BlueskyContext): Promise<Response> {
  const body = await bodyOf(context);
  if (body instanceof Response) return body;
  const { identifier, password } = body;
  if (typeof identifier !== "string" || typeof password !== "string") {
    return invalidRequest("Input must have the properties identifier and password");
  }
  const { exceeded, reset } = world.rateWindows.count(
    `bluesky sessions ${identifier}`,
    { limit: 30, window: minutes(5) },
    world.clock.now(),
  );
  if (exceeded) return tooMany(reset);
  const person = personNamed(world, identifier);
  if (!person || password !== appPasswordOf(person)) return blueskyErrors["wrong-password"]();
  return context.json({ ...session(world, didOf(person)), ...openSession(world, person) });
}

function refreshSession(world: World, context: BlueskyContext): Response {
  const found = renewed(world, bearerOf(context));
  if (found === "expired") return blueskyErrors["expired-token"]();
  if (found === "invalid") return xrpcError(400, "ExpiredToken", "Token has been revoked");
  return context.json({ ...session(world, didOf(found.person)), ...found.pair });
}

function session(world: World, did: string) {
  const person = personNamed(world, did);
  return person ? { did, didDoc: documentOf(person), handle: handleOf(person), active: true } : {};
}

function bearerOf(context: BlueskyContext): string {
  return /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
}

function resolveHandle(world: World) {
  return (context: BlueskyContext) => {
    const { handle } = context.req.query();
    if (handle === undefined) return invalidRequest('Error: Params must have the property "handle"');
    const person = personNamed(world, handle);
    if (!person || handle.startsWith("did:")) return invalidRequest("Unable to resolve handle");
    return context.json({ did: didOf(person) });
  };
}

function publicApi(world: World): Site {
  const site: Site = new Hono();
  site.get("/xrpc/com.atproto.identity.resolveHandle", resolveHandle(world));
  site.notFound(() => xrpcError(404, "XRPCNotSupported", "XRPCNotSupported"));
  return site;
}

function directory(world: World): Site {
  const site: Site = new Hono();
  site.get("/:did", (context) => {
    const did = context.req.param("did");
    const person = personNamed(world, did);
    if (!person) return context.json({ message: `DID not registered: ${did}` }, 404);
    return context.body(JSON.stringify(documentOf(person)), 200, { "content-type": "application/did+ld+json" });
  });
  return site;
}

function app(world: World): Site {
  const site: Site = new Hono();
  site.use(pageHeaders);
  site.get("/profile/:name/post/:key", (context) => {
    const { name, key } = context.req.param();
    const person = personNamed(world, name);
    const post = person && world.posts.find("bluesky", `at://${didOf(person)}/app.bsky.feed.post/${key}`);
    if (!post) return context.notFound();
    return context.html(postPage(world.posts.thread(post).map((part) => cardOf(world, part, "Bluesky"))));
  });
  site.notFound((context) =>
    context.html(problemPage({ title: "Not Found", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

function pictures(world: World): Site {
  const site: Site = new Hono();
  site.get("/img/feed_fullsize/plain/:did/:cid", (context) => picture(world, context));
  return site;
}
