/** Threads: graph.threads.net and threads.net, each under its newer name too. https://developers.facebook.com/docs/threads */
import { Hono, type MiddlewareHandler } from "hono";
import { type GraphEnvironment, graphAccess } from "../graph/access.ts";
import { answerGraphStatus, graphErrors, invalidParameter } from "../graph/errors.ts";
import { mediaIds, personId } from "../graph/media-ids.ts";
import { containerPictures } from "../graph/media-pictures.ts";
import { debugOwnToken, refusesPlainRedirect } from "../graph/own-tokens.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { createContainer } from "./create-container.ts";
import { threadsErrors } from "./errors.ts";
import { threadsOAuthRules } from "./oauth-rules.ts";
import {
  deletePost,
  getObject,
  listPosts,
  me,
  peoplePrefix,
  pictureHost,
  publish,
  publishContainer,
  publishingLimit,
} from "./posts.ts";

export const makeTwin: MakeTwin = (world) => {
  const rules = threadsOAuthRules(world);
  const api = apiOf(world, rules);
  const site = siteOf(world, rules);
  return {
    id: "threads",
    name: "Threads",
    hosts: {
      "graph.threads.net": api,
      "graph.threads.com": api,
      "threads.net": site,
      "www.threads.net": site,
      "threads.com": site,
      "www.threads.com": site,
      [pictureHost]: containerPictures(world, "threads"),
    },
    clients: [
      {
        platform: "threads",
        clientId: "sandbox-threads-app",
        clientSecret: "sandbox-threads-secret",
        redirectUris: ["https://localhost:8791/callback/threads"],
      },
    ],
    answerStatus: (status, _path, resetAfter) => answerGraphStatus(status, resetAfter),
    errors: threadsErrors,
    refusesRedirectUri: refusesPlainRedirect,
    maximumRedirectUris: 50,
  };
};

/** A path of another version, or of none, is the same. */
const version = "/:version{v[0-9]+\\.[0-9]+}";

function apiOf(world: World, rules: OAuthRules): Hono<GraphEnvironment> {
  const api = new Hono<GraphEnvironment>();
  const userId = (handle: string) => personId({ handle }, peoplePrefix);
  const tokens = oauthEndpoints(world, rules);
  const nextId = mediaIds();
  const make = publishContainer(world, nextId);
  const access = graphAccess(world, { platform: "threads" });
  const write = needs("threads_basic", "threads_content_publish");
  for (const base of ["", version]) {
    api.post(`${base}/oauth/access_token`, tokens.token);
    api.get(`${base}/oauth/access_token`, appToken(world));
    api.get(`${base}/access_token`, tokens.exchange);
    api.get(`${base}/refresh_access_token`, tokens.exchange);
    api.get(`${base}/debug_token`, debugOwnToken(world, "threads", userId, "TH"));
    const own = `${base}/:user{me|[0-9]+}`;
    api.post(`${own}/threads`, access, write, ownUser, createContainer(world, nextId, make));
    api.post(`${own}/threads_publish`, access, write, ownUser, publish(world, make));
    api.get(`${own}/threads`, access, needs("threads_basic"), ownUser, listPosts(world, false));
    api.get(`${own}/replies`, access, needs("threads_basic", "threads_read_replies"), ownUser, listPosts(world, true));
    api.get(`${own}/threads_publishing_limit`, access, write, ownUser, publishingLimit(world));
    api.get(`${base}/me`, access, needs("threads_basic"), me());
    api.get(`${base}/:id{[0-9]+}`, access, needs("threads_basic"), getObject(world));
    api.get(`${base}/:id{[0-9]+}/`, access, needs("threads_basic"), getObject(world));
    api.delete(`${base}/:id{[0-9]+}`, access, needs("threads_basic", "threads_delete"), deletePost(world));
  }
  api.notFound(() => graphErrors["invalid-parameter"]());
  return api;
}

function needs(...scopes: readonly string[]): MiddlewareHandler<GraphEnvironment> {
  return async (context, next) => {
    const granted = context.get("token").scopes;
    if (scopes.some((scope) => !granted.includes(scope))) return graphErrors["permission-denied"]();
    await next();
    return undefined;
  };
}

/** Nobody can be posted as but oneself. */
const ownUser: MiddlewareHandler<GraphEnvironment> = async (context, next) => {
  const user = context.req.param("user");
  if (user !== "me" && user !== personId(context.get("person"), peoplePrefix))
    return graphErrors["permission-denied"]();
  await next();
  return undefined;
};

function appToken(world: World) {
  return (context: Parameters<MiddlewareHandler>[0]): Response => {
    const [id, secret] = [context.req.query("client_id") ?? "", context.req.query("client_secret") ?? ""];
    if (context.req.query("grant_type") !== "client_credentials") return invalidParameter("Unsupported grant_type");
    if (world.clients.find("threads", id)?.clientSecret !== secret) return graphErrors["app-secret"]();
    return context.json({ access_token: `TH|${id}|${secret}`, token_type: "bearer" });
  };
}

function siteOf(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  site.use(pageHeaders);
  site.get("/oauth/authorize", consent.show);
  site.post("/oauth/authorize", consent.decide);
  site.get("/:handle/post/:shortcode", (context) => {
    const path = new URL(context.req.url).pathname;
    const post = world.posts.newestFirst().find(({ platform, url }) => platform === "threads" && url.endsWith(path));
    if (!post) return context.notFound();
    return context.html(postPage(world.posts.thread(post).map((part) => cardOf(world, part, "Threads"))));
  });
  site.notFound((context) =>
    context.html(
      problemPage({ title: "Sorry, this page isn't available", text: new URL(context.req.url).pathname }),
      404,
    ),
  );
  return site;
}
