// https://developers.google.com/workspace/gmail/api, and docs/platforms/gmail.md for what is not verified
import { utf8Bytes, utf16Units } from "../domain/counting/units.ts";
import { mebibytes } from "../domain/limits.ts";
import { failures } from "./gmail/failures.ts";
import { options, problemsOf, publishing } from "./gmail/publishing.ts";
import { googleMethod, googleTokens } from "./google/access.ts";
import { googleErrorOf } from "./google/failures.ts";
import { tokenInfo } from "./google/token-info.ts";
import { userInfo } from "./google/user-info.ts";
import { definePlatform } from "./platform.ts";

// Sensitive, not restricted: it can look at nothing, and needs no yearly audit.
const send = "https://www.googleapis.com/auth/gmail.send";

const anything = mebibytes(25);

export const gmail = definePlatform({
  id: "gmail",
  name: "Gmail",
  site: "https://mail.google.com",
  documentation: "https://developers.google.com/workspace/gmail/api",
  methods: [googleMethod({ scopes: ["openid", "email", send], neededToPublish: [send] })],
  tokens: googleTokens,
  removeAccessAt: "https://myaccount.google.com/connections",
  limits: {
    // Not a limit of Gmail's: what is longer is no letter, and has to fit beside the files.
    text: { max: 500_000, unit: "bytes", measure: utf8Bytes },
    // A line of a head has 998 characters at most (RFC 5322 section 2.1.1), and programs show fewer.
    title: { max: 250, unit: "characters", measure: utf16Units },
    images: {
      types: ["image/jpeg", "image/png", "image/gif", "image/webp", "image/tiff", "image/avif", "image/heic"],
      bytes: anything,
      max: 20,
    },
    video: {
      types: ["video/mp4", "video/quicktime", "video/webm", "video/matroska", "video/x-msvideo", "video/mpeg"],
      bytes: anything,
    },
    document: {
      types: [
        "application/pdf",
        "application/msword",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/zip",
        // Texts and tables, which have nothing at their beginning to tell them by.
        "application/octet-stream",
      ],
      bytes: anything,
    },
    needs: ["title"],
  },
  failures,
  errorOf: googleErrorOf,
  firstPost: '"Hello" --title "A test" --option gmail.to=YOUR_ADDRESS',
  setup: [
    {
      title: "Make a project",
      text: "Sign in with any Google account that will own the app, and make a project. One that was made for YouTube or Google Calendar serves as well.",
      open: "https://console.cloud.google.com/projectcreate",
    },
    {
      title: "Enable the Gmail API",
      text: "Search for Gmail API, and press Enable.",
      open: "https://console.cloud.google.com/apis/library/gmail.googleapis.com",
    },
    {
      title: "Say who may use it",
      text: "Google Auth Platform, Audience: External, then Publish app (In production); Internal for a Workspace of your own. Unverified, a warning is shown once, and at most 100 people may use it. Left in Testing, every connection dies after 7 days.",
      open: "https://console.cloud.google.com/auth/audience",
    },
    {
      title: "Make a client",
      text: "Clients, Create client, type Desktop app. It needs no redirect URI. Keep its client ID and client secret for the next question.",
      open: "https://console.cloud.google.com/auth/clients",
    },
  ],
  identify: async (api) => {
    const { sub, email, name } = await userInfo(api, "gmail");
    return [{ externalId: sub, handle: email, name, url: null, facts: { email } }];
  },
  check: async (api) => {
    const { email } = await userInfo(api, "gmail");
    return { say: `mail of ${email}`, ...(await tokenInfo(api)) };
  },
  options,
  problemsOf,
  publish: publishing,
});
