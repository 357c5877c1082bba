/** Bodies of the article endpoints, as Forem's controller reads them. */

import type { Draft } from "./articles.ts";
import { devtoErrors, unprocessable } from "./errors.ts";

export interface Wanted {
  readonly draft: Partial<Draft>;
  /** undefined: not said. */
  readonly published: boolean | undefined;
}

const texts = { body: "body_markdown", series: "series", mainImage: "main_image", description: "description" } as const;

/** Names of `article_params` in app/controllers/concerns/api/articles_controller.rb; others are dropped without a word. */
export async function wantedIn(request: Request): Promise<Wanted | Response> {
  const { article } = ((await request.json().catch(() => null)) ?? {}) as { article?: unknown };
  if (article === undefined || article === null || article === "") return devtoErrors["param-missing"]();
  if (typeof article !== "object" || Array.isArray(article)) return devtoErrors["not-an-object"]();
  const given = article as Readonly<Record<string, unknown>>;
  const draft: { -readonly [Name in keyof Draft]?: Draft[Name] } = {};
  if (typeof given["title"] === "string") draft.title = given["title"];
  for (const [name, field] of Object.entries(texts) as [keyof typeof texts, string][]) {
    const value = given[field];
    if (typeof value === "string") draft[name] = value;
  }
  if (typeof given["canonical_url"] === "string") draft.canonicalUrl = given["canonical_url"];
  // A text is no permitted value there, so it is no tag at all.
  if (Array.isArray(given["tags"])) draft.tags = given["tags"].map(String);
  const { published } = given as { published?: unknown };
  return problemOf(draft) ?? { draft, published: published === undefined ? undefined : published === true };
}

function problemOf({ title, tags = [], canonicalUrl }: Partial<Draft>): Response | null {
  if (title !== undefined && title.trim() === "") return unprocessable("Title can't be blank");
  if ([...(title ?? "")].length > 128) return unprocessable("Title is too long (maximum is 128 characters)");
  if (tags.length > 4) return devtoErrors["too-many-tags"]();
  const odd = tags.find((tag) => !/^[\p{L}\p{N}]+$/u.test(tag));
  if (odd !== undefined)
    return unprocessable(`Tag "${odd}" contains non-alphanumeric or prohibited unicode characters`);
  const isWeb = canonicalUrl == null || /^https?:\/\/[^\s]+$/.test(canonicalUrl);
  return isWeb ? null : unprocessable("Canonical url is not a valid URL");
}
