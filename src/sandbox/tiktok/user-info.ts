/** GET /v2/user/info/. https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info */
import type { Context } from "hono";
import type { Person, SandboxClient } from "../options.ts";
import type { TikTokEnvironment } from "./access.ts";
import { invalidParams, ok, tiktokError } from "./answers.ts";
import { avatarUrl, openId, unionId } from "./people.ts";

interface Field {
  readonly scope: string;
  readonly value: (person: Person, client: SandboxClient) => unknown;
}

const basic = "user.info.basic";
const profile = "user.info.profile";

const fields: Readonly<Record<string, Field>> = {
  open_id: { scope: basic, value: openId },
  union_id: { scope: basic, value: unionId },
  avatar_url: { scope: basic, value: avatarUrl },
  avatar_url_100: { scope: basic, value: avatarUrl },
  avatar_large_url: { scope: basic, value: avatarUrl },
  display_name: { scope: basic, value: ({ name }) => name },
  bio_description: { scope: profile, value: () => "" },
  profile_deep_link: { scope: profile, value: ({ handle }) => `https://www.tiktok.com/@${handle}` },
  is_verified: { scope: profile, value: () => false },
  username: { scope: profile, value: ({ handle }) => handle },
};

export function userInfo(context: Context<TikTokEnvironment>): Response {
  const names = (context.req.query("fields") ?? "").split(",").filter(Boolean);
  if (names.length === 0) return invalidParams("The fields parameter is required");
  const unknown = names.find((name) => !Object.hasOwn(fields, name));
  if (unknown !== undefined) return invalidParams(`There is no field ${unknown}`);
  const wanted = names.map((name) => [name, fields[name] as Field] as const);
  if (wanted.some(([, { scope }]) => !context.get("scopes").includes(scope)))
    return tiktokError("scope-not-authorized");
  const user = wanted.map(([name, { value }]) => [name, value(context.get("person"), context.get("client"))]);
  return ok({ user: Object.fromEntries(user) });
}
