/** YouTube with as much of Google as it needs: sign-in, tokens, the Data API, the pages of videos. https://developers.google.com/youtube/v3/docs */
import { Hono } from "hono";
import { access, type GoogleEnvironment, type Method } from "../google/access.ts";
import { answerStatus, googleErrors } from "../google/errors.ts";
import { googleHosts } from "../google/hosts.ts";
import { refusesRedirectUri } from "../google/oauth-rules.ts";
import { continueSession } from "../google/resumable.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { youtubeErrors } from "./errors.ts";
import {
  deleteVideo,
  finishVideo,
  insertComment,
  insertVideo,
  listChannels,
  listVideos,
  sessionShelf,
  setThumbnail,
  updateVideo,
} from "./methods.ts";
import { videoFor, videosOf } from "./videos.ts";

const platform = "youtube";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}` as const;

/** In the words of Google's consent page. */
const scopes = {
  [scope("youtube")]: "Manage your YouTube account",
  [scope("youtube.force-ssl")]: "See, edit, and permanently delete your YouTube videos, ratings, comments and captions",
  [scope("youtube.readonly")]: "View your YouTube account",
  [scope("youtube.upload")]: "Manage your YouTube videos",
};

export const makeYouTubeTwin: MakeTwin = (world) => {
  const api = apiOf(world);
  const site = siteOf(world);
  const client = { platform, clientSecret: "sandbox-google-secret", redirectUris: [] };
  return {
    id: platform,
    name: "YouTube",
    hosts: {
      "www.googleapis.com": api,
      "youtube.googleapis.com": api,
      ...googleHosts(world, platform, scopes),
      "www.youtube.com": site,
      "i.ytimg.com": thumbnails(world),
    },
    clients: [
      { ...client, clientId: "sandbox-google-client" },
      { ...client, clientId: "sandbox-google-testing", testing: true },
    ],
    answerStatus,
    errors: youtubeErrors,
    refusesRedirectUri,
    maximumRedirectUris: 100,
  };
};

const uploads = { name: "youtube videos.insert", limit: 100 };
const units = { name: "youtube units", limit: 10_000 };

const full = [scope("youtube"), scope("youtube.force-ssl")];

const methods = {
  insert: { scopes: [...full, scope("youtube.upload")], bucket: uploads, cost: 1 },
  list: { scopes: [...full, scope("youtube.readonly")], bucket: units, cost: 1 },
  change: { scopes: full, bucket: units, cost: 50 },
  thumbnail: { scopes: [...full, scope("youtube.upload")], bucket: units, cost: 50 },
  comment: { scopes: [scope("youtube.force-ssl")], bucket: units, cost: 50 },
} as const satisfies Record<string, Method>;

function apiOf(world: World): Hono<GoogleEnvironment> {
  const api = new Hono<GoogleEnvironment>();
  const may = (method: Method) => access(world, platform, method);
  api.get("/youtube/v3/channels", may(methods.list), listChannels(world));
  api.get("/youtube/v3/videos", may(methods.list), listVideos(world));
  api.put("/youtube/v3/videos", may(methods.change), updateVideo(world));
  api.delete("/youtube/v3/videos", may(methods.change), deleteVideo(world));
  api.post("/youtube/v3/commentThreads", may(methods.comment), insertComment(world));
  api.post("/upload/youtube/v3/videos", may(methods.insert), insertVideo(world));
  // Neither token nor quota: the session's URL is the right to it.
  api.put("/upload/youtube/v3/videos", continueSession(world, sessionShelf, finishVideo(world)));
  api.post("/upload/youtube/v3/thumbnails/set", may(methods.thumbnail), setThumbnail(world));
  api.notFound(() => googleErrors["not-found"]());
  return api;
}

/** What everybody sees who has the address: public and unlisted videos. */
function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const missing = problemPage({ title: "Video unavailable", text: "This video is private, or it does not exist." });
  site.use(pageHeaders);
  site.get("/watch", (context) => {
    const video = videoFor(world, context.req.query("v") ?? "", null);
    const post = video && world.posts.find(platform, video.id);
    if (!video) return context.html(missing, 404);
    if (!post) return context.html(problemPage({ title: video.snippet.title, text: "Unlisted" }));
    return context.html(postPage(world.posts.thread(post).map((part) => cardOf(world, part, "YouTube"))));
  });
  site.notFound((context) => context.html(missing, 404));
  return site;
}

function thumbnails(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/vi/:id/:file", (context) => {
    const picture = videosOf(world).get(context.req.param("id"))?.thumbnail;
    if (!picture) return context.notFound();
    return context.body(new Uint8Array(picture.content), 200, {
      "content-type": picture.type,
      // What was sniffed is what it is: never a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
