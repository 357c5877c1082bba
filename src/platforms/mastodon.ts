// https://docs.joinmastodon.org/client/intro
import { Failure } from "../domain/failure.ts";
import { hours, seconds } from "../domain/time.ts";
import { at } from "./mastodon/api.ts";
import { errorOf, failures, paceOf } from "./mastodon/failures.ts";
import { factsIn, instanceAt, limitsFor } from "./mastodon/instance.ts";
import { findStatus } from "./mastodon/recent-statuses.ts";
import { scopes, servers } from "./mastodon/servers.ts";
import { createStatus, problemsOf, remove } from "./mastodon/statuses.ts";
import { type Prepared, uploadAll } from "./mastodon/uploads.ts";
import { type Api, definePlatform, type Identity } from "./platform.ts";

interface Person {
  readonly id?: string;
  readonly username?: string;
  readonly display_name?: string;
  readonly url?: string;
}

async function person(api: Api): Promise<Required<Pick<Person, "id" | "username">> & Person> {
  const told = ((await api.get(at(api, "/api/v1/accounts/verify_credentials"))) ?? {}) as Person;
  const { id, username } = told;
  if (id && username) return { ...told, id, username };
  throw new Failure("platform_fault", "the server did not say whose token this is", { hint: "try again" });
}

/** The server's domain may be another than that of its address. */
async function identify(api: Api): Promise<readonly Identity[]> {
  const { id, username, display_name: name, url } = await person(api);
  const origin = at(api, "");
  const instance = await instanceAt(api, origin);
  const handle = `${username}@${instance.domain ?? new URL(origin).host}`;
  return [{ externalId: id, handle, name: name || null, url: url ?? null, facts: factsIn(instance) }];
}

export const mastodon = definePlatform({
  id: "mastodon",
  name: "Mastodon",
  site: "https://joinmastodon.org",
  documentation: "https://docs.joinmastodon.org/client/intro",
  methods: [
    {
      kind: "oauth2",
      id: "oauth2",
      endpoints: "discovery",
      server: servers,
      // Since 4.3; servers before that pass over it.
      pkce: "S256",
      clientAuthentication: "client_secret_post",
      scopes,
      neededToPublish: ["write:statuses"],
      // Otherwise whoever is signed in is connected, and a second account at a server never is.
      authorizeParameters: { force_login: "true" },
      redirect: { loopbackPort: "any", host: "127.0.0.1", outOfBand: true },
    },
    {
      kind: "key",
      id: "token",
      name: "access token",
      server: servers,
    },
  ],
  // They end when somebody ends them. Servers of other makes may give a lifetime and a refresh token: those count then.
  tokens: { defaultLifetime: null, reuse: { kind: "unknown" } },
  limits: limitsFor({}),
  limitsFor,
  factsOf: async (api) => factsIn(await instanceAt(api, at(api, ""))),
  failures,
  errorOf,
  paceOf,
  problemsOf,
  options: [
    { name: "spoiler", say: "the warning in front of the text, which is folded away behind it", takes: "text" },
    { name: "sensitive", say: "files are hidden until somebody wants to see them", takes: "flag" },
    { name: "focus", say: "what of the first file is shown where it is cropped: x,y from -1 to 1", takes: "text" },
    {
      name: "publish-at",
      say: "the server itself publishes it then: from 5 minutes ahead, whether this machine is on or not",
      takes: "instant",
    },
    { name: "quote-policy", say: "who may quote it (from 4.5 on)", takes: ["public", "followers", "nobody"] },
  ],
  setup: [
    {
      title: "Have an account",
      text: "At any server. There is no developer portal: agencyiq registers itself at the server, once, and uses that for every account there.",
      open: "https://joinmastodon.org/servers",
    },
    {
      title: "Know the server's name",
      text: "What stands in the browser after you signed in: mastodon.social, say. Your whole handle (@me@mastodon.social) will do where both are the same.",
    },
  ],
  identify,
  check: async (api) => `answers as @${(await person(api)).username}@${new URL(at(api, "")).host}`,
  publish: {
    prepare: uploadAll,
    commit: (api, message, { prepared, idempotencyKey }: { prepared: Prepared; idempotencyKey: string }) =>
      createStatus(api, message, prepared, idempotencyKey),
    // Mastodon keeps the key of a status for an hour, and answers with that status. What others do is not known, and they name
    // Mastodon's version before their own: "4.0.0 (not true; snac/2.70)", "3.5.3+gotosocial-0.17".
    idempotentFor: ({ facts }, { options }) =>
      // Of what is to wait at the server it looks the key up in vain (500): that is looked for.
      options["publish-at"] === undefined && /^[2-9]\.\d+\.\d+(?!.*(?:[\s(]|gotosocial))/i.test(facts["version"] ?? "")
        ? hours(1)
        : 0,
    // It writes the key down when all is done: what is still under way would be done twice.
    underWayFor: seconds(5),
    confirm: (api, message, { prepared }, since) => findStatus(api, message, prepared, since),
    delete: remove,
  },
});
