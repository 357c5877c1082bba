/** GitHub: its site, its APIs, and where a release's files go. https://docs.github.com */
import { Hono } from "hono";
import { showsSecret } from "../oauth/client-authentication.ts";
import { consentHandlers } from "../oauth/consent.ts";
import { devicePages } from "../oauth/device.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import type { OAuthRules } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type GitHubEnvironment, personalToken, userId } from "./access.ts";
import { githubError, githubErrors, notFound } from "./errors.ts";
import { createGist, deleteGist, listGists } from "./gists.ts";
import { graphqlEndpoint } from "./graphql.ts";
import { appClient, githubOAuthRules } from "./oauth.ts";
import {
  changeRelease,
  createRelease,
  deleteAsset,
  deleteRelease,
  listReleases,
  readRelease,
  uploadAsset,
} from "./releases.ts";

const redirectUris = ["http://127.0.0.1/callback/github"];

export const makeGitHubTwin: MakeTwin = (world) => {
  const rules = githubOAuthRules(world);
  return {
    id: "github",
    name: "GitHub",
    hosts: {
      "github.com": siteOf(world, rules),
      "gist.github.com": pagesOf(world),
      "api.github.com": apiOf(world),
      "uploads.github.com": uploadsOf(world),
    },
    streams: ({ host }) => host === "uploads.github.com",
    clients: [
      { platform: "github", clientId: "sandbox-github-client", clientSecret: "sandbox-github-secret", redirectUris },
      { platform: "github", clientId: appClient, clientSecret: "sandbox-github-app-secret", redirectUris },
    ],
    keys: world.people.map((person) => ({ person: person.handle, method: "token", key: personalToken(person) })),
    answerStatus: (status, _path, resetAfter) =>
      githubError(
        status,
        "The sandbox was told to",
        {},
        resetAfter === undefined ? {} : { "retry-after": String(resetAfter) },
      ),
    errors: githubErrors,
    refusesRedirectUri: (uri) => (/^https?:\/\//.test(uri) ? null : "The callback URL must be http or https"),
    maximumRedirectUris: 10,
  };
};

/** Whoever does not ask for JSON is answered with a form. */
async function inWantedForm(accept: string | undefined, answer: Response): Promise<Response> {
  if (accept?.includes("application/json")) return answer;
  const body = (await answer.json()) as Record<string, string>;
  return new Response(new URLSearchParams(body), { status: answer.status });
}

function siteOf(world: World, rules: OAuthRules): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  const consent = consentHandlers(world, rules);
  const device = devicePages(world, rules);
  const endpoints = oauthEndpoints(world, rules);
  site.use(pageHeaders);
  site.get("/login/oauth/authorize", consent.show);
  site.post("/login/oauth/authorize", consent.decide);
  site.post("/login/oauth/access_token", async (context) =>
    inWantedForm(context.req.header("accept"), await endpoints.token(context)),
  );
  site.post("/login/device/code", async (context) =>
    inWantedForm(context.req.header("accept"), await endpoints.device(context)),
  );
  site.get("/login/device", device.show);
  site.post("/login/device", device.decide);
  site.route("/", pagesOf(world));
  return site;
}

/** Where what was published can be seen. */
function pagesOf(world: World): Hono {
  const pages = new Hono();
  pages.use(pageHeaders);
  pages.get("*", (context) => {
    const { pathname } = new URL(context.req.url);
    const post = world.posts.all("github").find(({ url }) => new URL(url).pathname === pathname);
    if (post) return context.html(postPage([cardOf(world, post, "GitHub")]));
    return context.html(problemPage({ title: "404", text: "This is not the web page you are looking for." }), 404);
  });
  return pages;
}

function apiOf(world: World): Hono<GitHubEnvironment> {
  const api = new Hono<GitHubEnvironment>();
  // Basic, with the app's secret: before any token is looked at.
  api.delete("/applications/:client/token", async (context) => {
    const [id = "", secret = ""] = atob(context.req.header("authorization")?.replace(/^Basic /, "") ?? "").split(":");
    const client = world.clients.find("github", id);
    const { access_token: token } = (await context.req.json()) as { access_token?: string };
    const grant = world.grants.grantOf(token ?? "");
    if (!client || id !== context.req.param("client") || !showsSecret(client, secret)) return notFound();
    if (grant?.clientId !== id) return notFound();
    world.grants.revoke(grant);
    return new Response(null, { status: 204 });
  });
  api.use(access(world));
  api.get("/user", (context) => {
    const person = context.get("person");
    const { handle: login, name } = person;
    return context.json({ id: userId(person), login, name, html_url: `https://github.com/${login}`, type: "User" });
  });
  api.post("/gists", createGist(world));
  api.get("/gists", listGists(world));
  api.delete("/gists/:id", deleteGist(world));
  const releases = "/repos/:owner/:repo/releases";
  api.get(releases, listReleases(world));
  api.post(releases, createRelease(world));
  api.delete(`${releases}/assets/:id`, deleteAsset(world));
  api.get(`${releases}/:id`, readRelease(world));
  api.patch(`${releases}/:id`, changeRelease(world));
  api.delete(`${releases}/:id`, deleteRelease(world));
  api.post("/graphql", graphqlEndpoint(world));
  api.notFound(notFound);
  return api;
}

function uploadsOf(world: World): Hono<GitHubEnvironment> {
  const uploads = new Hono<GitHubEnvironment>();
  uploads.use(access(world));
  uploads.post("/repos/:owner/:repo/releases/:id/assets", uploadAsset(world));
  uploads.notFound(notFound);
  return uploads;
}
