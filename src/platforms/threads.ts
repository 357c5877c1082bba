// https://developers.facebook.com/docs/threads and its collection of requests, https://github.com/fbsamples/threads_api
import { emojiAsBytes } from "../domain/counting/emoji-as-bytes.ts";
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { days, hours } from "../domain/time.ts";
import { graphErrorOf, graphFailures } from "./graph/failures.ts";
import { loginTokenReply } from "./graph/login-reply.ts";
import { graphPace } from "./graph/usage.ts";
import { type Api, definePlatform, type FailureRule, type Identity, type TokenCheck } from "./platform.ts";
import { api1, graph } from "./threads/endpoints.ts";
import { commit, confirm, deletePost, notReady, prepare } from "./threads/publishing.ts";

/** Where code 1 and code 24 mean something that Meta's common table does not know. */
const failures: readonly FailureRule[] = [
  { code: 24, subcode: 4279009, is: "transient", say: notReady },
  {
    subcode: 2207052,
    is: "invalid_content",
    say: "it cannot fetch the picture or video from its address",
    hint: "the address must be open to everybody, https, and lead to the file itself: try it in a private browser window",
  },
  { subcode: 2207042, is: "rate_limited", say: "the posts of the last 24 hours are as many as the API publishes" },
  { code: 24, is: "gone", say: "there is no such post" },
  {
    code: 10,
    is: "scope",
    say: "the app was not given this permission",
    hint: "add it to the app's use case at https://developers.facebook.com/apps, then: agencyiq connect threads",
  },
];

interface User {
  readonly id: string;
  readonly username: string;
  readonly name?: string;
}

async function me(api: Api): Promise<User> {
  const answer = await api.get(`${api1}/me`, { query: { fields: "id,username,name" } });
  const { id, username, name } = (answer ?? {}) as { id?: string; username?: string; name?: string };
  if (id && username) return { id: String(id), username, ...(name ? { name } : {}) };
  throw new Failure("platform_fault", "Threads did not say whose token this is", { hint: "try again" });
}

function identityOf({ id, username, name = null }: { id: string; username: string; name?: string | null }): Identity {
  return { externalId: id, handle: username, name, url: `https://www.threads.com/@${username}` };
}

interface DebuggedToken {
  readonly is_valid?: boolean;
  readonly expires_at?: number;
  readonly data_access_expires_at?: number;
  readonly scopes?: readonly string[];
}

/** The token looks at itself. Meta lets the tokens of an app's testers do so; for others the profile has to be proof enough. */
async function check(api: Api): Promise<TokenCheck> {
  const { username } = await me(api);
  const say = `answers as @${username}`;
  const token = await debugged(api);
  if (token === null) return { say };
  return {
    say,
    ...(token.expires_at === undefined ? {} : { expiresAt: token.expires_at === 0 ? null : token.expires_at * 1000 }),
    ...(token.data_access_expires_at ? { dataAccessExpiresAt: token.data_access_expires_at * 1000 } : {}),
    ...(token.scopes === undefined ? {} : { scopes: token.scopes }),
  };
}

async function debugged(api: Api): Promise<DebuggedToken | null> {
  try {
    const answer = await api.get(`${api1}/debug_token`, { query: { input_token: await api.token() } });
    return (answer as { data?: DebuggedToken } | undefined)?.data ?? null;
  } catch (error) {
    const refused =
      error instanceof Failure && ["not_permitted", "scope_missing", "content_invalid"].includes(error.code);
    if (refused) return null;
    throw error;
  }
}

export const threads = definePlatform({
  id: "threads",
  name: "Threads",
  site: "https://www.threads.com",
  documentation: "https://developers.facebook.com/docs/threads",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: { authorize: "https://threads.net/oauth/authorize", token: `${graph}/oauth/access_token` },
      // Ignored by Meta here; the state and the secret do its work.
      pkce: "none",
      scopeSeparator: ",",
      clientAuthentication: "client_secret_post",
      scopes: [
        "threads_basic",
        "threads_content_publish",
        "threads_manage_replies",
        "threads_read_replies",
        "threads_delete",
      ],
      neededToPublish: ["threads_basic", "threads_content_publish"],
      redirect: { loopbackPort: "fixed", host: "localhost", https: "required" },
      afterLogin: {
        endpoint: `${graph}/access_token`,
        grantType: "th_exchange_token",
        tokenParameter: "access_token",
        with: "secret",
      },
    },
  ],
  // https://developers.facebook.com/docs/threads/get-started/long-lived-tokens
  tokens: {
    defaultLifetime: days(60) / 1000,
    renewal: {
      endpoint: `${graph}/refresh_access_token`,
      grantType: "th_refresh_token",
      tokenParameter: "access_token",
      with: "nothing",
    },
    minimumAge: hours(24),
    onlyWhileValid: true,
    reuse: { kind: "idempotent" },
    readReply: loginTokenReply,
  },
  // https://developers.facebook.com/docs/threads/overview#limitations
  limits: {
    text: { max: 500, unit: "characters (an emoji is as many as its bytes)", measure: emojiAsBytes },
    alt: { max: 1000, unit: "characters", measure: codePoints },
    images: {
      max: 20,
      types: ["image/jpeg", "image/png"],
      bytes: mebibytes(8),
      fetched: true,
      // Threads itself makes pictures 320 to 1440 pixels wide.
      aspect: { min: 1 / 10, max: 10 },
    },
    video: {
      types: ["video/mp4", "video/quicktime"],
      bytes: mebibytes(1024),
      fetched: true,
      seconds: { max: 300 },
      width: { max: 1920 },
      aspect: { min: 0.01, max: 10 },
      framesPerSecond: 60,
      codecs: ["avc", "hevc"],
    },
    poll: {
      options: { min: 2, max: 4 },
      option: { max: 25, unit: "characters", measure: codePoints },
      minutes: { choices: [1440] },
    },
    link: "attached_to_text",
    alone: ["poll"],
    reply: true,
    quote: true,
    thread: true,
  },
  options: [
    {
      name: "replies",
      say: "who may reply",
      takes: ["everyone", "accounts_you_follow", "mentioned_only", "parent_post_author_only", "followers_only"],
    },
    { name: "topic", say: "the post's topic; without it, the first of its tags", takes: "text" },
  ],
  failures: [...failures, ...graphFailures("threads", [])],
  removeAccessAt: "https://www.threads.com/settings/account",
  errorOf: graphErrorOf,
  paceOf: graphPace,
  setup: [
    {
      title: "Make an app with the Threads use case",
      text: 'Create app, use case "Access the Threads API". It has its own Threads app id and Threads app secret: not those of the Meta app.',
      open: "https://developers.facebook.com/apps",
    },
    {
      title: "Permissions",
      text: "Under the use case, add threads_content_publish, threads_manage_replies, threads_read_replies and threads_delete (threads_basic is there).",
    },
    {
      title: "Redirect URL",
      text: "Use cases > Customize > Settings: put exactly the redirect URL below into Redirect Callback URLs. Uninstall and delete callback URLs have to be https pages of yours; any will do, nothing of agencyiq's is called there.",
    },
    {
      title: "Testers",
      text: "Until the app is published, only Threads testers can connect: App roles > Roles > Add people > Threads Tester. Each accepts at threads.com > Settings > Account > Website permissions > Invites.",
      open: "https://www.threads.com/settings/account",
    },
    {
      title: "Copy the keys",
      text: "Threads app ID and Threads app secret, from App settings > Basic, or the use case's settings.",
    },
  ],
  identify: async (api) => [identityOf(await me(api))],
  check,
  publish: { prepare, commit, confirm, delete: deletePost },
});
