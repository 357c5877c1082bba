/** X's OAuth 1.0a with marked secrets, below `/api.x.com`: where AGENCYIQ_ENDPOINT_URL sends what is meant for X. */
import { type Answer, type Echo, echoed, type Sent } from "./echo.ts";

export function answersOfX(
  secret: (kind: string) => string,
  echo: () => Echo | null,
): Record<string, (sent: Sent) => Answer> {
  let callback = "";
  const unlessRefused = (code: number, answer: (sent: Sent) => Answer) => (sent: Sent) => {
    const how = echo();
    if (how === null) return answer(sent);
    const token = parameter(sent, "oauth_verifier") || parameter(sent, "oauth_token");
    return [401, { errors: [{ code, message: echoed(sent, token, how) }] }] as Answer;
  };
  const form = (fields: Record<string, string>): Answer => [200, new URLSearchParams(fields).toString()];
  const paths = {
    "/oauth/request_token": (sent: Sent) => {
      callback = parameter(sent, "oauth_callback");
      // It is no secret: the person's browser carries it.
      const pair = { oauth_token: "request", oauth_token_secret: secret("request-secret") };
      return form({ ...pair, oauth_callback_confirmed: "true" });
    },
    "/oauth/authorize": () => {
      const to = new URL(callback);
      to.searchParams.set("oauth_token", "request");
      to.searchParams.set("oauth_verifier", secret("verifier"));
      return to;
    },
    "/oauth/access_token": unlessRefused(89, () =>
      form({
        oauth_token: secret("token"),
        oauth_token_secret: secret("token-secret"),
        user_id: "7",
        screen_name: "ann",
      }),
    ),
    "/2/users/me": unlessRefused(89, () => [200, { data: { id: "7", username: "ann", name: "Ann" } }]),
    "/2/tweets": unlessRefused(89, () => [201, { data: { id: "1" } }]),
    "/2/tweets/1": unlessRefused(89, () => [200, { data: { deleted: true } }]),
    "/2/users/7/tweets": unlessRefused(89, () => [200, { data: [] }]),
    "/1.1/oauth/invalidate_token.json": unlessRefused(32, () => [200, {}]),
  };
  return Object.fromEntries(Object.entries(paths).map(([path, answer]) => [`/api.x.com${path}`, answer]));
}

function parameter({ authorization }: Sent, name: string): string {
  const value = new RegExp(`\\b${name}="([^"]*)"`).exec(authorization)?.[1] ?? "";
  return decodeURIComponent(value);
}
