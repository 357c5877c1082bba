/**
 * Google is one authorization server for all its products: whose a request is, shows in the token, code or page that it is about,
 * else in the scopes that it asks for, or in the app.
 */
import type { Shown } from "../twin.ts";
import type { World } from "../world.ts";

/** `own`: the beginnings of what only this product has: its API, with its host. `scope`: of the scopes that are its own. */
export function claimsOf(
  world: World,
  platform: string,
  { own, scope }: { readonly own: RegExp; readonly scope: RegExp },
) {
  const { grants, clients } = world;
  return (url: URL, { headers, form }: Shown): boolean => {
    if (own.test(`${url.host}${url.pathname}`)) return true;
    const named = (name: string) => form.get(name) ?? url.searchParams.get(name);
    const bearer = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    const token = named("token") ?? named("access_token") ?? named("refresh_token") ?? bearer;
    const about = [
      grants.pending(form.get("request") ?? "")?.platform,
      grants.code(form.get("code") ?? "")?.request.platform,
      token ? grants.grantOf(token)?.platform : undefined,
    ].find((each) => each !== undefined);
    if (about !== undefined) return about === platform;
    const isKnown = clients.find(platform, named("client_id") ?? "") !== null;
    const asked = named("scope");
    return isKnown && (asked === null || scope.test(asked) || isAlone(world, platform, named("client_id")));
  };
}

/** No other platform knows the app. */
function isAlone({ clients }: World, platform: string, clientId: string | null): boolean {
  return clients.all().every((client) => client.clientId !== clientId || client.platform === platform);
}
