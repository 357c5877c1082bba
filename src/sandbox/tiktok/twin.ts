/** TikTok: www.tiktok.com, its API and its upload host. https://developers.tiktok.com/doc/overview */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type Endpoint, type TikTokEnvironment } from "./access.ts";
import { answerStatus, tiktokErrors } from "./answers.ts";
import { refusesRedirectUri, tiktokOAuthRules } from "./oauth-rules.ts";
import { contentInit, creatorInfo, describing, statusFetch, videoInit } from "./posting.ts";
import { uploadHost } from "./upload-host.ts";
import { userInfo } from "./user-info.ts";

const redirectUris = ["http://127.0.0.1:*/callback/"];
const ownedUrls = ["https://media.example.com/"];

export const makeTwin: MakeTwin = (world) => {
  const rules = tiktokOAuthRules(world);
  return {
    id: "tiktok",
    name: "TikTok",
    hosts: {
      "open.tiktokapis.com": apiOf(world, rules),
      "www.tiktok.com": siteOf(world, rules),
      "open-upload.tiktokapis.com": uploadHost(world),
    },
    streams: ({ host }) => host === "open-upload.tiktokapis.com",
    clients: [
      {
        platform: "tiktok",
        clientId: "sandbox-tiktok-client",
        clientSecret: "sandbox-tiktok-secret",
        redirectUris,
        ownedUrls,
        enterprise: true,
      },
      {
        platform: "tiktok",
        clientId: "sandbox-tiktok-unaudited",
        clientSecret: "sandbox-tiktok-unaudited-secret",
        redirectUris,
        ownedUrls,
      },
    ],
    answerStatus: (status, path) => answerStatus(status, path),
    errors: tiktokErrors,
    refusesRedirectUri,
    maximumRedirectUris: 10,
  };
};

const endpoints = {
  user: { name: "user/info", scopes: ["user.info.basic"], perMinute: 600 },
  creator: { name: "creator_info/query", scopes: ["video.publish"], perMinute: 20 },
  video: { name: "video/init", scopes: ["video.publish"], perMinute: 6 },
  inbox: { name: "inbox/video/init", scopes: ["video.upload"], perMinute: 6 },
  content: { name: "content/init", scopes: ["video.publish", "video.upload"], perMinute: 6 },
  status: { name: "status/fetch", scopes: ["video.publish", "video.upload"], perMinute: 30 },
} as const satisfies Record<string, Endpoint>;

/** Every path ends with a slash, and none is served without. */
function apiOf(world: World, rules: OAuthRules): Hono<TikTokEnvironment> {
  const api = new Hono<TikTokEnvironment>({ strict: true });
  const { token, revoke } = oauthEndpoints(world, rules);
  api.post("/v2/oauth/token/", token);
  api.post("/v2/oauth/revoke/", revoke);
  api.get("/v2/user/info/", access(world, endpoints.user), userInfo);
  const publishing = "/v2/post/publish";
  api.post(`${publishing}/creator_info/query/`, access(world, endpoints.creator), describing(creatorInfo(world)));
  api.post(`${publishing}/video/init/`, access(world, endpoints.video), describing(videoInit(world, false)));
  api.post(`${publishing}/inbox/video/init/`, access(world, endpoints.inbox), describing(videoInit(world, true)));
  api.post(`${publishing}/content/init/`, access(world, endpoints.content), describing(contentInit(world)));
  api.post(`${publishing}/status/fetch/`, access(world, endpoints.status), describing(statusFetch(world)));
  api.notFound(() => new Response("Unsupported path(Janus)", { status: 404 }));
  return api;
}

function siteOf(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  const consent = consentHandlers(world, rules);
  site.use(pageHeaders);
  site.get("/v2/auth/authorize/", consent.show);
  site.post("/v2/auth/authorize/", consent.decide);
  const cards = (posts: readonly Parameters<typeof cardOf>[1][]) => posts.map((post) => cardOf(world, post, "TikTok"));
  for (const kind of ["video", "photo"]) {
    site.get(`/:author{@.+}/${kind}/:id`, (context) => {
      const post = world.posts.find("tiktok", context.req.param("id") ?? "");
      return post ? context.html(postPage(cards([post]))) : context.notFound();
    });
  }
  site.get("/:author{@.+}", (context) => {
    const posts = world.posts.by("tiktok", (context.req.param("author") ?? "").slice(1));
    return posts.length > 0 ? context.html(postPage(cards(posts))) : context.notFound();
  });
  site.notFound((context) => {
    const text = new URL(context.req.url).pathname;
    return context.html(problemPage({ title: "Couldn't find this page", text }), 404);
  });
  return site;
}
