/** The Pages that a person can post as. https://developers.facebook.com/docs/graph-api/reference/user/accounts */
import { Failure } from "../../domain/failure.ts";
import { graphUrl } from "../graph/api.ts";
import type { Api, Identity, IdentityToken } from "../platform.ts";

interface Page {
  readonly id: string;
  readonly name?: string;
  readonly username?: string;
  readonly link?: string;
  /** With the task CREATE_CONTENT, it posts. */
  readonly tasks?: readonly string[];
  /** Absent where the person, or the app, has no right to it. */
  readonly access_token?: string;
}

interface Listed<Item> {
  readonly data?: readonly Item[];
  readonly paging?: { readonly next?: string; readonly cursors?: { readonly after?: string } };
}

const fields = "id,name,username,link,tasks,access_token";

/** A list that never ends would keep a person waiting; nobody has more. */
const mostPages = 50;

/** Their own, and those of the business portfolios they work in: the latter are missing from `me/accounts`. */
export async function identifyPages(api: Api): Promise<readonly Identity[]> {
  const { id: login } = await whoIsIt(api);
  const own = await all<Page>(api, "/me/accounts", fields);
  const ofBusinesses = await pagesOfBusinesses(api);
  const pages = own.concat(ofBusinesses.filter(({ id }) => !own.some((page) => page.id === id)));
  if (pages.length > 0) return pages.map((page) => identityOf(page, login));
  throw new Failure("not_permitted", "this Facebook login has no Page, or none was chosen in the dialog", {
    hint: "make a Page, or run agencyiq connect facebook again and choose all Pages in the dialog",
  });
}

async function all<Item>(api: Api, path: string, wanted: string): Promise<Item[]> {
  const found: Item[] = [];
  let after: string | undefined;
  for (let count = 0; count < mostPages; count += 1) {
    const query = { fields: wanted, limit: "100", ...(after === undefined ? {} : { after }) };
    // By its cursor: the address that is given for the next page has the token in it.
    const { data = [], paging } = (await api.get(graphUrl(api, path), { query, repeatable: true })) as Listed<Item>;
    found.push(...data);
    after = paging?.next === undefined ? undefined : paging.cursors?.after;
    if (after === undefined) return found;
  }
  return found;
}

/** Without the permission for them, a person has only Pages of their own. */
async function pagesOfBusinesses(api: Api): Promise<Page[]> {
  const businesses = await allowed(all<{ id: string }>(api, "/me/businesses", "id,name"));
  const lists = businesses.flatMap(({ id }) => [`/${id}/owned_pages`, `/${id}/client_pages`]);
  const found: Page[] = [];
  for (const path of lists) found.push(...(await allowed(all<Page>(api, path, fields))));
  return found;
}

const noRight: readonly string[] = ["not_permitted", "scope_missing", "not_found"];
/** Of portfolios an app may know nothing before Meta has reviewed it. */
const noList: readonly string[] = [...noRight, "content_invalid", "app_refused"];

async function allowed<Item>(list: Promise<Item[]>): Promise<Item[]> {
  try {
    return await list;
  } catch (error) {
    if (error instanceof Failure && noList.includes(error.code)) return [];
    throw error;
  }
}

function identityOf(page: Page, login: string): Identity {
  const { id, name, username, link, access_token: accessToken } = page;
  const unusable = whyUnusable(page);
  return {
    externalId: id,
    handle: username ?? id,
    name: name ?? null,
    url: link ?? `https://www.facebook.com/${id}`,
    login,
    kind: "Page",
    ...(accessToken === undefined ? {} : { token: tokenOf(accessToken) }),
    ...(unusable === null ? {} : { unusable }),
  };
}

function whyUnusable({ tasks, access_token: token }: Page): string | null {
  if (tasks && !tasks.includes("CREATE_CONTENT")) {
    return "your role on the Page may not post: ask for full control, or for the task Content, in the Page's settings";
  }
  return token === undefined ? "Facebook gives no token for the Page: choose it in the dialog when connecting" : null;
}

/** Got with a token that lives long, a Page's does not end by itself. */
function tokenOf(accessToken: string): IdentityToken {
  return { accessToken, expiresIn: null, scopes: null };
}

/** With the person's token; null: they have no right to the Page any more. */
export async function deriveToken(api: Api, externalId: string): Promise<IdentityToken | null> {
  try {
    const page = (await api.get(graphUrl(api, `/${externalId}`), {
      query: { fields: "access_token" },
    })) as Partial<Page>;
    return page.access_token === undefined ? null : tokenOf(page.access_token);
  } catch (error) {
    if (!(error instanceof Failure && noRight.includes(error.code))) throw error;
    // A block that passes is refused in the same class: only the list of Pages tells that the right is gone.
    const pages = [...(await all<Page>(api, "/me/accounts", fields)), ...(await pagesOfBusinesses(api))];
    const page = pages.find(({ id }) => id === externalId);
    if (page?.access_token !== undefined) return tokenOf(page.access_token);
    if (page) throw error;
    return null;
  }
}

/** The person, or the Page, that the token is of. */
export async function whoIsIt(api: Api): Promise<{ readonly id: string; readonly name: string }> {
  const { name, id } = (await api.get(graphUrl(api, "/me"), { query: { fields: "id,name" } })) as Partial<Page>;
  if (id) return { id, name: name ?? id };
  throw new Failure("platform_fault", "Facebook did not say whose token this is", { hint: "run it again later" });
}
