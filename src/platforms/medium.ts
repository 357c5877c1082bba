// https://github.com/Medium/medium-api-docs (archived in March 2023), and docs/platforms/medium.md for where each fact is from
import { codePoints } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { byHand, errorOf, failures } from "./medium/failures.ts";
import { me, publishing } from "./medium/stories.ts";
import { type Api, definePlatform, type Identity, type Message } from "./platform.ts";

async function identify(api: Api): Promise<readonly Identity[]> {
  const { id, username, name = null, url = null } = await me(api);
  if (!id || !username) {
    throw new Failure("platform_fault", "Medium did not say whose token this is", { hint: "try again" });
  }
  return [{ externalId: id, handle: username, name, url }];
}

function problemsOf({ text, title }: Message): readonly string[] {
  const pictures = [...text.matchAll(/!\[[^\]]*\]\(\s*<?([^)\s>]+)/g)].map(([, address = ""]) => address);
  const local = pictures.filter((address) => !/^https?:\/\//i.test(address));
  const twice = title !== null && text.trimStart().startsWith(`# ${title}\n`);
  return [
    ...local.map((file) => `the picture ${file} in the text is no web address: give it with --image`),
    ...(twice ? ["the text begins with its title, which is put there by itself: leave it out"] : []),
  ];
}

const given = "Medium gives no new integration tokens since 1 January 2025, and does not look after its API any more";

export const medium = definePlatform({
  id: "medium",
  name: "Medium",
  site: "https://medium.com",
  documentation: "https://github.com/Medium/medium-api-docs",
  methods: [
    {
      kind: "key",
      id: "integration-token",
      name: "integration token",
      warning: `${given}. Without one: ${byHand}.`,
    },
  ],
  tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" }, renewal: "none" },
  caution: `${given}: it may end any day, and a token that is deleted cannot be had again`,
  removeAccessAt: "https://medium.com/me/settings/security",
  limits: {
    title: { max: 100, unit: "characters", measure: codePoints },
    // Undocumented; what others have met.
    images: { max: 20, types: ["image/jpeg", "image/png", "image/gif", "image/tiff"], bytes: mebibytes(25) },
    link: "attached",
    needs: ["text", "title"],
    visibility: ["public", "draft", "unlisted"],
  },
  failures,
  errorOf,
  options: [
    { name: "publication", say: "the name or id of a publication that the account writes for", takes: "text" },
    {
      name: "license",
      say: "unsaid: all rights reserved",
      takes: [
        "all-rights-reserved",
        "cc-40-by",
        "cc-40-by-sa",
        "cc-40-by-nd",
        "cc-40-by-nc",
        "cc-40-by-nc-nd",
        "cc-40-by-nc-sa",
        "cc-40-zero",
        "public-domain",
      ],
    },
    { name: "notify-followers", say: "whether followers are told of it", takes: "flag" },
  ],
  problemsOf,
  firstPost: '"The *first* words" --title "Hello" --visibility draft',
  setup: [
    {
      title: "Look whether you have a token",
      text: `${given}. If you have one: Settings, Security and apps, Integration tokens. Is that section not there, this account cannot be connected: ${byHand}.`,
      open: "https://medium.com/me/settings/security",
    },
  ],
  identify,
  check: async (api) => `answers as ${(await me(api)).username ?? "somebody"}`,
  publish: publishing,
});
