/** LinkedIn: api.linkedin.com, and the site with its consent page and upload addresses. https://learn.microsoft.com/linkedin */
import { type Context, Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type LinkedInEnvironment } from "./access.ts";
import { assetsOf, typeOf } from "./assets.ts";
import { createComment } from "./comments.ts";
import { createPost } from "./create-post.ts";
import { answerStatus, linkedinErrors } from "./errors.ts";
import { organizationAcls, readOrganization, userInfo } from "./members.ts";
import { introspect, linkedinOAuthRules, pagesClient, refusedScope, refusesRedirectUri } from "./oauth.ts";
import { deletePost, findPosts } from "./posts.ts";
import { receive } from "./received.ts";
import { act, readAsset } from "./uploads.ts";

const redirectUris = ["http://127.0.0.1:8791/callback/linkedin"];

export const makeTwin: MakeTwin = (world) => ({
  id: "linkedin",
  name: "LinkedIn",
  hosts: {
    "api.linkedin.com": apiOf(world),
    "www.linkedin.com": siteOf(world),
    "media.licdn.com": picturesOf(world),
  },
  streams: ({ pathname }) => pathname.startsWith("/dms-uploads/"),
  clients: [
    {
      platform: "linkedin",
      clientId: "sandbox-linkedin-client",
      clientSecret: "sandbox-linkedin-secret",
      redirectUris,
    },
    {
      platform: "linkedin",
      clientId: pagesClient,
      credential: "organization",
      clientSecret: "sandbox-linkedin-pages-secret",
      redirectUris,
    },
  ],
  answerStatus,
  errors: linkedinErrors,
  refusesRedirectUri,
  maximumRedirectUris: 100,
});

function apiOf(world: World): Hono<LinkedInEnvironment> {
  const api = new Hono<LinkedInEnvironment>();
  api.use(access(world));
  api.get("/v2/userinfo", userInfo());
  api.get("/rest/organizationAcls", organizationAcls());
  api.get("/rest/organizations/:id{[0-9]+}", readOrganization(world));
  api.post("/rest/posts", createPost(world));
  api.get("/rest/posts", findPosts(world));
  api.delete("/rest/posts/:urn", deletePost(world));
  for (const kind of ["image", "document", "video"] as const) {
    api.post(`/rest/${kind}s`, act(world, kind));
    api.get(`/rest/${kind}s/:urn`, readAsset(world, kind));
  }
  api.post("/rest/socialActions/:urn/comments", createComment(world, "/rest"));
  api.post("/v2/socialActions/:urn/comments", createComment(world, "/v2"));
  api.notFound(() => linkedinErrors["not-found"]());
  return api;
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const rules = linkedinOAuthRules(world);
  const { token, revoke } = oauthEndpoints(world, rules);
  const consent = consentHandlers(world, rules);
  const show = (context: Context) => {
    const refusal = refusedScope(world, rules, new URL(context.req.url).searchParams);
    return refusal ? context.redirect(refusal.href, 302) : consent.show(context);
  };
  site.post("/oauth/v2/accessToken", token);
  site.post("/oauth/v2/revoke", revoke);
  site.post("/oauth/v2/introspectToken", introspect(world));
  site.put("/dms-uploads/sp/:kind/:id/:part", receive(world));
  site.use(pageHeaders);
  site.get("/oauth/v2/authorization", show);
  site.post("/oauth/v2/authorization", consent.decide);
  site.get("/feed/update/:urn/", (context) => {
    const post = world.posts.find("linkedin", context.req.param("urn"));
    if (!post) return context.notFound();
    return context.html(postPage(world.posts.thread(post).map((part) => cardOf(world, part, "LinkedIn"))));
  });
  site.notFound((context) =>
    context.html(problemPage({ title: "This page doesn’t exist", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

/** The pictures of posts that are public. */
function picturesOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/dms/image/:id", (context) => {
    const urn = `urn:li:image:${context.req.param("id")}`;
    const asset = assetsOf(world).get(urn);
    const type = asset ? typeOf(asset) : null;
    const isPublic = world.posts.newestFirst().some(({ media }) => media.some(({ id }) => id === urn));
    if (!asset || type === null || !isPublic) return context.notFound();
    return context.body(new Uint8Array(asset.file.content), 200, {
      "content-type": type,
      // What was sniffed is what it is: never a page.
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
