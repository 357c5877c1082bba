/** Telegram: api.telegram.org for bots, and t.me, where public channels are shown. https://core.telegram.org/bots/api */
import { Hono } from "hono";
import { pageHeaders } from "../page-headers.ts";
import { cardOf } from "../pages/post-card.ts";
import { problemPage } from "../pages/problem-page.ts";
import { postPage } from "../pages/timeline-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { answerStatus, badRequest, ok, refusal, telegramErrors, upgraded } from "./answers.ts";
import { botsOf, chatsOf } from "./chats.ts";
import { parametersOf } from "./parameters.ts";
import {
  type Call,
  chatOf,
  deleteMessage,
  deleteMessages,
  refusedPlace,
  sendDocument,
  sendMedia,
  sendMediaGroup,
  sendMessage,
} from "./posting.ts";

export const makeTelegramTwin: MakeTwin = (world) => ({
  id: "telegram",
  name: "Telegram",
  hosts: { "api.telegram.org": apiOf(world), "t.me": siteOf(world) },
  shownPath: (path) => path.replace(/^\/bot[^/]*/, ""),
  largestBody: 51 * 1024 * 1024,
  clients: [],
  keys: botsOf(world.people).map(({ owner, token }) => ({
    person: owner,
    method: "bot",
    key: token,
    answers: { chat: `@${owner}_news` },
  })),
  answerStatus: (status, _path, resetAfter) => answerStatus(status, resetAfter),
  errors: telegramErrors,
  refusesRedirectUri: () => "bots have no redirect URIs",
  maximumRedirectUris: 0,
});

function getChat(call: Call): Response {
  const chat = chatOf(call);
  if (!chat) return badRequest("chat not found");
  const { id, type, title, username, owner, bot } = chat;
  const member = owner === call.bot.owner && bot.status !== "left";
  if (!member && !username) return badRequest("chat not found");
  const permissions = type === "channel" ? {} : { permissions: { can_send_messages: true } };
  return ok({ id, title, type, ...(username ? { username } : {}), ...permissions });
}

function getChatMember(call: Call): Response {
  const chat = chatOf(call);
  if (!chat) return badRequest("chat not found");
  const member = chat.owner === call.bot.owner && chat.bot.status !== "left";
  if (!member && chat.type === "channel") return badRequest("member list is inaccessible");
  if (String(call.given.values["user_id"]) !== String(call.bot.id)) return badRequest("member not found");
  const user = { id: call.bot.id, is_bot: true, first_name: call.bot.username, username: call.bot.username };
  return ok(member ? { user, ...chat.bot } : { user, status: "left" });
}

function sendChatAction(call: Call): Response {
  const chat = chatOf(call);
  if (chat?.upgradedTo !== undefined) return upgraded(chat.upgradedTo);
  const place = refusedPlace(call);
  if (place) return place;
  return call.given.values["action"] === "typing" ? ok(true) : badRequest("wrong parameter action in request");
}

const methods: Readonly<Record<string, (call: Call) => Response>> = {
  getme: ({ bot: { id, username } }) =>
    ok({ id, is_bot: true, first_name: username, username, can_join_groups: true, supports_inline_queries: false }),
  getchat: getChat,
  getchatmember: getChatMember,
  sendchataction: sendChatAction,
  sendmessage: sendMessage,
  sendphoto: sendMedia("photo"),
  sendvideo: sendMedia("video"),
  sendanimation: sendMedia("animation"),
  senddocument: sendDocument,
  sendmediagroup: sendMediaGroup,
  deletemessage: deleteMessage,
  deletemessages: deleteMessages,
};

function apiOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const api = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  api.on(["GET", "POST"], "/:bot{bot[^/]+}/:method", async (context) => {
    const token = (context.req.param("bot") ?? "").slice(3);
    // What looks like no token is no path of Telegram's.
    if (!/^\d+:[\w-]+$/.test(token)) return refusal(404, "Not Found");
    const bot = botsOf(world.people).find((one) => one.token === token);
    if (!bot) return refusal(401, "Unauthorized");
    const method = methods[(context.req.param("method") ?? "").toLowerCase()];
    if (!method) return refusal(404, "Not Found: method not found");
    const given = await parametersOf(context.req.raw);
    return given ? method({ world, bot, given }) : badRequest("can't parse the request");
  });
  api.notFound(() => refusal(404, "Not Found"));
  return api;
}

function siteOf(world: World): Hono<{ Bindings: TwinBindings }> {
  const site = new Hono<{ Bindings: TwinBindings }>({ strict: true });
  site.use(pageHeaders);
  const card = (post: Parameters<typeof cardOf>[1]) => cardOf(world, post, "Telegram");
  site.get("/c/:chat{\\d+}/:message{\\d+}", (context) => {
    const post = world.posts.find("telegram", `-100${context.req.param("chat")}/${context.req.param("message")}`);
    return post ? context.html(postPage([card(post)])) : context.notFound();
  });
  site.get("/:name/:message{\\d+}", (context) => {
    const chat = chatsOf(world.people).find(({ username }) => username === context.req.param("name"));
    const post = world.posts.find("telegram", `${chat?.id}/${context.req.param("message")}`);
    return post ? context.html(postPage([card(post)])) : context.notFound();
  });
  site.notFound((context) => {
    const text = new URL(context.req.url).pathname;
    return context.html(problemPage({ title: "There is nothing here", text }), 404);
  });
  return site;
}
