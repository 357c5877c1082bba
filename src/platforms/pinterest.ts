// https://developers.pinterest.com/docs/api/v5 and https://github.com/pinterest/api-description
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { seconds } from "../domain/time.ts";
import { host } from "./pinterest/boards.ts";
import { commit, confirm, prepare, remove } from "./pinterest/pins.ts";
import { type Api, definePlatform, type FailureRule, type Message, type Pace } from "./platform.ts";

interface Account {
  readonly id?: string;
  readonly username?: string;
  readonly business_name?: string | null;
}

async function account(api: Api): Promise<Account & { readonly username: string }> {
  const { username, ...rest } = ((await api.get(`${host}/user_account`, { repeatable: true })) ?? {}) as Account;
  if (username) return { username, ...rest };
  throw new Failure("platform_fault", "Pinterest did not say whose token this is", { hint: "try again" });
}

/** Its token endpoint has the API's own errors, `{code, message}`. */
function readReply(body: unknown): unknown {
  const { code, message } = (body ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== "number" || typeof message !== "string") return body;
  if (code === 2) return { error: "invalid_client", error_description: message };
  const dead = /refresh.?token|authorization code|grant|revoked|expired/i.test(message);
  return dead ? { error: "invalid_grant", error_description: message } : body;
}

function paceOf(headers: Readonly<Record<string, string>>, now: number): Pace | null {
  const remaining = Number.parseFloat(headers["x-ratelimit-remaining"] ?? "");
  const reset = Number.parseFloat(headers["x-ratelimit-reset"] ?? "");
  if (!(remaining < 1 && reset > 0)) return null;
  return { until: now + seconds(Math.ceil(reset)), why: "Pinterest's limit is reached" };
}

/** Codes but for 29 are as clients know them; where they are others, the status says as much. */
const failures: readonly FailureRule[] = [
  {
    code: 29,
    is: "app",
    say: "the app has Trial access, which makes no pins in production",
    hint: "ask for Standard access at https://developers.pinterest.com/apps: agencyiq setup pinterest",
  },
  { code: 235, is: "transient", say: "Pinterest could not fetch the picture's address" },
  { status: 401, is: "reauth" },
  { code: 40, is: "gone", say: "there is no such board", hint: "--option pinterest.board=NAME" },
  { status: 403, is: "permission", say: "the account may not do that there" },
  { status: 404, is: "gone", say: "there is nothing like that" },
  { status: 413, is: "invalid_content", say: "it is too large" },
  { status: 429, is: "rate_limited", wait: 60 },
  // Of what stands before it, too: it may have been done.
  { status: 503, is: "transient", doubtful: true },
  { status: 400, is: "invalid_content" },
];

const longestLink = 2048;

function problemsOf({ link, images, options }: Message): string[] {
  const alts = images.slice(1).filter(({ alt }) => alt !== null).length;
  return [
    ...(link !== null && link.length > longestLink ? [`the link has more than ${longestLink} characters`] : []),
    ...(alts > 0 ? ["a pin has one alternative text: --alt goes with its first picture"] : []),
    ...(options["section"] !== undefined && options["board"] === undefined
      ? ["a section is of a board: --option pinterest.board=NAME"]
      : []),
  ];
}

const characters = (max: number) => ({ max, unit: "characters", measure: codePoints });
const pictures = ["image/jpeg", "image/png"];
/** Ten megabytes as they are sent, in base64. */
const largestPicture = 7_500_000;

export const pinterest = definePlatform({
  id: "pinterest",
  name: "Pinterest",
  site: "https://www.pinterest.com",
  documentation: "https://developers.pinterest.com/docs/api/v5",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: { authorize: "https://www.pinterest.com/oauth/", token: `${host}/oauth/token` },
      pkce: "none",
      scopeSeparator: ",",
      clientAuthentication: "client_secret_basic",
      // Refresh tokens that are renewed with every use: apps from before September 2025 must ask for them.
      tokenParameters: { continuous_refresh: "true" },
      scopes: ["boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read"],
      neededToPublish: ["boards:read", "boards:write", "pins:read", "pins:write"],
      redirect: { loopbackPort: "fixed", host: "localhost" },
    },
  ],
  tokens: {
    // 30 days. A refresh token lives 60, and every refresh brings a new one.
    defaultLifetime: 2_592_000,
    reuse: { kind: "unknown" },
    readReply,
  },
  limits: {
    text: characters(800),
    title: characters(100),
    alt: characters(500),
    images: { max: 5, types: pictures, bytes: largestPicture },
    video: {
      types: ["video/mp4", "video/quicktime"],
      bytes: 2_000_000_000,
      seconds: { min: 4, max: 900 },
    },
    thumbnail: { types: pictures, bytes: largestPicture },
    needs: ["media"],
    oneOf: ["images", "video"],
    link: "attached",
  },
  options: [
    { name: "board", say: "the board, by its name or id (default: the only one)", takes: "text" },
    { name: "section", say: "the board's section, by its name or id", takes: "text" },
  ],
  problemsOf,
  failures,
  paceOf,
  firstPost: '"Hello" --image FILE --option pinterest.board=NAME',
  setup: [
    {
      title: "A business account",
      text: "Sign in to Pinterest with a business account (a personal one is converted for nothing, in its settings).",
      open: "https://www.pinterest.com/business/create/",
    },
    {
      title: "Connect an app",
      text: "My apps, Connect app. Pinterest looks at it for a day or more and gives Trial access: with that one can connect and read, and no pins are made in production.",
      open: "https://developers.pinterest.com/apps",
    },
    {
      title: "The redirect URI",
      text: "In the app's settings add exactly the one below, port and all.",
    },
    {
      title: "Copy the keys",
      text: "App ID and App secret key.",
    },
    {
      title: "Ask for Standard access",
      text: "Upgrade access, with a film that shows the whole of connecting and a pin being made. Until then a pin is refused (code 29).",
      open: "https://developers.pinterest.com/apps",
    },
  ],
  identify: async (api) => {
    const { id, username, business_name: name } = await account(api);
    return [
      {
        externalId: id ?? username,
        handle: username,
        name: name || null,
        url: `https://www.pinterest.com/${username}/`,
      },
    ];
  },
  check: async (api) => `answers as ${(await account(api)).username}`,
  removeAccessAt: "https://www.pinterest.com/settings/security",
  publish: {
    prepare,
    commit: (api, message, { prepared }) => commit(api, message, prepared),
    confirm: (api, message, { prepared }, since) => confirm(api, message, prepared, since),
    delete: remove,
  },
});
