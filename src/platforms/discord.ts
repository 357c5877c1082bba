// https://docs.discord.com/developers/resources/webhook and https://docs.discord.com/developers/resources/message
import { utf16Units } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { type Limits, mebibytes } from "../domain/limits.ts";
import { commit, idempotentFor, longestText, options, problemsOf, takeBack } from "./discord/messages.ts";
import { check, identifyBot, identifyWebhook, identityInAnswer } from "./discord/places.ts";
import { errorOf, failures, paceOf } from "./discord/requests.ts";
import { definePlatform, type TokenRules } from "./platform.ts";

const portal = "https://discord.com/developers/applications";

/** Its id and token, of whichever of Discord's hosts and versions it names. */
function webhookIn(pasted: string): string {
  const [, id, token] = /discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\/(\d+)\/([\w-]+)/.exec(pasted) ?? [];
  if (id && token) return `${id}/${token}`;
  throw new Failure("usage", "that is no address of a webhook", {
    hint: "it looks like https://discord.com/api/webhooks/NUMBER/… and is copied in the channel's settings, Integrations, Webhooks",
  });
}

function botTokenIn(pasted: string): string {
  const [token] = /[\w-]{20,}\.[\w-]{5,}\.[\w-]{20,}/.exec(pasted) ?? [];
  if (token) return token;
  throw new Failure("usage", "that is no bot token: it has three parts with dots between", {
    hint: `it is shown once, under Bot, Reset Token: ${portal}`,
  });
}

/** Neither ends by itself. */
const forGood: TokenRules = { defaultLifetime: null, renewal: "none", reuse: { kind: "unknown" } };

const characters = (max: number) => ({ max, unit: "characters", measure: utf16Units });

const file = mebibytes(10);

const limits: Limits = {
  text: characters(longestText),
  title: characters(256),
  alt: characters(1024),
  // Servers with boosts take more.
  images: { max: 10, types: ["image/jpeg", "image/png", "image/gif", "image/webp"], bytes: file },
  video: { types: ["video/mp4", "video/quicktime", "video/webm"], bytes: file },
  document: { types: ["any"], bytes: file },
  poll: {
    options: { min: 1, max: 10 },
    option: characters(55),
    minutes: { min: 60, max: 32 * 24 * 60 },
  },
  // A card where there is a title, else in the text, of which Discord makes a preview.
  link: "attached",
};

export const discord = definePlatform({
  id: "discord",
  name: "Discord",
  site: "https://discord.com",
  documentation: "https://docs.discord.com/developers/reference",
  methods: [
    {
      kind: "key",
      id: "webhook",
      name: "webhook address",
      example: "https://discord.com/api/webhooks/…",
      read: webhookIn,
      presentation: { in: "path" },
      tokens: forGood,
      identify: identifyWebhook,
    },
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://discord.com/oauth2/authorize",
        token: "https://discord.com/api/oauth2/token",
        revoke: "https://discord.com/api/oauth2/token/revoke",
      },
      pkce: "S256",
      clientAuthentication: "client_secret_basic",
      scopes: ["webhook.incoming", "identify"],
      neededToPublish: ["webhook.incoming"],
      redirect: { loopbackPort: "fixed", host: "127.0.0.1" },
      revokes: "login",
      // What posts is the webhook that signing in makes: it lives on by itself, and only signing in again makes another.
      derived: { kind: "derived", id: "hook", tokens: forGood, presentation: { in: "path" } },
      identityOf: identityInAnswer,
      identify: async () => {
        throw new Failure("protocol", "Discord made no webhook", { hint: "connect again, and choose a channel" });
      },
    },
    {
      kind: "key",
      id: "bot",
      name: "bot token",
      asks: [
        {
          name: "channel",
          say: "The channel to post to",
          example: "https://discord.com/channels/…/…, or its id",
        },
      ],
      read: botTokenIn,
      presentation: { in: "header", name: "authorization", prefix: "Bot " },
      tokens: forGood,
      identify: identifyBot,
    },
  ],
  // Seven days; a refresh brings both anew.
  tokens: { defaultLifetime: 604_800, reuse: { kind: "revokes_family" } },
  limits,
  // A webhook answers nothing.
  limitsFor: ({ way }) => (way === "bot" ? { ...limits, reply: true, thread: true } : limits),
  options,
  problemsOf,
  failures,
  errorOf,
  paceOf,
  setup: [
    {
      title: "Make a webhook",
      text: "In Discord: the channel's settings, Integrations, Webhooks, New Webhook. Give it the name that is to be shown, and Copy Webhook URL. That is all: agencyiq connect discord.",
    },
    {
      title: "Or sign in",
      text: "New Application; under OAuth2 copy the client id and secret, and add the redirect below. Then agencyiq connect discord --credential oauth2: server and channel are chosen on Discord's page.",
      open: portal,
    },
    {
      title: "Or a bot",
      text: "For answers and threads: in the application, Bot, Reset Token, copy it. Invite the bot with https://discord.com/oauth2/authorize?client_id=YOUR_ID&scope=bot&permissions=117760 (View Channel, Send Messages, Embed Links, Attach Files, Read Message History). Then agencyiq connect discord --credential bot.",
      open: portal,
    },
  ],
  removeAccessAt: "https://discord.com/channels/@me",
  identify: identifyWebhook,
  check,
  publish: {
    // Of a webhook's messages those are found that one has the number of: a lost answer stays unknown there.
    commit: (api, message, { idempotencyKey }) => commit(api, message, idempotencyKey),
    idempotentFor,
    delete: takeBack,
  },
});
