/** Facebook's Pages: the Graph, the hosts of its uploads, the dialog and the site. https://developers.facebook.com/docs/graph-api */
import { Hono } from "hono";
import { type GraphEnvironment, graphAccess } from "../graph/access.ts";
import { debugToken } from "../graph/debug-token.ts";
import { answerGraphStatus } from "../graph/errors.ts";
import { toldVersion, versionSegment } from "../graph/versions.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { SandboxPost } from "../posts.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { idNumbers } from "./environment.ts";
import { facebookErrors } from "./errors.ts";
import { createPost, listPosts } from "./feed.ts";
import { createComment, deleteNode, readNode } from "./nodes.ts";
import { accessToken, dialog, refusesRedirectUri } from "./oauth.ts";
import { accounts, businesses, businessPages, me, permissions, removePermissions, unknownPath } from "./people.ts";
import { uploadPhoto } from "./photos.ts";
import { beginUpload, receiveUpload, uploadState } from "./resumable.ts";
import { createVideo, receiveReel, reels } from "./videos.ts";

const hostsOfSite = ["www.facebook.com", "facebook.com"] as const;

export const makeTwin: MakeTwin = (world) => {
  const graph = graphOf(world);
  const site = siteOf(world);
  return {
    id: "facebook",
    name: "Facebook Pages",
    hosts: {
      "graph.facebook.com": graph,
      "graph-video.facebook.com": graph,
      "rupload.facebook.com": ruploadOf(world),
      ...Object.fromEntries(hostsOfSite.map((host) => [host, site])),
      "scontent.xx.fbcdn.net": picturesOf(world),
    },
    streams: ({ host, pathname }) => host === "rupload.facebook.com" || isUpload(pathname),
    clients: [
      {
        platform: "facebook",
        clientId: "sandbox-facebook-client",
        clientSecret: "sandbox-facebook-secret",
        redirectUris: ["http://localhost:8791/callback/facebook"],
        requireProof: true,
      },
      {
        platform: "facebook",
        clientId: "sandbox-facebook-live",
        clientSecret: "sandbox-facebook-live-secret",
        redirectUris: ["https://localhost:8791/callback/facebook"],
        requireProof: true,
        live: true,
      },
    ],
    answerStatus: (status, _path, resetAfter) => answerGraphStatus(status, resetAfter),
    errors: facebookErrors,
    refusesRedirectUri,
    maximumRedirectUris: 50,
  };
};

/** `/v26.0/upload:…`: the one path whose body is a file. */
const isUpload = (path: string): boolean => /^(?:\/v\d+\.\d+)?\/upload:/.test(path);

function graphOf(world: World): Hono<GraphEnvironment> {
  const graph = new Hono<GraphEnvironment>();
  const nextId = idNumbers();
  graph.use(toldVersion(world));
  // The first path in Hono that fits wins, so what is named comes before what is an id.
  for (const version of [versionSegment, ""]) {
    graph.on(["GET", "POST"], `${version}/oauth/access_token`, accessToken(world));
    graph.get(`${version}/debug_token`, debugToken(world, "facebook"));
    graph.use(`${version}/*`, graphAccess(world, { platform: "facebook", isUpload }));
    graph.get(`${version}/me`, me(world));
    graph.get(`${version}/me/accounts`, accounts(world));
    graph.get(`${version}/me/businesses`, businesses());
    graph.get(`${version}/me/permissions`, permissions());
    graph.delete(`${version}/me/permissions`, removePermissions(world));
    graph.get(`${version}/:upload{upload:[^/]+}`, uploadState(world));
    graph.post(`${version}/:upload{upload:[^/]+}`, receiveUpload(world));
    graph.post(`${version}/:id/uploads`, beginUpload(world));
    graph.get(`${version}/:id/owned_pages`, businessPages(world, "owned_pages"));
    graph.get(`${version}/:id/client_pages`, businessPages(world, "client_pages"));
    graph.get(`${version}/:id/feed`, listPosts(world, "feed"));
    graph.get(`${version}/:id/scheduled_posts`, listPosts(world, "scheduled_posts"));
    graph.post(`${version}/:id/feed`, createPost(world, nextId));
    graph.post(`${version}/:id/photos`, uploadPhoto(world, nextId));
    graph.post(`${version}/:id/videos`, createVideo(world, nextId));
    graph.post(`${version}/:id/video_reels`, reels(world, nextId));
    graph.post(`${version}/:id/comments`, createComment(world, nextId));
    graph.get(`${version}/:id{[0-9]+(?:_[0-9]+)?}`, readNode(world));
    graph.delete(`${version}/:id{[0-9]+(?:_[0-9]+)?}`, deleteNode(world));
  }
  graph.notFound((context) => unknownPath(context.req.path));
  return graph;
}

function ruploadOf(world: World): Hono<GraphEnvironment> {
  const rupload = new Hono<GraphEnvironment>();
  rupload.use(graphAccess(world, { platform: "facebook", isUpload: () => true, proof: false }));
  rupload.post("/video-upload/:version/:video", receiveReel(world));
  rupload.notFound(() => facebookErrors["upload-refused"]());
  return rupload;
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const { show, decide } = dialog(world);
  site.use(pageHeaders);
  for (const version of [versionSegment, ""]) {
    site.get(`${version}/dialog/oauth`, show);
    site.post(`${version}/dialog/oauth`, decide);
  }
  site.get("/connect/login_success.html", (context) =>
    context.html(
      problemPage({
        title: "Success",
        text: "SECURITY WARNING: Please treat the URL above as you would your password and do not share it with anyone.",
      }),
    ),
  );
  const permalink = (find: (world: World, id: string) => SandboxPost | null) => (id: string) => find(world, id);
  const byNumber = permalink(
    ({ posts }, id) =>
      posts.newestFirst().find((post) => post.platform === "facebook" && post.id.endsWith(`_${id}`)) ?? null,
  );
  const byVideo = permalink(
    ({ posts }, id) => posts.newestFirst().find(({ media }) => media.some((one) => one.id === id)) ?? null,
  );
  for (const [path, find] of [
    ["/:page/posts/:id", byNumber],
    ["/reel/:id/", byVideo],
    ["/reel/:id", byVideo],
  ] as const) {
    site.get(path, (context) => {
      const post = find(context.req.param("id") ?? "");
      if (!post) return context.notFound();
      const parts = [post, ...world.posts.newestFirst().filter(({ replyTo }) => replyTo === post.id)];
      return context.html(postPage(parts.map((part) => cardOf(world, part, "Facebook"))));
    });
  }
  site.notFound((context) =>
    context.html(
      problemPage({ title: "This content isn't available right now", text: new URL(context.req.url).pathname }),
      404,
    ),
  );
  return site;
}

/** The pictures of posts that are public. */
function picturesOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/v/:id", (context) => {
    const id = context.req.param("id");
    const isPublic = world.posts.newestFirst().some(({ media }) => media.some((one) => one.url?.endsWith(`/v/${id}`)));
    const photo = isPublic ? world.uploads.find("facebook", id) : null;
    if (photo?.kind !== "picture") return context.notFound();
    return context.body(new Uint8Array(photo.file.content), 200, {
      "content-type": photo.type,
      // What was sniffed is what it is: never a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
