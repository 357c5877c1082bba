/** Slack: its Web API, incoming webhooks, the host that files are uploaded to, and a page for each workspace. */
import { Hono } from "hono";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { answerStatus, ok, refused, slackErrors, word } from "./answers.ts";
import {
  type Call,
  completeUpload,
  deleteFile,
  deleteMessage,
  fileInfo,
  getPermalink,
  getUploadUrl,
  postByWebhook,
  postMessage,
  receiveFile,
} from "./posting.ts";
import { type Channel, type Workspace, workspacesOf } from "./workspaces.ts";

export const makeSlackTwin: MakeTwin = (world) => {
  const workspaces = workspacesOf(world.people);
  return {
    id: "slack",
    name: "Slack",
    hosts: {
      "slack.com": apiOf(world),
      "hooks.slack.com": webhooksOf(world),
      "files.slack.com": uploadsOf(world),
      ...Object.fromEntries(workspaces.map((workspace) => [workspace.host, siteOf(world, workspace)])),
    },
    // What stands behind these is a right in itself.
    shownPath: (path) => path.replace(/^(\/services|\/upload\/v1)\/.*$/, "$1"),
    largestBody: 64 * 1024 * 1024,
    clients: [],
    keys: workspaces.flatMap(({ owner, token, webhook }) => [
      { person: owner, method: "bot", key: token, answers: { channel: "general" } },
      { person: owner, method: "webhook", key: `https://hooks.slack.com/services/${webhook}` },
    ]),
    answerStatus: (status, path, resetAfter) => answerStatus(status, path, resetAfter),
    errors: slackErrors,
    refusesRedirectUri: () => "only bot tokens and webhooks are played here",
    maximumRedirectUris: 0,
  };
};

interface Method {
  readonly scopes: readonly string[];
  readonly answer: (call: Call) => Response;
}

const seen = ({ is_member, is_private }: Channel) => is_member || !is_private;

const page = 2;

/** Pages are short here, so that whoever reads one alone misses something. */
function listChannels({ workspace, given }: Call): Response {
  const archived = given["exclude_archived"] !== "true";
  const all = workspace.channels.filter((channel) => seen(channel) && (archived || !channel.is_archived));
  const start = Number(given["cursor"] ?? 0);
  const next = start + page < all.length ? String(start + page) : "";
  return ok({ channels: all.slice(start, start + page), response_metadata: { next_cursor: next } });
}

function channelInfo({ workspace, given }: Call): Response {
  const channel = workspace.channels.find(({ id }) => id === given["channel"]);
  return channel && seen(channel) ? ok({ channel }) : refused("channel_not_found");
}

const methods: Readonly<Record<string, Method>> = {
  "auth.test": {
    scopes: [],
    answer: ({ workspace: { host, team, teamId, user, userId } }) =>
      ok({ url: `https://${host}/`, team, user, team_id: teamId, user_id: userId, bot_id: `B${userId.slice(1)}` }),
  },
  "conversations.list": { scopes: ["channels:read", "groups:read"], answer: listChannels },
  "conversations.info": { scopes: ["channels:read"], answer: channelInfo },
  "chat.postMessage": { scopes: ["chat:write"], answer: postMessage },
  "chat.getPermalink": { scopes: [], answer: getPermalink },
  "chat.delete": { scopes: ["chat:write"], answer: deleteMessage },
  "files.getUploadURLExternal": { scopes: ["files:write"], answer: getUploadUrl },
  "files.completeUploadExternal": { scopes: ["files:write"], answer: completeUpload },
  "files.info": { scopes: ["files:read"], answer: fileInfo },
  "files.delete": { scopes: ["files:write"], answer: deleteFile },
};

/** Arguments in the query, a form or JSON; the token of JSON is in the header alone. */
async function argumentsOf(request: Request): Promise<Readonly<Record<string, unknown>> | Response> {
  const query = Object.fromEntries(new URL(request.url).searchParams);
  if (request.method === "GET") return query;
  const type = request.headers.get("content-type") ?? "";
  if (/^application\/json\b/i.test(type)) {
    try {
      const json: unknown = await request.json();
      if (typeof json === "object" && json !== null && !Array.isArray(json)) return { ...query, ...json };
    } catch {
      // Told below.
    }
    return refused("invalid_json");
  }
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return refused("invalid_post_type");
  return { ...query, ...Object.fromEntries(new URLSearchParams(await request.text())) };
}

function apiOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const api = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  api.on(["GET", "POST"], "/api/:method", async (context) => {
    const method = methods[context.req.param("method") ?? ""];
    if (!method) return refused("unknown_method", { req_method: context.req.param("method") });
    const [, token] = /^Bearer (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
    if (token === undefined) return refused("not_authed");
    const workspace = workspacesOf(world.people).find((each) => each.token === token);
    if (!workspace) return refused("invalid_auth");
    const missing = method.scopes.filter((scope) => !workspace.scopes.includes(scope));
    if (missing.length > 0) {
      return refused("missing_scope", { needed: missing.join(","), provided: workspace.scopes.join(",") });
    }
    const given = await argumentsOf(context.req.raw);
    if (given instanceof Response) return given;
    const answer = method.answer({ world, workspace, given });
    answer.headers.set("x-oauth-scopes", workspace.scopes.join(","));
    return answer;
  });
  api.notFound(() => new Response("not found", { status: 404 }));
  return api;
}

function webhooksOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const webhooks = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  webhooks.post("/services/:team/:id/:secret", async (context) => {
    const { team, id, secret } = context.req.param();
    const workspace = workspacesOf(world.people).find(({ teamId }) => teamId === team);
    if (!workspace) return word(404, "no_team");
    const [, known, right] = workspace.webhook.split("/");
    if (id !== known) return word(404, "no_service");
    if (secret !== right) return word(403, "invalid_token");
    const body: unknown = await context.req.json().catch(() => null);
    if (typeof body !== "object" || body === null) return word(400, "invalid_payload");
    const { text } = body as { text?: unknown };
    if (typeof text !== "string" || text === "") return word(400, "no_text");
    postByWebhook(world, workspace, text);
    return word(200, "ok");
  });
  webhooks.notFound(() => word(404, "no_service"));
  return webhooks;
}

function uploadsOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const uploads = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  uploads.post("/upload/v1/:secret", (context) => receiveFile(world, context.req.param("secret"), context.req.raw));
  return uploads;
}

function siteOf(world: World, workspace: Workspace): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  site.use(pageHeaders);
  site.get("/archives/:channel/:message{p\\d+}", (context) => {
    const url = `https://${workspace.host}/archives/${context.req.param("channel")}/${context.req.param("message")}`;
    const post = world.posts.all("slack").find((each) => each.url.split("?")[0] === url);
    return post ? context.html(postPage([cardOf(world, post, "Slack")])) : context.notFound();
  });
  site.notFound((context) => {
    const text = new URL(context.req.url).pathname;
    return context.html(problemPage({ title: "There is nothing here", text }), 404);
  });
  return site;
}
