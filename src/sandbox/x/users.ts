/** GET /2/users/me. https://docs.x.com/x-api/users/get-my-user */
import type { Context } from "hono";
import type { Person } from "../options.ts";
import type { World } from "../world.ts";
import type { XEnvironment } from "./access.ts";
import { userId } from "./identifiers.ts";
import { invalidRequest } from "./problems.ts";
import { listOf, queryProblems } from "./query.ts";

/** UserFieldsParameter of X's OpenAPI description; a field without a value is left out of the answer, as there. */
const userFields = [
  "confirmed_email",
  "connection_status",
  "created_at",
  "description",
  "entities",
  "id",
  "is_identity_verified",
  "location",
  "name",
  "parody",
  "profile_banner_url",
  "profile_image_url",
  "protected",
  "public_metrics",
  "receives_your_dm",
  "subscribes_to_you",
  "subscription",
  "subscription_type",
  "url",
  "username",
  "verified",
  "verified_followers_count",
  "verified_type",
  "withheld",
] as const;

export function usersMe(world: World) {
  return (context: Context<XEnvironment>): Response => {
    const query = new URL(context.req.url).searchParams;
    const problems = queryProblems(query, { lists: { "user.fields": userFields }, values: {} });
    if (problems.length > 0) return invalidRequest(problems);
    return context.json({ data: userOf(world, context.get("person"), listOf(query, "user.fields")) });
  };
}

function userOf(world: World, person: Person, fields: readonly string[]): Record<string, unknown> {
  const all: Record<string, unknown> = {
    id: userId(person),
    name: person.name,
    username: person.handle,
    created_at: "2020-01-01T00:00:00.000Z",
    description: "",
    is_identity_verified: false,
    parody: false,
    profile_image_url: "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png",
    protected: false,
    public_metrics: {
      followers_count: 0,
      following_count: 0,
      post_count: world.posts.by("x", person.handle).length,
      listed_count: 0,
    },
    subscription_type: person.premium ? "Premium" : "None",
    verified: false,
    verified_type: "none",
  };
  return Object.fromEntries(
    Object.entries(all).filter(([name]) => ["id", "name", "username"].includes(name) || fields.includes(name)),
  );
}
