// https://developers.forem.com/api/v1, and docs/platforms/devto.md for where each fact is from
import { codePoints, utf8Bytes } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { me, publishing } from "./devto/articles.ts";
import { errorOf, failures } from "./devto/failures.ts";
import { type Api, definePlatform, type Identity, type Message } from "./platform.ts";

async function identify(api: Api): Promise<readonly Identity[]> {
  const { id, username, name = null } = await me(api);
  if (id === undefined || !username) {
    throw new Failure("platform_fault", "DEV did not say whose key this is", { hint: "try again" });
  }
  return [{ externalId: String(id), handle: username, name, url: `https://dev.to/${username}` }];
}

const mostTags = 4;

function problemsOf(message: Message): readonly string[] {
  const { tags, text } = message;
  const odd = tags.filter((tag) => !/^[\p{L}\p{N}]+$/u.test(tag));
  const pictures = [...text.matchAll(/!\[[^\]]*\]\(\s*<?([^)\s>]+)/g)].map(([, address = ""]) => address);
  const local = pictures.filter((address) => !/^https?:\/\//i.test(address));
  const image = message.options["main-image"];
  return [
    ...(tags.length > mostTags ? [`${tags.length} tags, DEV takes at most ${mostTags}`] : []),
    ...odd.map((tag) => `the tag "${tag}" has more than letters and digits, which is all that DEV takes`),
    ...local.map((file) => `the picture ${file} is no web address: DEV takes no uploads, so put it on the web first`),
    ...(message.images.length > 0
      ? ["DEV takes no uploads: put the picture on the web, and write ![what it shows](https://…) into the text"]
      : []),
    ...(typeof image === "string" && !/^https?:\/\//i.test(image) ? ["main-image takes a web address"] : []),
    // It would be taken in place of what was given.
    ...(/^---\s*\n/.test(text) ? ["the text begins with front matter, which DEV reads itself: leave it out"] : []),
  ];
}

export const devto = definePlatform({
  id: "devto",
  name: "DEV",
  site: "https://dev.to",
  documentation: "https://developers.forem.com/api/v1",
  methods: [
    {
      kind: "key",
      id: "api-key",
      name: "API key",
      presentation: { in: "header", name: "api-key" },
    },
  ],
  tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" }, renewal: "none" },
  removeAccessAt: "https://dev.to/settings/extensions",
  limits: {
    text: { max: 800_000, unit: "bytes", measure: utf8Bytes },
    title: { max: 128, unit: "characters", measure: codePoints },
    link: "attached",
    needs: ["text", "title"],
  },
  failures,
  errorOf,
  options: [
    { name: "published", say: "no: a draft, which only you see", takes: "flag" },
    {
      name: "update",
      say: "whether the article that has this canonical URL already is changed; unsaid: if its title is the same",
      takes: "flag",
    },
    { name: "series", say: "the series it is part of", takes: "text" },
    { name: "description", say: "what stands below the title in search results", takes: "text" },
    { name: "main-image", say: "the web address of the picture at its top", takes: "text" },
    { name: "organization-id", say: "the number of the organization it is published for", takes: "number" },
  ],
  problemsOf,
  firstPost: '"The *first* words" --title "Hello" --option devto.published=no',
  setup: [
    {
      title: "Make an API key",
      text: "Settings, Extensions, DEV Community API Keys: describe it as agencyiq, Generate API Key, and copy it. It does not expire.",
      open: "https://dev.to/settings/extensions",
    },
  ],
  identify,
  check: async (api) => `answers as ${(await me(api)).username ?? "somebody"}`,
  publish: publishing,
});
