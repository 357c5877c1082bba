/** Who may do what: Instagram's own tokens, and those of Pages that an account is linked to. */
import type { MiddlewareHandler } from "hono";
import { pagesOf } from "../facebook/pages.ts";
import type { GraphContext, GraphEnvironment } from "../graph/access.ts";
import { graphErrors, noSuchObject } from "../graph/errors.ts";
import { instagramId } from "../graph/media-ids.ts";

/** What one way in calls its permissions. */
export interface Permissions {
  readonly basic: string;
  readonly publish: string;
  readonly comments: string;
}

export const ownPermissions: Permissions = {
  basic: "instagram_business_basic",
  publish: "instagram_business_content_publish",
  comments: "instagram_business_manage_comments",
};

export const facebookPermissions: Permissions = {
  basic: "instagram_basic",
  publish: "instagram_content_publish",
  comments: "instagram_manage_comments",
};

export function needs(...scopes: readonly string[]): MiddlewareHandler<GraphEnvironment> {
  return async (context, next) => {
    const { scopes: granted } = context.get("token");
    if (scopes.some((scope) => !granted.includes(scope))) return graphErrors["permission-denied"]();
    const refusal = refusedAccount(context);
    if (refusal) return refusal;
    await next();
    return undefined;
  };
}

/** Nobody can be posted as but the account that the token is of; a personal one can be nobody. */
function refusedAccount(context: GraphContext): Response | null {
  const person = context.get("person");
  const { subject } = context.get("token");
  const user = context.req.param("user");
  const linked = subject === null || pagesOf(person)[0]?.id === subject;
  if (user !== undefined && user !== "me" && user !== instagramId(person)) return noSuchObject(user, "get");
  if (!linked) return graphErrors["permission-denied"]();
  return user !== undefined && person.personal ? graphErrors["permission-denied"]() : null;
}
