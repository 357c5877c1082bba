/** Twitch: sign-in by browser and by device, the chat, and what a channel is called. https://dev.twitch.tv/docs */
import { Hono } from "hono";
import { devicePages } from "../oauth/device.ts";
import { pageHeaders } from "../page-headers.ts";
import { problemPage } from "../pages/problem-page.ts";
import type { MakeTwin, TwinBindings } from "../twin.ts";
import { access, announce, changeChannel, getChannel, getUsers, type HelixEnvironment, sendMessage } from "./chat.ts";
import { answerStatus, twitchErrors } from "./errors.ts";
import { oauthHost, twitchRules } from "./oauth.ts";

const platform = "twitch";

export const makeTwitchTwin: MakeTwin = (world) => {
  const rules = twitchRules(world);
  const api = new Hono<HelixEnvironment>();
  const may = (scope: string | null) => access(world, scope);
  api.get("/helix/users", may(null), getUsers);
  api.get("/helix/channels", may(null), getChannel(world));
  api.patch("/helix/channels", may("channel:manage:broadcast"), changeChannel(world));
  api.post("/helix/chat/announcements", may("moderator:manage:announcements"), announce(world));
  api.post("/helix/chat/messages", may("user:write:chat"), sendMessage(world));
  api.notFound(() => twitchErrors["not-found"]());
  const site = new Hono<{ Bindings: TwinBindings }>();
  site.use(pageHeaders);
  const activation = devicePages(world, rules);
  site.get("/activate", activation.show);
  site.post("/activate", activation.decide);
  site.notFound((context) => context.html(problemPage({ title: "Sorry", text: "There is nothing to see here." }), 404));
  const redirectUris = ["http://localhost:8791/callback/twitch"];
  return {
    id: platform,
    name: "Twitch",
    hosts: { "id.twitch.tv": oauthHost(world, rules), "api.twitch.tv": api, "www.twitch.tv": site },
    clients: [
      { platform, clientId: "sandbox-twitch-client", clientSecret: "sandbox-twitch-secret", redirectUris },
      { platform, clientId: "sandbox-twitch-public", clientSecret: null, redirectUris },
    ],
    answerStatus: (status, path, resetAfter) => answerStatus(status, path, resetAfter, world.clock.now()),
    errors: twitchErrors,
    refusesRedirectUri,
    maximumRedirectUris: 10,
  };
};

function refusesRedirectUri(uri: string): string | null {
  const { protocol, hostname } = new URL(uri);
  if (protocol === "https:" || (protocol === "http:" && hostname === "localhost")) return null;
  return "it must use https, but for http://localhost";
}
