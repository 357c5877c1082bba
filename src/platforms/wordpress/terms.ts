/** Tags and categories, which posts have by number. https://developer.wordpress.org/rest-api/reference/tags/ */
import { Failure } from "../../domain/failure.ts";
import type { Api } from "../platform.ts";

interface Term {
  readonly id?: number;
  readonly name?: string;
}

/** Those that are not there yet are made. */
export async function tagIds(api: Api, names: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) ids.push((await termId(api, "tags", name)) ?? (await madeTag(api, name)));
  return ids;
}

/** @throws Failure `content_invalid` for one that the site does not have: a misspelling would make a new one */
export async function categoryIds(api: Api, names: readonly string[]): Promise<number[]> {
  const ids: number[] = [];
  for (const name of names) {
    const id = await termId(api, "categories", name);
    if (id === null) {
      throw new Failure("content_invalid", `the site has no category "${name}"`, {
        hint: "make it in the site's admin: Posts, Categories",
      });
    }
    ids.push(id);
  }
  return ids;
}

async function termId(api: Api, kind: "tags" | "categories", name: string): Promise<number | null> {
  const query = { search: name, per_page: "100" };
  const found = (await api.get(`${api.instance}/wp/v2/${kind}`, { query })) as readonly Term[];
  const term = (Array.isArray(found) ? found : []).find((one: Term) => same(one.name ?? "", name));
  return term?.id ?? null;
}

/** Names come with entities in place of `&`, `<` and `>`. */
function same(told: string, name: string): boolean {
  const plain = told.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
  return plain.toLowerCase() === name.trim().toLowerCase();
}

async function madeTag(api: Api, name: string): Promise<number> {
  const answer = await api.call("POST", `${api.instance}/wp/v2/tags`, {
    json: { name },
    accepts: [400],
    repeatable: true,
  });
  const made = (answer.body ?? {}) as Term & { code?: string; message?: string; data?: { term_id?: number } };
  // Somebody made it meanwhile, or it differs in what the search does not look at.
  const id = answer.status === 400 ? made.data?.term_id : made.id;
  if (id !== undefined) return id;
  throw new Failure(
    "content_invalid",
    `WordPress did not take the tag "${name}": ${made.message ?? "no reason given"}`,
  );
}
