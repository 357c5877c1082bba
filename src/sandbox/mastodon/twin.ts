/** Mastodon: one server of today, one of years ago. https://docs.joinmastodon.org */
import { Hono } from "hono";
import { seconds } from "../../domain/time.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { endpoints, guarded, pastedTokens } from "./access.ts";
import { createApp, refusesRedirectUri } from "./apps.ts";
import { answerStatus, mastodonErrors } from "./errors.ts";
import { accountId } from "./ids.ts";
import { readMedia, serveMedia, upload } from "./media.ts";
import { serveOAuth } from "./oauth.ts";
import { instanceDocument, oldInstanceDocument, type Server, servers } from "./servers.ts";
import { accountStatuses, createStatus, deleteScheduled, deleteStatus, keptOf, scheduledStatuses } from "./statuses.ts";

export const makeMastodonTwin: MakeTwin = (world) => ({
  id: "mastodon",
  name: "Mastodon",
  hosts: Object.fromEntries(servers.map((server) => [server.host, siteOf(world, server)])),
  // Its films are larger than other requests.
  streams: ({ pathname }) => pathname === "/api/v2/media",
  // Whoever comes makes an app.
  clients: [],
  keys: pastedTokens,
  answerStatus: (status, path, resetAfter = 300) =>
    answerStatus(status, path, new Date(world.clock.now() + seconds(resetAfter))),
  errors: mastodonErrors,
  refusesRedirectUri,
  maximumRedirectUris: 100,
});

function siteOf(world: World, server: Server): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>();
  serveOAuth(site, world, server);
  site.post("/api/v1/apps", createApp(world, server));
  site.get("/api/v1/instance", (context) => context.json(oldInstanceDocument(server)));
  if (server.apiVersion !== null) site.get("/api/v2/instance", (context) => context.json(instanceDocument(server)));
  const { verifyCredentials, upload: uploading, readMedia: looking, post, remove, read, write } = endpoints;
  site.get(
    "/api/v1/accounts/verify_credentials",
    guarded(world, server, verifyCredentials, (context, { person }) =>
      context.json({
        id: accountId(person, server.host),
        username: person.handle,
        acct: person.handle,
        display_name: person.name,
        locked: person.private === true,
        bot: false,
        url: `https://${server.host}/@${person.handle}`,
        source: { privacy: "public", sensitive: false, language: "en" },
      }),
    ),
  );
  site.post("/api/v2/media", guarded(world, server, uploading, upload(world, server)));
  site.get("/api/v1/media/:id", guarded(world, server, looking, readMedia(world, server)));
  site.post("/api/v1/statuses", guarded(world, server, post, createStatus(world, server)));
  site.delete("/api/v1/statuses/:id", guarded(world, server, remove, deleteStatus(world, server)));
  site.get("/api/v1/accounts/:id/statuses", guarded(world, server, read, accountStatuses(world, server)));
  site.get("/api/v1/scheduled_statuses", guarded(world, server, read, scheduledStatuses(world, server)));
  site.delete("/api/v1/scheduled_statuses/:id", guarded(world, server, write, deleteScheduled(world, server)));
  site.get("/system/media_attachments/:id", serveMedia(world, server));
  site.get("/:author{@[^/]+}/:id", pageHeaders, (context) => {
    const found = world.posts.find("mastodon", context.req.param("id"));
    if (!found || keptOf(world).get(found.id)?.host !== server.host) return context.notFound();
    return context.html(postPage(world.posts.thread(found).map((part) => cardOf(world, part, "Mastodon"))));
  });
  site.notFound((context) =>
    context.req.path.startsWith("/api/") || context.req.path.startsWith("/.well-known/")
      ? mastodonErrors["not-found"]()
      : context.html(
          problemPage({ title: "The page you are looking for isn't here.", text: new URL(context.req.url).pathname }),
          404,
        ),
  );
  return site;
}
