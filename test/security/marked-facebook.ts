/** Facebook with marked secrets: a login with two Pages, each with a token of its own. Below `/HOST`, as marked-x.ts. */
import { graphVersion } from "../../src/platforms/graph/api.ts";
import { type Answer, type Echo, echoed, type Sent } from "./echo.ts";

export function answersOfFacebook(
  secret: (kind: string) => string,
  echo: () => Echo | null,
): Record<string, (sent: Sent) => Answer> {
  const unlessRefused = (answer: (sent: Sent) => Answer) => (sent: Sent) => {
    const how = echo();
    if (how === null) return answer(sent);
    const { searchParams, search } = sent.url;
    const names = ["fb_exchange_token", "input_token", "code", "access_token"];
    const presented = names.map((name) => searchParams.get(name)).find((value) => value !== null);
    const token = presented ?? sent.authorization.replace("Bearer ", "");
    const message = echoed({ ...sent, body: `${search} ${sent.body}` }, token, how);
    return [400, { error: { message, type: "OAuthException", code: 190, error_subcode: 460 } }] as Answer;
  };
  const page = (id: string) => ({
    id,
    name: `Page ${id}`,
    tasks: ["CREATE_CONTENT"],
    access_token: secret(`page-${id}`),
  });
  const scopes = ["pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_engagement"];
  const dialog = ({ url }: Sent): Answer => {
    const to = new URL(url.searchParams.get("redirect_uri") ?? "");
    to.searchParams.set("code", secret("code"));
    to.searchParams.set("state", url.searchParams.get("state") ?? "");
    return to;
  };
  const graph = {
    "/oauth/access_token": () => [200, { access_token: secret("login"), token_type: "bearer", expires_in: 5_000_000 }],
    "/me": () => [200, { id: "7", name: "Ann" }],
    "/me/accounts": () => [200, { data: [page("100"), page("200")] }],
    "/me/businesses": () => [200, { data: [] }],
    "/100": () => [200, page("100")],
    "/200": () => [200, page("200")],
    "/100/feed": () => [200, { id: "100_1" }],
    "/200/feed": () => [200, { id: "200_1" }],
    "/debug_token": () => [200, { data: { expires_at: 0, data_access_expires_at: 4_000_000_000, scopes } }],
    "/me/permissions": () => [200, { success: true }],
  } satisfies Record<string, () => Answer>;
  const told = Object.entries(graph).map(([path, answer]) => [
    `/graph.facebook.com/${graphVersion.name}${path}`,
    unlessRefused(answer as () => Answer),
  ]);
  return { ...Object.fromEntries(told), [`/www.facebook.com/${graphVersion.name}/dialog/oauth`]: dialog };
}
