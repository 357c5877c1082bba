// https://developers.google.com/youtube/v3/docs, and docs/platforms/youtube.md for where each fact is from
import { codePoints, utf8Bytes } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { googleMethod, googleTokens } from "./google/access.ts";
import { googleErrorOf } from "./google/failures.ts";
import { tokenInfo } from "./google/token-info.ts";
import { type Api, definePlatform, type Identity } from "./platform.ts";
import { channelsUrl } from "./youtube/endpoints.ts";
import { failures } from "./youtube/failures.ts";
import { notesOf, options, problemsOf } from "./youtube/metadata.ts";
import { publishing } from "./youtube/publishing.ts";

interface Channel {
  readonly id?: string;
  readonly snippet?: { readonly title?: string; readonly customUrl?: string };
}

/** The channel that was chosen on Google's page: a token is for one. @throws Failure `not_permitted` without one */
async function myChannel(api: Api): Promise<Identity> {
  const query = { part: "snippet", mine: "true" };
  const { items = [] } = ((await api.get(channelsUrl, { query })) ?? {}) as { items?: readonly Channel[] };
  const { id, snippet = {} } = items[0] ?? {};
  if (!id) {
    throw new Failure("not_permitted", "this Google account has no YouTube channel", {
      hint: "make one at https://www.youtube.com/create_channel, then: agencyiq connect youtube",
    });
  }
  const { title = null, customUrl } = snippet;
  // Old channels have no handle.
  const handle = customUrl?.replace(/^@/, "") || title || id;
  return { externalId: id, handle, name: title, url: `https://www.youtube.com/channel/${id}`, kind: "channel" };
}

const scope = (name: string): string => `https://www.googleapis.com/auth/${name}`;

export const youtube = definePlatform({
  id: "youtube",
  name: "YouTube",
  site: "https://www.youtube.com",
  documentation: "https://developers.google.com/youtube/v3/docs",
  methods: [
    googleMethod({
      // Upload and read; changing, deleting and commenting need force-ssl, which is also what makes a video public.
      scopes: [scope("youtube.upload"), scope("youtube.readonly"), scope("youtube.force-ssl")],
      neededToPublish: [scope("youtube.upload"), scope("youtube.readonly"), scope("youtube.force-ssl")],
    }),
  ],
  tokens: googleTokens,
  removeAccessAt: "https://myaccount.google.com/connections",
  limits: {
    text: { max: 5000, unit: "bytes", measure: utf8Bytes },
    title: { max: 100, unit: "characters", measure: codePoints },
    video: {
      // "video/*": whatever plays. What nobody knows is refused before it is sent.
      types: [
        "video/mp4",
        "video/quicktime",
        "video/webm",
        "video/matroska",
        "video/mpeg",
        "video/mp2t",
        "video/x-msvideo",
        "video/3gpp",
        "video/x-flv",
      ],
      bytes: mebibytes(256 * 1024),
      // Without a verified phone: 15 min. YouTube refuses the longer ones itself, when it looks into them.
      seconds: { max: 12 * 3600 },
    },
    // 2 MB until 2026-09-14.
    thumbnail: { types: ["image/jpeg", "image/png"], bytes: mebibytes(50) },
    needs: ["media", "title"],
    firstComment: true,
    visibility: ["public", "unlisted", "private"],
  },
  failures,
  errorOf: googleErrorOf,
  firstPost: '"Hello" --title "Hello" --video FILE --visibility private',
  setup: [
    {
      title: "Make a project",
      text: "Sign in with any Google account that will own the app (not necessarily the channel's), and make a project.",
      open: "https://console.cloud.google.com/projectcreate",
    },
    {
      title: "Enable the YouTube Data API v3",
      text: "Search for YouTube Data API v3, and press Enable.",
      open: "https://console.cloud.google.com/apis/library/youtube.googleapis.com",
    },
    {
      title: "Say who may use it",
      text: "Google Auth Platform, Audience: External, then Publish app (In production). It needs no verification: a warning is shown once, at most 100 people may use it. Left in Testing, every connection dies after 7 days.",
      open: "https://console.cloud.google.com/auth/audience",
    },
    {
      title: "Make a client",
      text: "Clients, Create client, type Desktop app. It needs no redirect URI. Keep its client ID and client secret for the next question.",
      open: "https://console.cloud.google.com/auth/clients",
    },
  ],
  identify: async (api) => [await myChannel(api)],
  check: async (api) => {
    const { handle } = await myChannel(api);
    return { say: `channel ${handle}`, ...(await tokenInfo(api)) };
  },
  options,
  problemsOf,
  notesOf,
  publish: publishing,
});
