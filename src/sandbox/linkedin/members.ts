/** Who somebody is, and what they may do where. */
import type { World } from "../world.ts";
import { hasScope, type LinkedInContext } from "./access.ts";
import { accessDenied, linkedinError, linkedinErrors } from "./errors.ts";
import { memberId, memberUrn, organizationById, organizationsOf } from "./people.ts";

/** https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2 */
export function userInfo() {
  return (context: LinkedInContext): Response => {
    const caller = context.get("caller");
    if (!hasScope(caller, "openid")) return accessDenied("userinfo.GET.NO_VERSION");
    const { person, clientId } = caller;
    const [given, ...family] = person.name.split(" ");
    const profile = {
      name: person.name,
      given_name: given,
      family_name: family.join(" "),
      picture: "https://media.licdn.com/dms/image/nobody",
      locale: { country: "US", language: "en" },
    };
    return context.json({
      sub: memberId(person, clientId),
      ...(hasScope(caller, "profile") ? profile : {}),
      ...(hasScope(caller, "email") ? { email: `${person.handle}@example.com`, email_verified: true } : {}),
    });
  };
}

const readsAcls = ["rw_organization_admin", "r_organization_admin"];

/** https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-access-control-by-role */
export function organizationAcls() {
  return (context: LinkedInContext): Response => {
    const caller = context.get("caller");
    if (!hasScope(caller, ...readsAcls)) return accessDenied("organizationAcls.FINDER-roleAssignee");
    const query = new URL(context.req.url).searchParams;
    if (query.get("q") !== "roleAssignee") return linkedinError(400, null, "Unknown finder");
    const [start, count] = [Number(query.get("start") ?? 0), Number(query.get("count") ?? 10)];
    if (!(start >= 0 && count >= 1 && count <= 100)) return linkedinError(400, null, "start or count is out of range");
    const { person, clientId } = caller;
    const all = organizationsOf(person).flatMap(({ id, roles }) =>
      roles.map((role) => ({
        role,
        organization: `urn:li:organization:${id}`,
        roleAssignee: memberUrn(person, clientId),
        state: "APPROVED",
      })),
    );
    const matching = all.filter(({ role, state }) => {
      return role === (query.get("role") ?? role) && state === (query.get("state") ?? state);
    });
    const elements = matching.slice(start, start + count);
    return context.json({ paging: { start, count, total: matching.length, links: [] }, elements });
  };
}

/** Administrators see all of it, others what everybody may. */
export function readOrganization(world: World) {
  return (context: LinkedInContext): Response => {
    const caller = context.get("caller");
    const organization = organizationById(world, context.req.param("id") ?? "");
    if (!hasScope(caller, ...readsAcls)) return accessDenied("organizations.GET");
    if (!organization) return linkedinErrors["not-found"]();
    const { id, name, vanityName } = organization;
    const preferredLocale = { country: "US", language: "en" };
    return context.json({
      id: Number(id),
      localizedName: name,
      name: { localized: { en_US: name }, preferredLocale },
      vanityName,
      primaryOrganizationType: "NONE",
      locations: [],
    });
  };
}
