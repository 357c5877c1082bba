// https://developers.tiktok.com/doc/login-kit-desktop and https://developers.tiktok.com/doc/content-posting-api-get-started
import { utf16Units } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { type Limits, mebibytes } from "../domain/limits.ts";
import { type Api, definePlatform, type Identity, type Step } from "./platform.ts";
import { host, profileUrl, statusOf } from "./tiktok/api.ts";
import { failures } from "./tiktok/failures.ts";
import { commitPhotos, confirmPhotos, type PreparedPhotos, preparePhotos } from "./tiktok/photos.ts";
import { modeOf, options, problemsOf, visibilities } from "./tiktok/post-info.ts";
import { commitVideo, confirmVideo, type PreparedVideo, prepareVideo } from "./tiktok/video.ts";

const console = "https://developers.tiktok.com/apps";

interface User {
  readonly open_id?: string;
  readonly display_name?: string;
  readonly username?: string;
}

async function user(api: Api, fields: string): Promise<User> {
  const answer = (await api.get(`${host}/v2/user/info/`, { query: { fields } })) as { data?: { user?: User } };
  return answer?.data?.user ?? {};
}

/** `username` needs a permission of its own (user.info.profile), which a person may leave out; the rest does not. */
async function whoIsIt(api: Api): Promise<User> {
  const basic = "open_id,display_name";
  try {
    return await user(api, `${basic},username`);
  } catch (error) {
    if (!(error instanceof Failure && error.code === "scope_missing")) throw error;
    return user(api, basic);
  }
}

async function identify(api: Api): Promise<readonly Identity[]> {
  const { open_id: id, display_name: name, username } = await whoIsIt(api);
  if (!id) throw new Failure("platform_fault", "TikTok did not say whose token this is", { hint: "try again" });
  const url = username ? profileUrl(username) : null;
  return [{ externalId: id, handle: username ?? name ?? id, name: name ?? null, url }];
}

const letters = (max: number) => ({ max, unit: "UTF-16 units", measure: utf16Units });

// https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
const limits: Limits = {
  text: letters(4000),
  title: letters(90),
  withVideo: { text: letters(2200) },
  images: {
    max: 35,
    types: ["image/jpeg", "image/webp"],
    bytes: 20_000_000,
    fetched: true,
    // "Maximum 1080p", upright or not.
    width: { max: 1920 },
    height: { max: 1920 },
    pixels: 1920 * 1080,
  },
  video: {
    types: ["video/mp4", "video/quicktime", "video/webm"],
    bytes: mebibytes(4096),
    // An account may be allowed less, and is asked.
    seconds: { min: 3, max: 600 },
    width: { min: 360, max: 4096 },
    height: { min: 360, max: 4096 },
    framesPerSecond: 60,
    codecs: ["avc", "hevc", "vp8", "vp9"],
  },
  needs: ["media"],
  oneOf: ["images", "video"],
  visibility: visibilities,
};

export const tiktok = definePlatform({
  id: "tiktok",
  name: "TikTok",
  site: "https://www.tiktok.com",
  documentation: "https://developers.tiktok.com/doc/content-posting-api-get-started",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: {
        authorize: "https://www.tiktok.com/v2/auth/authorize/",
        token: `${host}/v2/oauth/token/`,
        revoke: `${host}/v2/oauth/revoke/`,
      },
      pkce: "S256-hex",
      clientIdParameter: "client_key",
      scopeSeparator: ",",
      clientAuthentication: "client_secret_post",
      scopes: ["user.info.basic", "user.info.profile", "video.publish", "video.upload"],
      revokes: "login",
      neededToPublish: ["user.info.basic", "video.publish"],
      // Otherwise whoever is signed in and has agreed before is connected without a word.
      authorizeParameters: { disable_auto_auth: "1" },
      redirect: { loopbackPort: "any", host: "127.0.0.1", path: "/callback/", registeredPort: "*" },
    },
  ],
  tokens: {
    // Two hours since November 2026, a day before; every reply says. So does it of the refresh token: 180 days, or 365.
    defaultLifetime: 7200,
    // "The previous one stops working", and no word of a second chance: so none is taken.
    reuse: { kind: "revokes_family" },
    // Its errors come with status 200, in the usual words: the reading of it makes them errors.
    readReply: (body) => body,
    deadGrantErrors: ["invalid_request"],
  },
  limits,
  failures,
  statusOf,
  options,
  problemsOf,
  firstPost: '"Hello" --video FILE --visibility private',
  setup: [
    {
      title: "Make an app",
      text: "Sign in to TikTok for Developers, Manage apps, Connect an app. Without TikTok's review use a Sandbox of the app (at its top): it works for the up to 10 TikTok accounts that you name there as target users.",
      open: console,
    },
    {
      title: "Add its products",
      text: "Login Kit, and Content Posting API with Direct Post switched on. Scopes: user.info.basic, user.info.profile, video.publish, video.upload.",
    },
    {
      title: "Platform and redirect URI",
      text: "Under Platforms choose Desktop; in Login Kit, Redirect URI, Desktop, enter http://127.0.0.1:*/callback/ with the star and the slash at the end. (An app for the Web takes https addresses only: enter one of yours, and connect with --manual --redirect-uri.)",
    },
    {
      title: "Copy the keys",
      text: "Client key and Client secret, of the Sandbox if you use one. Both are needed, for a Desktop app too.",
    },
    {
      title: "Ask for the audit",
      text: "Until TikTok has audited how the app posts, it may post only what nobody else sees (--visibility private), and only to accounts that are private in TikTok's app. Apply under Content Posting API of the app; a first private post does not need it.",
      open: console,
    },
  ],
  identify,
  check: async (api) => {
    const { display_name: name, open_id: id } = await user(api, "open_id,display_name");
    return `answers as ${name ?? id ?? "somebody"}`;
  },
  publish: {
    // Drafts for the inbox are given by another permission.
    scopesFor: (message) => ["user.info.basic", modeOf(message) === "inbox" ? "video.upload" : "video.publish"],
    prepare: (api, message, step): Promise<PreparedVideo | PreparedPhotos> =>
      message.video ? prepareVideo(api, message, step) : preparePhotos(api, message, step),
    commit: (api, message, { prepared, step }: { prepared: PreparedVideo | PreparedPhotos; step: Step }) =>
      prepared.kind === "video" ? commitVideo(api, message, { prepared, step }) : commitPhotos(api, { prepared, step }),
    confirm: (api, _message, { prepared, step }: { prepared: PreparedVideo | PreparedPhotos; step: Step }) =>
      prepared.kind === "video" ? confirmVideo(api, prepared) : confirmPhotos(api, { prepared, step }),
  },
});
