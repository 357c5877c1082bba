/** Who can be posted as. Both ways in call the same account by the same number. */
import { Failure } from "../../domain/failure.ts";
import type { Api, Identity, IdentityToken } from "../platform.ts";
import { graphOf } from "./endpoints.ts";

interface Account {
  readonly id: string;
  /** The number that publishing wants; `id` is for this app alone. */
  readonly user_id?: string;
  readonly username?: string;
  readonly name?: string;
  readonly account_type?: string;
}

const personal =
  "it is a personal account, which no app can post to: switch it to a professional one (Instagram app > Settings > Account type and tools; it is free), then connect again";

/** Instagram Login. https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/get-started */
export async function identifySelf(api: Api): Promise<readonly Identity[]> {
  const account = await me(api);
  const identity = identityOf(account.user_id ?? account.id, account);
  return [account.account_type === "PERSONAL" ? { ...identity, unusable: personal } : identity];
}

export async function me(api: Api): Promise<Account> {
  const query = { fields: "id,user_id,username,name,account_type" };
  const answer = await api.get(`${graphOf(api)}/me`, { query });
  // Some answers wrap it, as that to a code.
  const { data } = (answer ?? {}) as { data?: readonly Account[] };
  const account = data?.[0] ?? (answer as Account | undefined);
  if (account?.id || account?.user_id) return account;
  throw new Failure("platform_fault", "Instagram did not say whose token this is", { hint: "try again" });
}

function identityOf(id: string, { username, name }: Pick<Account, "username" | "name">): Identity {
  const handle = username ?? id;
  return {
    externalId: id,
    handle,
    name: name ?? null,
    url: username ? `https://www.instagram.com/${username}` : null,
  };
}

interface Page {
  readonly id: string;
  readonly name?: string;
  readonly access_token?: string;
  readonly instagram_business_account?: Account;
}

interface Listed {
  readonly data?: readonly Page[];
  readonly paging?: { readonly next?: string; readonly cursors?: { readonly after?: string } };
}

const mostLists = 50;

/** Facebook Login: the accounts that are linked to the person's Pages. */
async function linkedPages(api: Api): Promise<Page[]> {
  const fields = "id,name,access_token,instagram_business_account{id,username,name,profile_picture_url}";
  const found: Page[] = [];
  let after: string | undefined;
  for (let count = 0; count < mostLists; count += 1) {
    const query = { fields, limit: "100", ...(after === undefined ? {} : { after }) };
    const answer = (await api.get(`${graphOf(api)}/me/accounts`, { query, repeatable: true })) as Listed;
    found.push(...(answer.data ?? []).filter((page) => page.instagram_business_account));
    after = answer.paging?.next === undefined ? undefined : answer.paging.cursors?.after;
    if (after === undefined) break;
  }
  return found;
}

export async function identifyLinked(api: Api): Promise<readonly Identity[]> {
  const pages = await linkedPages(api);
  if (pages.length > 0) return pages.flatMap(linkedIdentity);
  throw new Failure("not_permitted", "no Page of this Facebook login has an Instagram account linked to it", {
    hint: "link it in the Page's settings, choose both in the dialog; or connect without a Page: agencyiq connect instagram",
  });
}

function linkedIdentity({
  name: page,
  access_token: accessToken,
  instagram_business_account: account,
}: Page): Identity[] {
  if (!account) return [];
  const identity = identityOf(account.id, account);
  const kind = `linked to the Page ${page ?? "without a name"}`;
  if (accessToken === undefined) {
    return [
      { ...identity, kind, unusable: "Facebook gives no token for its Page: choose it in the dialog when connecting" },
    ];
  }
  return [{ ...identity, kind, token: tokenOf(accessToken) }];
}

/** Got with a token that lives long, a Page's does not end by itself. */
const tokenOf = (accessToken: string): IdentityToken => ({ accessToken, expiresIn: null, scopes: null });

/** With the person's token; null: the account is linked to none of their Pages any more. */
export async function deriveToken(api: Api, externalId: string): Promise<IdentityToken | null> {
  const page = (await linkedPages(api)).find(({ instagram_business_account: account }) => account?.id === externalId);
  return page?.access_token === undefined ? null : tokenOf(page.access_token);
}
