/** Google is one authorization server for all its products: whose a request is, shows in the app or token that it names. */
import type { Shown } from "../twin.ts";
import type { World } from "../world.ts";

/** `own`: the beginnings of the paths, or the hosts, that are this product's alone. */
export function claimsOf(world: World, platform: string, own: RegExp) {
  return (url: URL, { headers, form }: Shown): boolean => {
    if (own.test(`${url.host}${url.pathname}`)) return true;
    const named = (name: string) => form.get(name) ?? url.searchParams.get(name);
    const clientId = named("client_id");
    if (clientId !== null) return world.clients.find(platform, clientId) !== null;
    const pending = form.get("request");
    if (pending !== null) return world.grants.pending(pending)?.platform === platform;
    const bearer = /^Bearer (\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
    const token = named("token") ?? named("access_token") ?? bearer;
    return token !== undefined && world.grants.grantOf(token)?.platform === platform;
  };
}
