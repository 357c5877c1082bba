/** Instagram: its own login and Graph, and its part of Facebook's. https://developers.facebook.com/docs/instagram-platform */
import { Hono } from "hono";
import { type GraphEnvironment, graphAccess } from "../graph/access.ts";
import { answerGraphStatus, graphErrors } from "../graph/errors.ts";
import { isInstagramId, mediaIds } from "../graph/media-ids.ts";
import { containerPictures } from "../graph/media-pictures.ts";
import { refusesPlainRedirect } from "../graph/own-tokens.ts";
import { toldVersion, versionSegment } from "../graph/versions.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { facebookPermissions, needs, ownPermissions, type Permissions } from "./access.ts";
import { createContainer } from "./create-container.ts";
import { instagramErrors, uploadErrors } from "./errors.ts";
import {
  createComment,
  deleteMedia,
  getObject,
  listMedia,
  me,
  pictureHost,
  publish,
  publishingLimit,
} from "./media.ts";
import { instagramOAuthRules } from "./oauth-rules.ts";
import { receiveVideo } from "./upload.ts";

export const makeTwin: MakeTwin = (world) => {
  const rules = instagramOAuthRules(world);
  const nextId = mediaIds();
  const tokens = oauthEndpoints(world, rules);
  const login = new Hono<{ Bindings: TwinBindings }>();
  login.post("/oauth/access_token", tokens.token);
  login.notFound(() => graphErrors["invalid-parameter"]());
  const own = graphOf(world, nextId, "instagram", ownPermissions);
  for (const base of ["", versionSegment]) {
    own.get(`${base}/access_token`, tokens.exchange);
    own.get(`${base}/refresh_access_token`, tokens.exchange);
    own.get(`${base}/me`, graphAccess(world, { platform: "instagram" }), needs(ownPermissions.basic), me());
  }
  const site = siteOf(world, rules);
  return {
    id: "instagram",
    name: "Instagram",
    hosts: {
      "graph.instagram.com": own,
      "api.instagram.com": login,
      "www.instagram.com": site,
      "instagram.com": site,
      [pictureHost]: containerPictures(world, "instagram"),
      "graph.facebook.com": graphOf(world, nextId, "facebook", facebookPermissions),
      "rupload.facebook.com": ruploadOf(world),
    },
    claims: ({ host, pathname }) => {
      if (host === "rupload.facebook.com") return pathname.startsWith("/ig-api-upload/");
      if (host !== "graph.facebook.com") return true;
      return isInstagramId(/^(?:\/v\d+\.\d+)?\/(\d+)(?:\/|$)/.exec(pathname)?.[1] ?? "");
    },
    streams: ({ host }) => host === "rupload.facebook.com",
    clients: [
      {
        platform: "instagram",
        clientId: "sandbox-instagram-app",
        clientSecret: "sandbox-instagram-secret",
        redirectUris: ["https://localhost:8791/callback/instagram"],
      },
    ],
    answerStatus: (status, _path, resetAfter) => answerGraphStatus(status, resetAfter),
    errors: instagramErrors,
    refusesRedirectUri: refusesPlainRedirect,
    maximumRedirectUris: 50,
  };
};

/** `platform`: whose tokens it takes. */
function graphOf(
  world: World,
  nextId: () => string,
  platform: "instagram" | "facebook",
  { basic, publish: write, comments }: Permissions,
): Hono<GraphEnvironment> {
  const graph = new Hono<GraphEnvironment>();
  const access = graphAccess(world, { platform });
  graph.use(toldVersion(world));
  for (const base of [versionSegment, ""]) {
    const user = `${base}/:user{me|[0-9]+}`;
    graph.post(`${user}/media`, access, needs(basic, write), createContainer(world, nextId));
    graph.post(`${user}/media_publish`, access, needs(basic, write), publish(world, nextId));
    graph.get(`${user}/content_publishing_limit`, access, needs(basic, write), publishingLimit(world));
    graph.get(`${user}/media`, access, needs(basic), listMedia(world, false));
    graph.get(`${user}/stories`, access, needs(basic), listMedia(world, true));
    graph.post(`${base}/:id{[0-9]+}/comments`, access, needs(basic, comments), createComment(world, nextId));
    graph.get(`${base}/:id{[0-9]+}`, access, needs(basic), getObject(world));
    graph.delete(`${base}/:id{[0-9]+}`, access, needs(basic, write), deleteMedia(world));
  }
  graph.notFound(() => graphErrors["invalid-parameter"]());
  return graph;
}

function ruploadOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const rupload = new Hono<{ Bindings: TwinBindings }>();
  rupload.post("/ig-api-upload/:version/:id", receiveVideo(world));
  rupload.notFound(() => uploadErrors["upload-refused"]());
  return rupload;
}

function siteOf(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  site.use(pageHeaders);
  site.get("/oauth/authorize", consent.show);
  site.post("/oauth/authorize", consent.decide);
  site.get("/*", (context) => {
    const path = new URL(context.req.url).pathname;
    const post = world.posts.newestFirst().find(({ platform, url }) => platform === "instagram" && isAt(url, path));
    if (!post) return context.notFound();
    const comments = world.posts
      .newestFirst()
      .filter(({ platform, replyTo }) => platform === "instagram" && replyTo === post.id);
    return context.html(postPage([post, ...comments].map((part) => cardOf(world, part, "Instagram"))));
  });
  site.notFound((context) =>
    context.html(
      problemPage({ title: "Sorry, this page isn't available.", text: new URL(context.req.url).pathname }),
      404,
    ),
  );
  return site;
}

/** With a slash at its end or without. */
const isAt = (url: string, path: string): boolean =>
  new URL(url).pathname.replace(/\/$/, "") === path.replace(/\/$/, "");
