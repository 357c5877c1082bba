/** What the parts of Facebook's twin share: numbers for new things, and who may act for a Page. */
import { days, minutes } from "../../domain/time.ts";
import type { GraphContext } from "../graph/access.ts";
import { invalidParameter, missingPermission, noSuchObject } from "../graph/errors.ts";
import type { Parameters } from "../graph/parameters.ts";
import type { World } from "../world.ts";
import { type Page, pageById } from "./pages.ts";

export type NextId = () => string;

/** Ids that grow, of fifteen digits, as those of posts, photos and videos are. */
export function idNumbers(): NextId {
  let last = 122_100_000_000_000;
  return () => {
    last += 1;
    return String(last);
  };
}

export const postingPermissions = ["pages_manage_posts", "pages_read_engagement"] as const;

/** The Page of the path, for a token of its own whose person may do this. */
export function actingPage(
  world: World,
  context: GraphContext,
  { permissions, task }: { readonly permissions: readonly string[]; readonly task: string },
): Page | Response {
  const { subject, scopes } = context.get("token");
  const asked = context.req.param("id") ?? "";
  const page = pageById(world, asked === "me" ? (subject ?? "") : asked);
  if (!page) return noSuchObject(asked, context.req.method === "GET" ? "get" : "post");
  const missing = permissions.find((permission) => !scopes.includes(permission));
  if (missing !== undefined) return missingPermission(missing);
  if (subject !== page.id) {
    return missingPermission("a Page access token of this Page, with pages_manage_posts,");
  }
  return page.tasks.includes(task) ? page : missingPermission(`the task ${task}, with pages_manage_posts,`);
}

export interface Publication {
  /** When it is to be public; null: never by itself. */
  readonly at: number | null;
  readonly scheduled: boolean;
}

/** `published` and `scheduled_publish_time`. */
export function publicationOf(world: World, parameters: Parameters): Publication | Response {
  const now = world.clock.now();
  const published = parameters.text("published") ?? "true";
  const time = parameters.text("scheduled_publish_time");
  if (published !== "true" && published !== "false") return invalidParameter("Param published must be a boolean");
  if (time === null) return { at: published === "true" ? now : null, scheduled: false };
  if (published === "true") {
    return invalidParameter("You cannot specify a scheduled publish time on a published post");
  }
  const at = scheduledAt(time, now);
  return at === null ? invalidParameter("The specified scheduled publish time is invalid") : { at, scheduled: true };
}

/** Unix seconds, between 10 minutes and 30 days from now; null: it is not. */
export function scheduledAt(time: string, now: number): number | null {
  const at = /^\d{1,10}$/.test(time) ? Number(time) * 1000 : Date.parse(time);
  return at >= now + minutes(10) && at <= now + days(30) ? at : null;
}
