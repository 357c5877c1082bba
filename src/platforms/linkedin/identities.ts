/** Whose token it is: the member, or the organizations whose Pages the member runs. */
import { Failure } from "../../domain/failure.ts";
import { seconds } from "../../domain/time.ts";
import type { Api, Identity, TokenCheck } from "../platform.ts";
import { authorOf, host, isOrganization, rest } from "./requests.ts";

interface UserInfo {
  /** Another one in each app. */
  readonly sub?: string;
  readonly name?: string;
}

async function userInfo(api: Api): Promise<Required<Pick<UserInfo, "sub">> & UserInfo> {
  const told = (await api.get(`${host}/v2/userinfo`)) as UserInfo | undefined;
  if (told?.sub) return { ...told, sub: told.sub };
  throw new Failure("platform_fault", "LinkedIn did not say whose token this is", { hint: "try again" });
}

/** https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2 */
export async function identifyMember(api: Api): Promise<readonly Identity[]> {
  const { sub, name = null } = await userInfo(api);
  return [{ externalId: `urn:li:person:${sub}`, handle: handleOf(name) ?? sub, name, url: null, kind: "member" }];
}

/** Members have no handle that this API tells: "Zoë Doe" is `zoe-doe`. */
function handleOf(name: string | null): string | null {
  const plain = name?.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase() ?? "";
  return plain.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "") || null;
}

interface Acl {
  readonly organization: string;
  /** The member who signed in. */
  readonly roleAssignee: string;
  readonly role: string;
}

/** Of those that LinkedIn's pages name; it spells the second in two ways. */
const postingRoles = ["ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN"];

const pageSize = 100;

/** https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-access-control-by-role */
async function acls(api: Api): Promise<Acl[]> {
  const found: Acl[] = [];
  for (let start = 0; ; start += pageSize) {
    const query = { q: "roleAssignee", state: "APPROVED", start: String(start), count: String(pageSize) };
    const { body } = await rest(api, "GET", "organizationAcls", { query });
    const { elements = [] } = (body ?? {}) as { elements?: readonly Acl[] };
    found.push(...elements);
    if (elements.length < pageSize) return found;
  }
}

/** Those whose Page the member only looks at are told too, so that nobody wonders where they are. */
export async function identifyOrganizations(api: Api): Promise<readonly Identity[]> {
  const held = await acls(api);
  const identities: Identity[] = [];
  for (const urn of new Set(held.map((acl) => acl.organization))) {
    const own = held.filter((acl) => acl.organization === urn);
    const roles = own.map(({ role }) => role);
    const [login] = own.map(({ roleAssignee }) => roleAssignee);
    identities.push({ ...(await organization(api, urn, roles)), ...(login === undefined ? {} : { login }) });
  }
  if (identities.length > 0) return identities;
  throw new Failure("not_permitted", "this member has a role at no LinkedIn Page", {
    hint: "ask a Page's super admin for the role Content admin, then connect again",
  });
}

interface Organization {
  readonly localizedName?: string;
  readonly vanityName?: string;
}

async function organization(api: Api, urn: string, roles: readonly string[]): Promise<Identity> {
  const id = urn.slice(urn.lastIndexOf(":") + 1);
  // Whoever may not look at it may have a role there all the same.
  const { status, body } = await rest(api, "GET", `organizations/${id}`, { accepts: [403, 404] });
  const { localizedName, vanityName } = (status < 300 ? (body ?? {}) : {}) as Organization;
  const usable = roles.some((role) => postingRoles.includes(role));
  return {
    externalId: urn,
    handle: vanityName ?? id,
    name: localizedName ?? null,
    url: `https://www.linkedin.com/company/${vanityName ?? id}`,
    kind: "organization",
    ...(usable
      ? {}
      : {
          unusable: `the role ${roles.join(", ")} may not post; a super admin of the Page can give the role Content admin`,
        }),
  };
}

const introspect = "https://www.linkedin.com/oauth/v2/introspectToken";

interface Introspection {
  readonly active?: boolean;
  readonly status?: string;
  readonly expires_at?: number;
  readonly scope?: string;
}

/**
 * Costs nothing of the daily quota. https://learn.microsoft.com/linkedin/shared/authentication/token-introspection
 * @throws Failure `needs_reauth` for a token that LinkedIn has ended
 */
export async function checkToken(api: Api): Promise<string | TokenCheck> {
  const { clientId, clientSecret } = await api.app();
  if (clientSecret === null) return checkByCall(api);
  const told = (await api.post(introspect, {
    form: { client_id: clientId, client_secret: clientSecret },
    tokenField: "token",
    authorization: "none",
    repeatable: true,
  })) as Introspection | undefined;
  if (!told?.active) {
    const state = told?.status ?? "not one of this app's";
    throw new Failure("needs_reauth", `LinkedIn says that the token is ${state}`, {
      hint: "agencyiq connect linkedin",
    });
  }
  const { expires_at: end, scope } = told;
  return {
    say: "LinkedIn says that the token is active",
    ...(end === undefined ? {} : { expiresAt: seconds(end) }),
    ...(scope === undefined ? {} : { scopes: scope.split(/[\s,]+/).filter(Boolean) }),
  };
}

/** Only the app's secret opens introspection. */
async function checkByCall(api: Api): Promise<string> {
  if (!isOrganization(authorOf(api))) return `answers as ${(await userInfo(api)).name ?? "its member"}`;
  await rest(api, "GET", "organizationAcls", { query: { q: "roleAssignee", state: "APPROVED", count: "1" } });
  return "answers";
}
