/** Gmail, as far as an app may that can only send. https://developers.google.com/workspace/gmail/api */
import { Hono } from "hono";
import { access, type GoogleEnvironment, type Method } from "../google/access.ts";
import { claimsOf } from "../google/claims.ts";
import { answerStatus, googleErrors } from "../google/errors.ts";
import { googleHosts } from "../google/hosts.ts";
import { refusesRedirectUri } from "../google/oauth-rules.ts";
import type { MakeTwin } from "../twin.ts";
import { gmailErrors } from "./errors.ts";
import { sendRaw, sendUpload } from "./send.ts";

const platform = "gmail";

const scope = (name: string) => `https://www.googleapis.com/auth/${name}` as const;

/** In the words of Google's consent page. */
const scopes = {
  [scope("gmail.send")]: "Send email on your behalf",
  [scope("gmail.readonly")]: "View your email messages and settings",
};

const sending: Method = {
  scopes: [scope("gmail.send")],
  bucket: { name: "gmail units", limit: 80_000_000 },
  cost: 100,
};

export const makeGmailTwin: MakeTwin = (world) => {
  const api = new Hono<GoogleEnvironment>();
  const may = access(world, platform, sending);
  api.post("/upload/gmail/v1/users/:user/messages/send", may, sendUpload(world));
  api.post("/gmail/v1/users/:user/messages/send", may, sendRaw(world));
  api.notFound(() => googleErrors["not-found"]());
  const client = { platform, clientSecret: "sandbox-google-secret", redirectUris: [] };
  return {
    id: platform,
    name: "Gmail",
    hosts: { "gmail.googleapis.com": api, ...googleHosts(world, platform, scopes) },
    claims: claimsOf(world, platform, /^gmail\.googleapis\.com\//),
    // Messages with their files may have more than the gateway holds.
    streams: ({ host, pathname }) => host === "gmail.googleapis.com" && pathname.startsWith("/upload/"),
    clients: [
      { ...client, clientId: "sandbox-gmail-client" },
      { ...client, clientId: "sandbox-gmail-testing", testing: true },
    ],
    answerStatus,
    errors: gmailErrors,
    refusesRedirectUri,
    maximumRedirectUris: 100,
  };
};
