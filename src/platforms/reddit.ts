// https://github.com/reddit-archive/reddit/wiki/OAuth2 and https://www.reddit.com/dev/api
import { codePoints } from "../domain/counting/units.ts";
import { minutes } from "../domain/time.ts";
import { definePlatform, type Message, type RedirectRules } from "./platform.ts";
import { subredditNamed } from "./reddit/community.ts";
import { failures } from "./reddit/failures.ts";
import { comment, commit, confirm, prepare, remove, thingNamed } from "./reddit/publish.ts";
import { errorOf, paceOf, statusOf, whoIsIt } from "./reddit/requests.ts";

/** One URI, compared as text. */
const redirect: RedirectRules = { loopbackPort: "fixed", host: "127.0.0.1" };

const longestComment = 10_000;
const characters = (max: number) => ({ max, unit: "characters", measure: codePoints });

function problemsOf(message: Message): string[] {
  const { subreddit } = message.options;
  const named = typeof subreddit !== "string" || subredditNamed(subreddit) !== null;
  return [
    ...(named ? [] : [`"${subreddit}" is no subreddit: r/NAME, or u/NAME for a profile`]),
    ...(message.replyTo === null ? ofPost(message) : ofComment(message)),
  ];
}

function ofPost({ video, thumbnail, options }: Message): string[] {
  return [
    ...(video && !thumbnail ? ["a video on Reddit wants a picture that stands for it (--thumbnail)"] : []),
    ...(options["flair-text"] !== undefined && options["flair"] === undefined
      ? ["flair-text goes with flair, whose words it replaces"]
      : []),
  ];
}

function ofComment({ replyTo, text, images, video, link }: Message): string[] {
  const length = codePoints(text);
  return [
    ...(thingNamed(replyTo ?? "") === null ? [`"${replyTo}" is no post or comment: its address, t3_… or t1_…`] : []),
    ...(text.trim() === "" ? ["there is no text"] : []),
    ...(images.length > 0 || video || link !== null ? ["an answer on Reddit is words alone"] : []),
    ...(length > longestComment
      ? [
          `the text has ${length} characters, ${length - longestComment} more than a comment may have (${longestComment})`,
        ]
      : []),
  ];
}

export const reddit = definePlatform({
  id: "reddit",
  name: "Reddit",
  site: "https://www.reddit.com",
  documentation: "https://www.reddit.com/dev/api",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://www.reddit.com/api/v1/authorize",
        token: "https://www.reddit.com/api/v1/access_token",
        revoke: "https://www.reddit.com/api/v1/revoke_token",
      },
      pkce: "none",
      clientAuthentication: "client_secret_basic",
      // An "installed app" has no secret.
      publicClient: "basic",
      basicCredentials: "plain",
      // history: to see whether a post went out; read: what a subreddit takes.
      scopes: ["identity", "submit", "read", "flair", "mysubreddits", "edit", "history"],
      neededToPublish: ["identity", "submit"],
      // Otherwise there is no refresh token.
      authorizeParameters: { duration: "permanent" },
      redirect,
    },
  ],
  tokens: {
    // A day; every reply says. Refresh tokens do not end by themselves.
    defaultLifetime: 86_400,
    reuse: { kind: "non_rotating" },
    // Its errors come with status 200, in the usual words: the reading of it makes them errors.
    readReply: (body) => body,
    deadGrantErrors: ["invalid_request"],
  },
  // Sizes and the gallery's count are as clients know them; Reddit publishes none.
  limits: {
    text: characters(40_000),
    title: characters(300),
    images: { max: 20, types: ["image/jpeg", "image/png", "image/gif"], bytes: 20_000_000 },
    video: { types: ["video/mp4", "video/quicktime"], bytes: 1_000_000_000, seconds: { min: 2, max: 900 } },
    thumbnail: { types: ["image/jpeg", "image/png"], bytes: 20_000_000 },
    needs: ["title"],
    oneOf: ["images", "video", "link"],
    link: "attached",
    reply: true,
    firstComment: true,
    comment: characters(longestComment),
  },
  options: [
    { name: "subreddit", say: "where it is posted: r/NAME (default: the account's own profile)", takes: "text" },
    { name: "flair", say: "the post's flair, by its words or its id", takes: "text" },
    { name: "flair-text", say: "other words for that flair, where the subreddit lets one write them", takes: "text" },
    { name: "nsfw", say: "not for everybody's eyes", takes: "flag" },
    { name: "spoiler", say: "hidden until it is clicked", takes: "flag" },
    { name: "resubmit", say: "also a link that the subreddit has already (default: no)", takes: "flag" },
    { name: "send-replies", say: "answers come into the account's inbox (default: yes)", takes: "flag" },
  ],
  problemsOf,
  failures,
  errorOf,
  statusOf,
  paceOf,
  firstPost: '"Hello" --title "Hello"',
  setup: [
    {
      title: "Ask Reddit for access",
      text: "Since November 2025 nobody makes an app for Reddit's API by themselves: it is asked for, and a person at Reddit looks at it (Responsible Builder Policy). Say that you post your own content to your own account. Apps from before go on working; commercial use wants a contract.",
      open: "https://support.reddithelp.com/hc/articles/42728983564564",
    },
    {
      title: "Make the app",
      text: 'With access: "create another app…". Type "installed app" (it has no secret) or "web app"; not "script". The redirect uri must be exactly the one below: one alone can be given, port and all.',
      open: "https://www.reddit.com/prefs/apps",
    },
    {
      title: "Copy the keys",
      text: 'The client id stands below the app\'s name, under "installed app" or "web app"; a web app has a secret beside it.',
    },
  ],
  identify: async (api) => {
    const { id, name } = await whoIsIt(api);
    return [
      {
        externalId: id,
        handle: name,
        name: null,
        url: `https://www.reddit.com/user/${name}/`,
        facts: { username: name },
      },
    ];
  },
  check: async (api) => {
    const { name, suspended } = await whoIsIt(api);
    return suspended ? `answers as u/${name}, which Reddit has suspended` : `answers as u/${name}`;
  },
  removeAccessAt: "https://www.reddit.com/prefs/apps",
  publish: {
    prepare,
    commit: (api, message, { prepared }) => commit(api, message, prepared),
    confirm: (api, message, { prepared }, since) => confirm(api, message, prepared, since),
    // Its lists lag behind.
    settles: minutes(10),
    delete: remove,
    comment,
  },
});
