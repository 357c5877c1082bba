/** Discord: its API, its consent page, and what a channel shows. https://docs.discord.com/developers/reference */
import { type Context, Hono } from "hono";
import { consentHandlers } from "../oauth/consent.ts";
import { oauthEndpoints } from "../oauth/endpoints.ts";
import { type IssuedTokens, lifetimes, type OAuthRules, standardRefusals } from "../oauth/rules.ts";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { answerStatus, discordError, discordErrors, json } from "./answers.ts";
import { received } from "./message-body.ts";
import { beginThread, deleteMessage, type Poster, postByBot, postByWebhook, withinBucket } from "./posting.ts";
import { endWebhook, makeWebhook, serversOf, type Webhook, webhookBody, webhooksOf } from "./servers.ts";

const redirectUris = ["http://127.0.0.1:8791/callback/discord"];

export const makeDiscordTwin: MakeTwin = (world) => {
  const site = siteOf(world);
  return {
    id: "discord",
    name: "Discord",
    hosts: { "discord.com": site, "discordapp.com": site, "ptb.discord.com": site, "canary.discord.com": site },
    // A webhook's token is the right to post by it.
    shownPath: (path) => path.replace(/(\/webhooks\/\d+)\/[^/]+/, "$1"),
    largestBody: 26 * 1024 * 1024,
    clients: [
      {
        platform: "discord",
        clientId: "sandbox-discord-client",
        clientSecret: "sandbox-discord-secret",
        redirectUris,
      },
    ],
    keys: serversOf(world.people).flatMap(({ owner, botToken, channels }) => [
      ...webhooksOf(world)
        .filter(({ server }) => server.owner === owner)
        .slice(0, 1)
        .map(({ id, token }) => ({
          person: owner,
          method: "webhook",
          key: `https://discord.com/api/webhooks/${id}/${token}`,
        })),
      { person: owner, method: "bot", key: botToken, answers: { channel: channels[0]?.id ?? "" } },
    ]),
    answerStatus,
    errors: discordErrors,
    refusesRedirectUri,
    maximumRedirectUris: 10,
  };
};

function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname } = new URL(uri);
  if (protocol === "https:") return null;
  return protocol === "http:" && ["localhost", "127.0.0.1"].includes(hostname) ? null : "it must be https";
}

function rulesOf(world: World): OAuthRules {
  return {
    platform: "discord",
    name: "Discord",
    scopes: {
      identify: "Access your username and avatar",
      "webhook.incoming": "Create a webhook in a channel of yours",
      guilds: "Know what servers you're in",
    },
    refreshScope: null,
    pkceMethods: ["S256"],
    pkce: "optional",
    stateMaximum: 1024,
    confidentialClients: "basic",
    codeLifetime: 60,
    ...lifetimes(world, { accessTokenLifetime: 604_800, refreshTokenLifetime: 31_536_000, refreshGrace: 0 }),
    tokenType: "Bearer",
    tokenReply: (issued) => tokenReply(world, issued),
    refusals: standardRefusals,
    revokesAll: true,
    revoked: {},
  };
}

/** With the webhook that the consent made, once. https://docs.discord.com/developers/topics/oauth2#webhooks */
function tokenReply(world: World, { grantType, grant, ...issued }: IssuedTokens): Record<string, unknown> {
  const { refreshExpiresIn: _unsaid, ...reply } = issued;
  const server = serversOf(world.people).find(({ owner }) => owner === grant.person);
  const makes = grantType === "authorization_code" && grant.scopes.includes("webhook.incoming") && server;
  return makes ? { ...reply, webhook: webhookBody(makeWebhook(world, server, grant.clientId)) } : reply;
}

type DiscordContext = Context<{ Bindings: TwinBindings }>;

/** Who asks by name and address is let through, others may be not: here they never are. */
const looksRight = (context: DiscordContext): boolean =>
  /^DiscordBot \(https:\/\/\S+, [^)]+\)/.test(context.req.header("user-agent") ?? "");

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  const rules = rulesOf(world);
  const { token, revoke } = oauthEndpoints(world, rules);
  const consent = consentHandlers(world, rules);
  for (const base of ["/api/oauth2", "/api/v10/oauth2"]) {
    site.post(`${base}/token`, token);
    site.post(`${base}/token/revoke`, revoke);
  }
  site.get("/oauth2/authorize", pageHeaders, consent.show);
  site.post("/oauth2/authorize", pageHeaders, consent.decide);
  site.use("/api/*", async (context, next) => (looksRight(context) ? next() : discordError("cloudflare")));
  webhookRoutes(world, site);
  botRoutes(world, site);
  site.get("/channels/:server/:channel/:message", pageHeaders, (context) => {
    const post = world.posts.find("discord", context.req.param("message"));
    return post ? context.html(postPage([cardOf(world, post, "Discord")])) : context.notFound();
  });
  site.notFound((context) => {
    const text = new URL(context.req.url).pathname;
    if (text.startsWith("/api/")) return discordError("unknown-channel");
    return context.html(problemPage({ title: "There is nothing here", text }), 404);
  });
  return site;
}

function webhookRoutes(world: World, site: Hono<{ Bindings: TwinBindings }>): void {
  const base = "/api/v10/webhooks/:id/:token";
  const known = (context: DiscordContext): Webhook | Response => {
    const webhook = webhooksOf(world).find(({ id }) => id === context.req.param("id"));
    if (!webhook) return discordError("unknown-webhook");
    return webhook.token === context.req.param("token") ? webhook : discordError("invalid-webhook-token");
  };
  const posterOf = ({ server, name, id }: Webhook): Poster => ({ world, server, by: name, route: `webhook ${id}` });
  site.get(base, (context) => {
    const webhook = known(context);
    return webhook instanceof Response ? webhook : json(webhookBody(webhook));
  });
  site.delete(base, (context) => {
    const webhook = known(context);
    if (webhook instanceof Response) return webhook;
    endWebhook(world, webhook);
    return new Response(null, { status: 204 });
  });
  site.post(base, async (context) => {
    const webhook = known(context);
    if (webhook instanceof Response) return webhook;
    const channel = webhook.server.channels.find(({ id }) => id === webhook.channelId);
    if (!channel) return discordError("unknown-channel");
    const given = await received(context.req.raw);
    if (given instanceof Response) return given;
    const poster = posterOf(webhook);
    const query = new URL(context.req.url).searchParams;
    return withinBucket(poster, () => postByWebhook(poster, channel, query, given));
  });
  site.delete(`${base}/messages/:message`, (context) => {
    const webhook = known(context);
    if (webhook instanceof Response) return webhook;
    const place = context.req.query("thread_id") ?? webhook.channelId;
    return deleteMessage(posterOf(webhook), place, context.req.param("message"));
  });
}

function botRoutes(world: World, site: Hono<{ Bindings: TwinBindings }>): void {
  const serverBy = (context: DiscordContext) => {
    const [, token] = /^Bot (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
    return serversOf(world.people).find(({ botToken }) => botToken === token) ?? null;
  };
  site.get("/api/v10/users/@me", (context) => {
    const server = serverBy(context);
    if (server) return json({ id: server.botId, username: server.botName, bot: true });
    const [, bearer = ""] = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
    const access = world.grants.access("discord", bearer);
    const person = serversOf(world.people).find(({ owner }) => owner === access?.grant.person);
    if (!access || !person) return discordError("unauthorized");
    if (!access.scopes.includes("identify")) return discordError("missing-scope");
    return json({ id: person.userId, username: person.owner });
  });
  site.get("/api/v10/channels/:channel", (context) => {
    const server = serverBy(context);
    if (!server) return discordError("unauthorized");
    const all = serversOf(world.people).flatMap(({ channels }) => channels);
    const id = context.req.param("channel");
    if (!all.some((channel) => channel.id === id)) return discordError("unknown-channel");
    const channel = server.channels.find((each) => each.id === id);
    if (!channel?.visible) return discordError("missing-access");
    return json({ id, name: channel.name, type: channel.type, guild_id: server.id });
  });
  const posting = (path: string, work: typeof postByBot) =>
    site.post(`/api/v10/channels/:channel/${path}`, async (context) => {
      const server = serverBy(context);
      if (!server) return discordError("unauthorized");
      const given = await received(context.req.raw);
      if (given instanceof Response) return given;
      const channel = context.req.param("channel") ?? "";
      const poster = { world, server, by: server.botName, route: `bot ${channel}` };
      return withinBucket(poster, () => work(poster, channel, given));
    });
  posting("messages", postByBot);
  posting("threads", beginThread);
  site.delete("/api/v10/channels/:channel/messages/:message", (context) => {
    const server = serverBy(context);
    if (!server) return discordError("unauthorized");
    const poster = { world, server, by: server.botName, route: "" };
    return deleteMessage(poster, context.req.param("channel"), context.req.param("message"));
  });
}
