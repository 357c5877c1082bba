// https://github.com/tumblr/docs/blob/master/api.md and npf-spec.md there
import { codePoints, utf8Bytes } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { type Api, definePlatform, type Identity, type Message, type MessageFacts } from "./platform.ts";
import { attachedOf, contentOf } from "./tumblr/content.ts";
import { errorOf, failures, readReply } from "./tumblr/failures.ts";
import { commit, confirm, host, prepare, remove, states } from "./tumblr/posts.ts";

interface User {
  readonly name?: string;
  readonly blogs?: readonly {
    readonly name?: string;
    readonly title?: string;
    readonly url?: string;
    readonly uuid?: string;
    readonly primary?: boolean;
  }[];
}

async function user(api: Api): Promise<User> {
  const answer = ((await api.get(`${host}/user/info`, { repeatable: true })) ?? {}) as { response?: { user?: User } };
  return answer.response?.user ?? {};
}

/** A person has blogs, and posts as one of them. */
async function identify(api: Api): Promise<readonly Identity[]> {
  const { name: login, blogs = [] } = await user(api);
  const identities = blogs.flatMap(({ name, title, url, uuid, primary }) =>
    uuid && name && login
      ? [
          {
            externalId: uuid,
            handle: name,
            name: title?.trim() || null,
            url: url ?? `https://www.tumblr.com/${name}`,
            login,
            kind: primary ? "primary blog" : "blog",
            facts: { blog: name },
          },
        ]
      : [],
  );
  if (identities.length > 0) return identities;
  throw new Failure("platform_fault", "Tumblr did not say whose token this is", { hint: "try again" });
}

const mostBlocks = 1000;

function problemsOf(message: Message, { now }: MessageFacts): string[] {
  const { tags, visibility, options } = message;
  const { "publish-at": at } = options;
  const types = Object.fromEntries(attachedOf(message).map(({ identifier }) => [identifier, ""]));
  const blocks = contentOf(message, types).length;
  return [
    ...(blocks > mostBlocks ? [`the post has ${blocks} blocks, Tumblr takes ${mostBlocks}: join paragraphs`] : []),
    ...(tags.some((tag) => tag.includes(",")) ? ["a tag has a comma, which ends it on Tumblr"] : []),
    ...(typeof at === "number" && at <= now ? ["publish-at is not ahead"] : []),
    ...(at !== undefined && (visibility === "draft" || visibility === "private")
      ? ["publish-at makes it public: without --visibility draft or private"]
      : []),
  ];
}

export const tumblr = definePlatform({
  id: "tumblr",
  name: "Tumblr",
  site: "https://www.tumblr.com",
  documentation: "https://github.com/tumblr/docs/blob/master/api.md",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: { authorize: "https://www.tumblr.com/oauth2/authorize", token: `${host}/oauth2/token` },
      pkce: "none",
      clientAuthentication: "client_secret_post",
      // Without offline_access there is no refresh token.
      scopes: ["basic", "write", "offline_access"],
      neededToPublish: ["basic", "write"],
      redirect: { loopbackPort: "fixed", host: "localhost" },
    },
  ],
  tokens: {
    // 42 minutes; every reply says. A refresh brings a new refresh token, and no word of a second chance with the old one.
    defaultLifetime: 2520,
    reuse: { kind: "revokes_family" },
    readReply,
  },
  limits: {
    // Of a post as a whole; a block of text has 4096 characters, and longer ones become several.
    text: { max: 900_000, unit: "bytes", measure: utf8Bytes },
    title: { max: 4096, unit: "characters", measure: codePoints },
    alt: { max: 4096, unit: "characters", measure: codePoints },
    // Sizes are not in Tumblr's documentation: what is taken for sure.
    images: { max: 30, types: ["image/jpeg", "image/png", "image/gif", "image/webp"], bytes: 10_000_000 },
    video: { types: ["video/mp4"], bytes: 100_000_000, seconds: { max: 3600 } },
    link: "attached",
    visibility: Object.keys(states),
  },
  options: [
    { name: "publish-at", say: "Tumblr itself publishes it then, from the blog's queue", takes: "instant" },
    { name: "slug", say: "the words at the end of the post's address", takes: "text" },
    { name: "source-url", say: "where what is posted comes from", takes: "text" },
  ],
  problemsOf,
  failures,
  errorOf,
  setup: [
    {
      title: "Register an application",
      text: "Applications, Register application. No review. As OAuth2 redirect URLs enter exactly the one below: without one there is no OAuth 2. Default callback URL and website: yours.",
      open: "https://www.tumblr.com/oauth/apps",
    },
    {
      title: "Copy the keys",
      text: "OAuth consumer key is the client id, and the secret key (Show secret key) the client secret.",
    },
    {
      title: "One blog a login",
      text: "A login's tokens change with every refresh, so it is for one blog: connect once for each, and choose another.",
    },
  ],
  identify,
  check: async (api) => `answers as ${(await user(api)).name ?? "somebody"}`,
  removeAccessAt: "https://www.tumblr.com/settings/apps",
  publish: {
    prepare,
    commit: (api, message) => commit(api, message),
    confirm: (api, message, { prepared }, since) => confirm(api, message, prepared, since),
    delete: remove,
  },
});
