/** Reddit: its site with the consent page and token endpoint, its API, and where files go. https://www.reddit.com/dev/api */
import { type Context, Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { SandboxPost } from "../posts.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type RedditContext, type RedditEnvironment, refusal, scope } from "./access.ts";
import { assetsOf, lease, receive, uploadHost } from "./assets.ts";
import { aboutOf, type Community, communityNamed, personId, requirementsOf } from "./communities.ts";
import { answer, answerStatus, redditErrors } from "./errors.ts";
import { redditOAuthRules, refusesRedirectUri } from "./oauth-rules.ts";
import { comment, postedOf, remove, submit, submitGallery } from "./submit.ts";

const redirectUris = ["http://127.0.0.1:8791/callback/reddit"];

export const makeRedditTwin: MakeTwin = (world) => ({
  id: "reddit",
  name: "Reddit",
  hosts: {
    "www.reddit.com": siteOf(world),
    "oauth.reddit.com": apiOf(world),
    [uploadHost]: uploadsOf(world),
    "i.redd.it": picturesOf(world),
  },
  streams: ({ host }) => host === uploadHost,
  clients: [
    { platform: "reddit", clientId: "sandbox-reddit_installed-app", clientSecret: null, redirectUris },
    { platform: "reddit", clientId: "sandbox-reddit_web-app", clientSecret: "sandbox-reddit_web-secret", redirectUris },
  ],
  answerStatus,
  errors: redditErrors,
  refusesRedirectUri,
  maximumRedirectUris: 1,
});

function apiOf(world: World): Hono<RedditEnvironment> {
  const api = new Hono<RedditEnvironment>();
  api.use(access(world));
  api.get("/api/v1/me", scope("identity"), (context) => {
    const person = context.get("person");
    const { handle: name } = person;
    return answer({ id: personId(person), name, has_verified_email: true, is_suspended: false, total_karma: 100 });
  });
  api.get(
    "/r/:name/about",
    scope("read"),
    inCommunity(world, (community, context) => answer(aboutOf(community, context.get("person")))),
  );
  api.get(
    "/api/v1/:name/post_requirements",
    scope("submit"),
    inCommunity(world, (community) => answer(requirementsOf(community))),
  );
  api.get(
    "/r/:name/api/link_flair_v2",
    scope("flair"),
    inCommunity(world, (community) => (community.flairs.length > 0 ? answer(community.flairs) : refusal("private"))),
  );
  api.post("/api/media/asset.json", scope("submit"), lease(world));
  api.post("/api/submit", scope("submit"), submit(world));
  api.post("/api/submit_gallery_post.json", scope("submit"), submitGallery(world));
  api.post("/api/comment", scope("submit"), comment(world));
  api.post("/api/del", scope("edit"), remove(world));
  api.get("/user/:name/submitted", scope("history"), (context) => listing(world, context, "t3"));
  api.get("/user/:name/comments", scope("history"), (context) => listing(world, context, "t1"));
  api.notFound(() => refusal("not-found"));
  return api;
}

function inCommunity(world: World, work: (community: Community, context: RedditContext) => Response) {
  return (context: RedditContext): Response => {
    const community = communityNamed(world, context.req.param("name") ?? "");
    // Reddit shows who asks for what is not there to its search.
    if (!community) return refusal("wrong-subreddit");
    return community.type === "private" ? refusal("private") : work(community, context);
  };
}

/** Newest first. */
function listing(world: World, context: RedditContext, kind: "t1" | "t3"): Response {
  const limit = Math.min(Number(context.req.query("limit") ?? 25), 100);
  const author = context.req.param("name") ?? "";
  const posts = world.posts.by("reddit", author).filter(({ id }) => id.startsWith(`${kind}_`));
  const children = posts.slice(0, limit).map((post) => ({ kind, data: listed(world, post) }));
  return answer({ kind: "Listing", data: { after: null, before: null, dist: children.length, children } });
}

function listed(world: World, { id, title, text, url, replyTo, author, createdAt }: SandboxPost) {
  const common = {
    id: id.slice(3),
    name: id,
    author,
    permalink: new URL(url).pathname,
    created_utc: Math.floor(createdAt / 1000),
  };
  if (replyTo !== null) return { ...common, body: text, parent_id: replyTo };
  const { subreddit, kind, flair, nsfw, spoiler, link } = postedOf(world).get(id) ?? {};
  const self = kind === "self";
  return {
    ...common,
    title,
    selftext: text,
    subreddit,
    is_self: self,
    url: link ?? url,
    link_flair_text: flair,
    over_18: nsfw,
    spoiler,
  };
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const rules = redditOAuthRules(world);
  const { token, revoke } = oauthEndpoints(world, rules);
  const consent = consentHandlers(world, rules);
  site.post("/api/v1/access_token", token);
  site.post("/api/v1/revoke_token", async (context) => {
    const revoked = await revoke(context);
    return revoked.status === 200 ? new Response(null, { status: 204 }) : revoked;
  });
  site.use(pageHeaders);
  site.get("/api/v1/authorize", async (context: Context) => {
    const shown = await consent.show(context);
    // What is wrong is told on a page, whatever it is.
    if (shown.status !== 302) return shown;
    const why = new URL(shown.headers.get("location") ?? "").searchParams.get("error_description") ?? "";
    return context.html(problemPage({ title: "bad request (reddit.com)", text: why }), 400);
  });
  site.post("/api/v1/authorize", consent.decide);
  site.get("/r/:name/comments/:id/*", (context) => {
    const post = world.posts.find("reddit", `t3_${context.req.param("id")}`);
    if (!post) return context.notFound();
    const answers = world.posts.all("reddit").filter(({ replyTo }) => replyTo === post.id);
    return context.html(postPage([post, ...answers].map((each) => cardOf(world, each, "Reddit"))));
  });
  site.notFound((context) =>
    context.html(problemPage({ title: "page not found", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

function uploadsOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.post("/", receive(world));
  return host;
}

/** The pictures of posts that are public. */
function picturesOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/:id", (context) => {
    const asset = assetsOf(world).get(context.req.param("id"));
    const isPublic = world.posts.newestFirst().some(({ media }) => media.some(({ id }) => id === asset?.id));
    if (!asset?.file || !isPublic) return context.notFound();
    return context.body(new Uint8Array(asset.file.content), 200, {
      "content-type": asset.type,
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });
  return host;
}
