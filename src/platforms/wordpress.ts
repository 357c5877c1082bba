// https://developer.wordpress.org/rest-api/, and docs/platforms/wordpress.md for where each fact is from
import { codePoints, utf8Bytes } from "../domain/counting/units.ts";
import { Failure } from "../domain/failure.ts";
import { mebibytes } from "../domain/limits.ts";
import { type Api, definePlatform, type Facts, type Identity } from "./platform.ts";
import { failures } from "./wordpress/failures.ts";
import { problemsOf, publishing, visibilities } from "./wordpress/publishing.ts";
import { findSite } from "./wordpress/site.ts";

interface User {
  readonly id?: number;
  readonly name?: string;
  readonly slug?: string;
  readonly link?: string;
  readonly capabilities?: Readonly<Record<string, boolean>>;
}

async function me(api: Api): Promise<User> {
  return ((await api.get(`${api.instance}/wp/v2/users/me`, { query: { context: "edit" } })) ?? {}) as User;
}

async function identify(api: Api): Promise<readonly Identity[]> {
  const { id, name = null, slug, link = null, capabilities = {} } = await me(api);
  if (id === undefined || !slug) {
    throw new Failure("platform_fault", "WordPress did not say whose password this is", { hint: "try again" });
  }
  const { host } = new URL(api.instance ?? "");
  const identity = { externalId: String(id), handle: `${slug}@${host}`, name, url: link };
  if (capabilities["edit_posts"]) return [identity];
  return [{ ...identity, unusable: "a user of this role writes no posts; an author does" }];
}

/** Application passwords are shown in groups of four, and their spaces mean nothing. */
function read(pasted: string, { user = "" }: Facts): string {
  const password = pasted.replace(/\s+/g, "");
  if (user.includes(":")) throw new Failure("usage", "a user name holds no colon", { hint: "--set user=NAME" });
  if (/^[\x21-\x7e]+$/.test(password)) return `${user}:${password}`;
  throw new Failure("usage", "what was pasted is no application password", {
    hint: "copy it from Users, Profile, Application Passwords: 24 letters and digits",
  });
}

export const wordpress = definePlatform({
  id: "wordpress",
  name: "WordPress",
  site: "https://wordpress.org",
  documentation: "https://developer.wordpress.org/rest-api/",
  methods: [
    {
      kind: "key",
      id: "application-password",
      name: "application password",
      example: "abcd EFGH 1234 ijkl MNOP 6789",
      asks: [{ name: "user", say: "The user name, or e-mail address, that you sign in with" }],
      read,
      presentation: { in: "basic" },
      server: { question: "Which site?", example: "https://blog.example.com", find: findSite },
    },
  ],
  tokens: { defaultLifetime: null, reuse: { kind: "non_rotating" }, renewal: "none" },
  limits: {
    text: { max: mebibytes(1), unit: "bytes", measure: utf8Bytes },
    title: { max: 500, unit: "characters", measure: codePoints },
    // What a site takes its host decides; a larger file is refused by it.
    images: {
      max: 20,
      types: ["image/jpeg", "image/png", "image/gif", "image/webp", "image/avif"],
      bytes: mebibytes(64),
    },
    video: { types: ["video/mp4", "video/quicktime", "video/webm"], bytes: mebibytes(2048) },
    needs: ["title"],
    visibility: visibilities,
  },
  failures,
  options: [
    { name: "publish-at", say: "WordPress makes it public then; not together with --at", takes: "instant" },
    { name: "slug", say: "the last part of its address; unsaid: made of the title", takes: "text" },
    { name: "excerpt", say: "what stands for it in lists", takes: "text" },
    { name: "categories", say: "names of categories that the site has, with commas between", takes: "text" },
    { name: "sticky", say: "stays at the top", takes: "flag" },
    { name: "comments", say: "whether readers may comment; unsaid: as the site has it", takes: "flag" },
  ],
  problemsOf,
  firstPost: '"The *first* words" --title "Hello" --visibility draft',
  setup: [
    {
      title: "Make an application password",
      text: "In your site's admin (https://YOUR-SITE/wp-admin/profile.php): Users, Profile, Application Passwords: name it agencyiq, Add New, and copy what it shows. It needs WordPress 5.6 or newer, and https. The user should be an author or editor.",
    },
  ],
  identify,
  check: async (api) => `answers as ${(await me(api)).name ?? "somebody"}`,
  publish: publishing,
});
