// https://github.com/HackerNews/API (it reads), https://news.ycombinator.com/newsguidelines.html, and docs/platforms/hackernews.md
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { errorOf, failures, statusOf } from "./hackernews/failures.ts";
import { site, userOf } from "./hackernews/items.ts";
import { formOf, problemsOf, publishing } from "./hackernews/publishing.ts";
import { type Api, definePlatform, type Identity } from "./platform.ts";

function identityOf(name: string): Identity {
  return { externalId: name, handle: name, name: null, url: `${site}/user?id=${name}` };
}

async function identifyByName(api: Api): Promise<readonly Identity[]> {
  const name = api.facts["user"] ?? "";
  if (await userOf(api, name)) return [identityOf(name)];
  throw new Failure("usage", `Hacker News knows nobody called "${name}"`, {
    hint: "large and small letters count; who has never written anything is not known either",
  });
}

/** `<name>&<hash>`: what stands before the ampersand is no secret. */
async function identifyBySession(api: Api): Promise<readonly Identity[]> {
  await formOf(api);
  return [identityOf((await api.token()).split("&")[0] ?? "")];
}

function readCookie(pasted: string): string {
  const value = pasted
    .trim()
    .replace(/^user=/, "")
    .replace(/;.*$/s, "");
  if (/^[\w-]+&[\w-]+$/.test(value)) return value;
  throw new Failure("usage", "what was pasted is no cookie of Hacker News", {
    hint: "its value is your name, an ampersand, and a long word (developer tools, Storage, Cookies, user)",
  });
}

const rules =
  "Hacker News has no API to submit by, and is not for promotion: who sends its form by a program may have account, site and network banned without a word";

const tokens = { defaultLifetime: null, reuse: { kind: "non_rotating" }, renewal: "none" } as const;

export const hackernews = definePlatform({
  id: "hackernews",
  name: "Hacker News",
  site,
  documentation: "https://github.com/HackerNews/API",
  methods: [
    {
      kind: "key",
      id: "browser",
      name: null,
      asks: [{ name: "user", say: "Your user name at Hacker News" }],
      presentation: { in: "nothing" },
      identify: identifyByName,
    },
    {
      kind: "key",
      id: "session",
      name: "value of the cookie user",
      example: "name&0123456789abcdef…",
      read: readCookie,
      presentation: { in: "header", name: "cookie", prefix: "user=" },
      identify: identifyBySession,
      warning: `${rules}. The cookie does everything that you may, and ends when you log out anywhere. Without it a story is submitted in the browser`,
    },
  ],
  tokens,
  removeAccessAt: "https://news.ycombinator.com/news",
  limits: {
    title: { max: 80, unit: "characters", measure: codePoints },
    link: "attached",
    linkAlone: true,
    needs: ["title"],
  },
  failures,
  errorOf,
  statusOf,
  options: [
    {
      name: "submit",
      say: "browser (usual): the form is opened for you to send; form: it is sent from here, by a session, against the spirit of the site",
      takes: ["browser", "form"],
    },
  ],
  problemsOf,
  firstPost: '--title "Show HN: Hello" --link https://example.com',
  setup: [
    {
      title: "Sign in with your browser",
      text: `${rules}. So nothing is submitted for you: agencyiq opens the form, filled in, you send it, and it looks for the story. All it needs is your user name.`,
      open: "https://news.ycombinator.com/login",
    },
  ],
  identify: identifyByName,
  check: async (api) => {
    if ((await api.method()) === "session") {
      await formOf(api);
      return `signed in as ${api.externalId ?? "somebody"}`;
    }
    return (await userOf(api, api.externalId ?? "")) ? "known; nothing is kept that could end" : "not known any more";
  },
  publish: publishing,
});
