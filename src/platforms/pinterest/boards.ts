/** A pin lies on a board, and there perhaps in a section: both by name or id. https://developers.pinterest.com/docs/api/v5/boards-list */
import { Failure } from "../../domain/failure.ts";
import type { Api, Message } from "../platform.ts";

export const host = "https://api.pinterest.com/v5";

interface Named {
  readonly id?: string;
  readonly name?: string;
}

interface Page {
  readonly items?: readonly Named[];
  readonly bookmark?: string | null;
}

/** Of 250 each; nobody has more boards than that. */
const mostPages = 20;

async function all(api: Api, path: string): Promise<readonly Named[]> {
  const found: Named[] = [];
  let bookmark: string | null = null;
  for (let page = 0; page < mostPages; page += 1) {
    const query: Record<string, string> = { page_size: "250", ...(bookmark ? { bookmark } : {}) };
    const answer = ((await api.get(`${host}${path}`, { query, repeatable: true })) ?? {}) as Page;
    found.push(...(answer.items ?? []));
    bookmark = answer.bookmark ?? null;
    if (bookmark === null) break;
  }
  return found;
}

export interface Place {
  readonly board: string;
  readonly section: string | null;
}

/** Where there is one board alone, it need not be named. @throws Failure `content_invalid` with those that there are */
export async function placeFor(api: Api, { options }: Message): Promise<Place> {
  const board = await idOf(options["board"], "board", () => all(api, "/boards"));
  const { section } = options;
  if (section === undefined) return { board, section: null };
  return { board, section: await idOf(section, "section", () => all(api, `/boards/${board}/sections`)) };
}

const isId = (text: string): boolean => /^\d{6,}$/.test(text);

async function idOf(wanted: unknown, what: string, list: () => Promise<readonly Named[]>): Promise<string> {
  const name = typeof wanted === "string" ? wanted.trim() : null;
  if (name !== null && isId(name)) return name;
  const there = await list();
  const [only] = there;
  if (name === null && there.length === 1 && only?.id) return only.id;
  const same = there.filter((each) => each.name?.trim().toLowerCase() === name?.toLowerCase());
  const [found] = same;
  if (name !== null && found?.id && same.length === 1) return found.id;
  const known = there.slice(0, 15).map((each) => `${each.name} (${each.id})`);
  throw new Failure("content_invalid", problem(what, name, same.length), {
    hint:
      known.length > 0
        ? `--option pinterest.${what}=NAME, of: ${known.join(", ")}`
        : `make a ${what} at https://www.pinterest.com first`,
  });
}

function problem(what: string, name: string | null, count: number): string {
  if (name === null) return `Pinterest is not told which ${what} to pin to`;
  return count > 1 ? `several ${what}s are called "${name}"` : `there is no ${what} "${name}"`;
}
