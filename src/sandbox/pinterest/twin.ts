/** Pinterest: its site with the consent page, its API, and where videos go. https://developers.pinterest.com/docs/api/v5 */
import { Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { access, type PinterestEnvironment, refusal } from "./access.ts";
import { boardsOf, idFor } from "./boards.ts";
import { answer, answerStatus, pinterestErrors } from "./errors.ts";
import { readMedia, receive, register, uploadHost } from "./media.ts";
import { pinterestOAuthRules, refusesRedirectUri } from "./oauth-rules.ts";
import { createPin, deletePin, listPins, pictures } from "./pins.ts";

const redirectUris = ["http://localhost:8791/callback/pinterest"];

export const makePinterestTwin: MakeTwin = (world) => ({
  id: "pinterest",
  name: "Pinterest",
  hosts: {
    "www.pinterest.com": siteOf(world),
    "api.pinterest.com": apiOf(world),
    [uploadHost]: uploadsOf(world),
    "i.pinimg.com": picturesOf(world),
  },
  streams: ({ host, pathname }) => host === uploadHost || pathname === "/v5/pins",
  clients: [
    {
      platform: "pinterest",
      clientId: "1400001",
      clientSecret: "sandbox-pinterest-secret",
      redirectUris,
      enterprise: true,
    },
    { platform: "pinterest", clientId: "1400002", clientSecret: "sandbox-pinterest-trial-secret", redirectUris },
  ],
  answerStatus,
  errors: pinterestErrors,
  refusesRedirectUri,
  maximumRedirectUris: 10,
});

function apiOf(world: World): Hono<PinterestEnvironment> {
  const api = new Hono<PinterestEnvironment>();
  api.post("/v5/oauth/token", oauthEndpoints(world, pinterestOAuthRules(world)).token);
  api.get("/v5/user_account", access(world, "user_accounts:read"), (context) => {
    const { handle, name } = context.get("person");
    return answer({ id: idFor("account", handle), username: handle, account_type: "BUSINESS", business_name: name });
  });
  const reading = access(world, "boards:read");
  api.get("/v5/boards", reading, (context) => {
    const items = boardsOf(context.get("person")).map(({ id, name }) => ({ id, name, privacy: "PUBLIC" }));
    // One a page, so that whoever looks for a board has to go on.
    const at = Number(context.req.query("bookmark") ?? 0);
    return answer({ items: items.slice(at, at + 1), bookmark: at + 1 < items.length ? String(at + 1) : null });
  });
  api.get("/v5/boards/:board/sections", reading, (context) => {
    const board = boardsOf(context.get("person")).find(({ id }) => id === context.req.param("board"));
    return board ? answer({ items: board.sections, bookmark: null }) : refusal("board-not-found");
  });
  const listing = access(world, "boards:read", "pins:read");
  api.get("/v5/boards/:board/pins", listing, listPins(world));
  api.get("/v5/boards/:board/sections/:section/pins", listing, listPins(world));
  const writing = access(world, "boards:read", "boards:write", "pins:read", "pins:write");
  api.post("/v5/media", access(world, "pins:read", "pins:write"), register(world));
  api.get("/v5/media/:id", access(world, "pins:read"), readMedia(world));
  api.post("/v5/pins", writing, createPin(world));
  api.delete("/v5/pins/:id", writing, deletePin(world));
  api.notFound(() => refusal("pin-not-found"));
  return api;
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  const consent = consentHandlers(world, pinterestOAuthRules(world));
  site.use(pageHeaders);
  site.get("/oauth/", consent.show);
  site.post("/oauth/", consent.decide);
  site.get("/pin/:id/", (context) => {
    const post = world.posts.find("pinterest", context.req.param("id"));
    return post ? context.html(postPage([cardOf(world, post, "Pinterest")])) : context.notFound();
  });
  site.notFound((context) =>
    context.html(problemPage({ title: "We couldn't find that page", text: new URL(context.req.url).pathname }), 404),
  );
  return site;
}

function uploadsOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.post("/", receive(world));
  return host;
}

function picturesOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const host = new Hono<{ Bindings: TwinBindings }>();
  host.get("/originals/:id", (context) => {
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
