/** X: api.x.com and x.com, under their old names too. https://docs.x.com/x-api */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { oauth1Endpoints } from "../oauth1/endpoints.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type Endpoint, type XEnvironment } from "./access.ts";
import { createPost, deletePost } from "./create-post.ts";
import { snowflakes } from "./identifiers.ts";
import { refusesRedirectUri, xOAuthRules } from "./oauth-rules.ts";
import { xOAuth1Rules } from "./oauth1-rules.ts";
import { pictures } from "./pictures.ts";
import { answerStatus, xErrors } from "./problems.ts";
import { appendUpload, finalizeUpload, initializeUpload, mediaMetadata, uploadStatus } from "./uploads.ts";
import { userPosts } from "./user-posts.ts";
import { usersMe } from "./users.ts";

const redirectUris = ["http://127.0.0.1:8791/callback/x"];

export const makeTwin: MakeTwin = (world) => {
  const rules = xOAuthRules(world);
  const api = apiOf(world, rules);
  const site = siteOf(world, rules);
  return {
    id: "x",
    name: "X",
    hosts: {
      "api.x.com": api,
      "x.com": site,
      "api.twitter.com": api,
      "twitter.com": site,
      "pbs.twimg.com": pictures(world),
    },
    clients: [
      {
        platform: "x",
        clientId: "sandbox-x-client",
        clientSecret: "sandbox-x-secret",
        redirectUris,
        consumer: { key: "sandbox-x-api-key", secret: "sandbox-x-api-key-secret" },
      },
      {
        platform: "x",
        clientId: "sandbox-x-public",
        clientSecret: null,
        redirectUris,
        consumer: { key: "sandbox-x-native-key", secret: "sandbox-x-native-key-secret" },
      },
    ],
    answerStatus: (status, path, resetAfter = 900) =>
      answerStatus(status, path, Math.ceil(world.clock.now() / 1000) + resetAfter),
    errors: xErrors,
    refusesRedirectUri,
    maximumRedirectUris: 10,
  };
};

const endpoints = {
  me: { name: "GET /2/users/me", scopes: ["users.read", "tweet.read"], perUser: 75 },
  create: {
    name: "POST /2/tweets",
    scopes: ["tweet.read", "tweet.write", "users.read"],
    perUser: 100,
    perApp: 10_000,
  },
  remove: { name: "DELETE /2/tweets/:id", scopes: ["tweet.read", "tweet.write", "users.read"], perUser: 50 },
  initialize: { name: "POST /2/media/upload/initialize", scopes: ["media.write"], perUser: 1875 },
  append: { name: "POST /2/media/upload/:id/append", scopes: ["media.write"], perUser: 1875 },
  finalize: { name: "POST /2/media/upload/:id/finalize", scopes: ["media.write"], perUser: 1875 },
  status: { name: "GET /2/media/upload", scopes: ["media.write"], perUser: 1000 },
  metadata: { name: "POST /2/media/metadata", scopes: ["media.write"], perUser: 500 },
  posts: { name: "GET /2/users/:id/tweets", scopes: ["tweet.read", "users.read"], perUser: 900 },
} as const satisfies Record<string, Endpoint>;

function apiOf(world: World, rules: OAuthRules): Hono<XEnvironment> {
  const api = new Hono<XEnvironment>();
  const { token, revoke } = oauthEndpoints(world, rules);
  api.post("/2/oauth2/token", token);
  api.post("/2/oauth2/revoke", revoke);
  const oauth1 = oauth1Endpoints(world, xOAuth1Rules);
  api.use("/oauth/authorize", pageHeaders);
  api.post("/oauth/request_token", oauth1.requestToken);
  api.get("/oauth/authorize", oauth1.show);
  api.post("/oauth/authorize", oauth1.decide);
  api.post("/oauth/access_token", oauth1.accessToken);
  api.post("/1.1/oauth/invalidate_token.json", oauth1.invalidate);
  const nextId = snowflakes();
  api.get("/2/users/me", access(world, endpoints.me), usersMe(world));
  api.post("/2/tweets", access(world, endpoints.create), createPost(world, nextId));
  api.delete("/2/tweets/:id", access(world, endpoints.remove), deletePost(world));
  api.get("/2/users/:id/tweets", access(world, endpoints.posts), userPosts(world));
  api.post("/2/media/upload/initialize", access(world, endpoints.initialize), initializeUpload(world, nextId));
  api.post("/2/media/upload/:id/append", access(world, endpoints.append), appendUpload(world));
  api.post("/2/media/upload/:id/finalize", access(world, endpoints.finalize), finalizeUpload(world));
  api.get("/2/media/upload", access(world, endpoints.status), uploadStatus(world));
  api.post("/2/media/metadata", access(world, endpoints.metadata), mediaMetadata(world));
  api.notFound(() => xErrors["not-found"]());
  return api;
}

function siteOf(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  site.use(pageHeaders);
  site.get("/i/oauth2/authorize", consent.show);
  site.post("/i/oauth2/authorize", consent.decide);
  // The handle in a permalink is for people: X finds the post by its id alone, and `/i/web/status/ID` works as well.
  for (const path of ["/i/web/status/:id", "/:handle/status/:id"]) {
    site.get(path, (context) => {
      const post = world.posts.find("x", context.req.param("id") ?? "");
      if (!post) return context.notFound();
      return context.html(postPage(world.posts.thread(post).map((part) => cardOf(world, part, "X"))));
    });
  }
  site.notFound((context) =>
    context.html(problemPage({ title: "Hmm… this page does not exist", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}
