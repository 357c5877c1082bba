// https://docs.slack.dev/reference/methods/chat.postMessage and https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { type Limits, mebibytes } from "../domain/limits.ts";
import { definePlatform } from "./platform.ts";
import { check, identifyBot, identifyWebhook } from "./slack/channels.ts";
import { commit, escaped, options, type Prepared, prepare, problemsOf, remove } from "./slack/messages.ts";
import { errorOf, failures, statusOf } from "./slack/requests.ts";

const apps = "https://api.slack.com/apps";

function botTokenIn(pasted: string): string {
  const [token] = /xoxb-[\w-]+/.exec(pasted) ?? [];
  if (token) return token;
  throw new Failure("usage", "that is no bot token: they begin with xoxb-", {
    hint: `it stands under OAuth & Permissions of the app, Bot User OAuth Token: ${apps}`,
  });
}

/** What follows `/services/`. */
function webhookIn(pasted: string): string {
  const [, path] = /hooks\.slack\.com\/services\/(T\w+\/B\w+\/\w+)/.exec(pasted) ?? [];
  if (path) return path;
  throw new Failure("usage", "that is no address of an incoming webhook", {
    hint: `it looks like https://hooks.slack.com/services/T…/B…/… and stands under Incoming Webhooks of the app: ${apps}`,
  });
}

// Longer ones are cut by Slack without a word. It counts what is sent, where & < > take more than one.
const text = { max: 40_000, unit: "characters", measure: (written: string) => escaped(written).length };

const limits: Limits = {
  text,
  alt: { max: 2000, unit: "characters", measure: codePoints },
  images: { max: 10, types: ["image/jpeg", "image/png", "image/gif", "image/webp"], bytes: mebibytes(1024) },
  video: { types: ["video/mp4", "video/quicktime", "video/webm"], bytes: mebibytes(1024) },
  document: { types: ["any"], bytes: mebibytes(1024) },
  reply: true,
  thread: true,
};

export const slack = definePlatform({
  id: "slack",
  name: "Slack",
  site: "https://slack.com",
  documentation: "https://docs.slack.dev/reference/methods/chat.postMessage",
  methods: [
    {
      kind: "key",
      id: "bot",
      name: "bot token",
      example: "xoxb-…",
      asks: [{ name: "channel", say: "The channel to post to", example: "#general, or its id: C0123456789" }],
      read: botTokenIn,
      identify: identifyBot,
    },
    {
      kind: "key",
      id: "webhook",
      name: "webhook address",
      example: "https://hooks.slack.com/services/…",
      asks: [
        { name: "channel", say: "What the webhook's channel is called, for you", example: "general", optional: true },
      ],
      read: webhookIn,
      presentation: { in: "path" },
      identify: identifyWebhook,
    },
  ],
  // Until somebody takes it back; an app whose tokens rotate cannot be used so.
  tokens: { defaultLifetime: null, renewal: "none", reuse: { kind: "unknown" } },
  limits,
  // A webhook takes words alone, names no message, and answers none.
  limitsFor: ({ way }) => (way === "webhook" ? { text } : limits),
  options,
  problemsOf,
  failures,
  errorOf,
  statusOf,
  setup: [
    {
      title: "Make an app",
      text: "Create New App, From scratch, in your workspace. There is no review for an app of your own workspace.",
      open: apps,
    },
    {
      title: "Let its bot post",
      text: "OAuth & Permissions, Bot Token Scopes: chat:write, channels:read, groups:read, files:write, files:read; and chat:write.public to post to public channels without an invitation. Leave token rotation off. Then Install to Workspace, and copy the Bot User OAuth Token (xoxb-…).",
    },
    {
      title: "Invite it",
      text: "In the channel: /invite @ and the app's name. For another channel of the same bot, connect once more.",
    },
    {
      title: "Or a webhook",
      text: "For words alone in one channel an incoming webhook is enough: Incoming Webhooks, on, Add New Webhook to Workspace, copy its address. Then: agencyiq connect slack --credential webhook.",
    },
  ],
  removeAccessAt: apps,
  identify: identifyBot,
  check,
  publish: {
    prepare,
    // Slack knows no key by which something is done once, and a bot may not read what it wrote: a lost answer stays unknown.
    commit: (api, message, { prepared }: { prepared: Prepared }) => commit(api, message, prepared),
    delete: remove,
  },
});
