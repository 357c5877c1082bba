// https://core.telegram.org/bots/api
import { utf16Units } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { type Limits, mebibytes } from "../domain/limits.ts";
import { definePlatform } from "./platform.ts";
import { check, identify, presentFacts, presentPlace } from "./telegram/chats.ts";
import { largestAlbum, longestCaption, longestText, options, problemsOf, remove, send } from "./telegram/messages.ts";
import { errorOf, failures } from "./telegram/requests.ts";

/** `123456789:AA…`, alone or in what somebody copied with it. */
function tokenIn(pasted: string): string {
  const [token] = /\d+:[A-Za-z0-9_-]{30,}/.exec(pasted) ?? [];
  if (token) return token;
  throw new Failure("usage", "that is no bot token", {
    hint: "it looks like 123456789:AAH… and comes from @BotFather in Telegram (/mybots, API Token)",
  });
}

const units = (max: number) => ({ max, unit: "UTF-16 units", measure: utf16Units });

// https://core.telegram.org/bots/api#sending-files
const limits: Limits = {
  // Of HTML what is left once it is read; here its markup counts too.
  text: units(longestText),
  withVideo: { text: units(longestCaption) },
  images: {
    max: largestAlbum,
    types: ["image/jpeg", "image/png", "image/webp"],
    bytes: 10_000_000,
    // "The photo's width and height must not exceed 10000 in total."
    width: { max: 5000 },
    height: { max: 5000 },
    aspect: { min: 1 / 20, max: 20 },
  },
  gif: { max: 1, types: ["image/gif"], bytes: mebibytes(50) },
  video: { types: ["video/mp4"], bytes: mebibytes(50) },
  document: { types: ["any"], bytes: mebibytes(50) },
  alone: ["gif", "document"],
  reply: true,
  thread: true,
};

export const telegram = definePlatform({
  id: "telegram",
  name: "Telegram",
  site: "https://telegram.org",
  documentation: "https://core.telegram.org/bots/api",
  methods: [
    {
      kind: "key",
      id: "bot",
      name: "bot token",
      example: "123456789:AA…",
      asks: [{ name: "chat", say: "The channel or group to post to", example: "@acme or -1001234567890" }],
      read: tokenIn,
      presentation: { in: "path" },
    },
  ],
  // Until somebody takes it back at @BotFather.
  tokens: { defaultLifetime: null, renewal: "none", reuse: { kind: "unknown" } },
  limits,
  options,
  problemsOf,
  failures,
  errorOf,
  setup: [
    {
      title: "Make a bot",
      text: "Write /newbot to @BotFather in Telegram, and answer its two questions. It gives the bot's token: 123456789:AA…",
      open: "https://t.me/BotFather",
    },
    {
      title: "Let it post",
      text: "In the channel (or group): Administrators, Add Admin, the bot by its name, with the right to post messages.",
    },
    {
      title: "Which chat",
      text: "A public one is called as in its address, t.me/acme: @acme. A private one has an id, -100 and the number that stands in the address of its messages, t.me/c/NUMBER/1. For another chat of the same bot, connect once more.",
    },
  ],
  removeAccessAt: "https://t.me/BotFather",
  identify,
  check,
  factsOf: presentFacts,
  publish: {
    prepare: async (api) => ({ chat: await presentPlace(api) }),
    // Nothing of what a channel holds can be looked up by a bot: an answer that was lost stays unknown.
    commit: (api, message, { prepared }: { prepared: { readonly chat: string } }) => send(api, message, prepared.chat),
    delete: async (api, remoteId) => remove(api, remoteId, await presentPlace(api)),
  },
});
