/** Tumblr: its site with the consent page, and its API. https://github.com/tumblr/docs/blob/master/api.md */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, ofBlog, type TumblrEnvironment } from "./access.ts";
import { blogsOf } from "./blogs.ts";
import { answer, answerStatus, refusal, tumblrErrors } from "./errors.ts";
import { refusesRedirectUri, tumblrOAuthRules } from "./oauth-rules.ts";
import { createPost, deletePost, listPosts, pictures } from "./posts.ts";

const redirectUris = ["http://localhost:8791/callback/tumblr"];

export const makeTumblrTwin: MakeTwin = (world) => ({
  id: "tumblr",
  name: "Tumblr",
  hosts: {
    "www.tumblr.com": siteOf(world),
    "api.tumblr.com": apiOf(world),
    "64.media.tumblr.com": picturesOf(world),
  },
  streams: ({ host, pathname }) => host === "api.tumblr.com" && pathname.endsWith("/posts"),
  clients: [
    { platform: "tumblr", clientId: "sandbox-tumblr-key", clientSecret: "sandbox-tumblr-secret", redirectUris },
  ],
  answerStatus: (status) => answerStatus(status),
  errors: tumblrErrors,
  refusesRedirectUri,
  maximumRedirectUris: 10,
});

function apiOf(world: World): Hono<TumblrEnvironment> {
  const api = new Hono<TumblrEnvironment>();
  api.post("/v2/oauth2/token", oauthEndpoints(world, tumblrOAuthRules(world)).token);
  const [reading, writing] = [access(world, "basic"), access(world, "write")];
  api.get("/v2/user/info", reading, (context) => {
    const person = context.get("person");
    const blogs = blogsOf(person).map((blog) => ({ ...blog, url: `https://${blog.name}.tumblr.com/`, followers: 0 }));
    return answer({ user: { name: blogs[0]?.name, likes: 0, following: 0, blogs } });
  });
  api.post("/v2/blog/:blog/posts", writing, ofBlog, createPost(world));
  api.get("/v2/blog/:blog/posts", reading, ofBlog, listPosts(world, "published"));
  api.get("/v2/blog/:blog/posts/queue", reading, ofBlog, listPosts(world, "queue"));
  api.get("/v2/blog/:blog/posts/draft", reading, ofBlog, listPosts(world, "draft"));
  api.post("/v2/blog/:blog/post/delete", writing, ofBlog, deletePost(world));
  api.notFound(() => refusal("not-found"));
  return api;
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, tumblrOAuthRules(world));
  site.use(pageHeaders);
  site.get("/oauth2/authorize", consent.show);
  site.post("/oauth2/authorize", consent.decide);
  site.get("/:blog/:id", (context) => {
    const post = world.posts.find("tumblr", context.req.param("id"));
    return post ? context.html(postPage([cardOf(world, post, "Tumblr")])) : context.notFound();
  });
  site.notFound((context) =>
    context.html(problemPage({ title: "There's nothing here", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

function picturesOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/:id", (context) => {
    const picture = pictures(world).get(context.req.param("id"));
    if (!picture) return context.notFound();
    return context.body(new Uint8Array(picture.content), 200, {
      "content-type": picture.type,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
