/** Reading and deleting posts. https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api */
import type { World } from "../world.ts";
import { hasScope, type LinkedInContext } from "./access.ts";
import { invalidPath, urnInPath } from "./body.ts";
import { type Made, madeIn } from "./create-post.ts";
import { accessDenied, linkedinError, linkedinErrors } from "./errors.ts";

/** `q=author`: of an organization, newest first. A member's posts take a scope that the sandbox gives nobody. */
export function findPosts(world: World) {
  return (context: LinkedInContext): Response => {
    const { search, searchParams: query } = new URL(context.req.url);
    const resource = "partnerApiPostsExternal.FINDER-author";
    const author = query.get("author") ?? "";
    if (query.get("q") !== "author" || author === "") return linkedinError(400, null, "Unknown finder");
    if (/[?&]author=urn:/.test(search)) return linkedinError(400, "ILLEGAL_ARGUMENT", "Invalid param: author");
    const sortBy = query.get("sortBy") ?? "LAST_MODIFIED";
    if (!["LAST_MODIFIED", "CREATED"].includes(sortBy)) return linkedinError(400, null, `Unknown sort ${sortBy}`);
    const [start, count] = [Number(query.get("start") ?? 0), Number(query.get("count") ?? 10)];
    if (!(start >= 0 && count >= 1 && count <= 100)) return linkedinError(400, null, "start or count is out of range");
    const caller = context.get("caller");
    const own = caller.authors.find(({ urn, organization }) => urn === author && organization !== null);
    if (!own || !hasScope(caller, "r_organization_social")) return accessDenied(resource);
    const posts = [...madeIn(world).values()].filter((made) => made.author === author && !made.deleted).reverse();
    const elements = posts.slice(start, start + count).map(elementOf);
    return context.json({ paging: { start, count, total: posts.length, links: [] }, elements });
  };
}

/** LinkedIn gives the commentary back with its hashtags as templates. */
function elementOf({ urn, request, createdAt }: Made): Record<string, unknown> {
  return {
    ...request,
    commentary: request.commentary.replace(/(?<!\\)#([\p{L}\p{N}]+)/gu, "{hashtag|\\#|$1}"),
    id: urn,
    createdAt,
    publishedAt: createdAt,
    lastModifiedAt: createdAt,
    lifecycleStateInfo: { isEditedByAuthor: false },
  };
}

/** Deleting what is deleted already succeeds; what never was, does not. */
export function deletePost(world: World) {
  return (context: LinkedInContext): Response => {
    const urn = urnInPath(context, "/rest/posts/");
    if (urn === null) return invalidPath();
    const made = madeIn(world).get(urn);
    if (!made) return linkedinErrors["not-found"]();
    const { authors, scopes } = context.get("caller");
    const author = authors.find((candidate) => candidate.urn === made.author);
    const scope = author?.organization ? "w_organization_social" : "w_member_social";
    if (!author || !scopes.includes(scope)) return accessDenied("partnerApiPostsExternal.DELETE");
    made.deleted = true;
    world.posts.remove("linkedin", urn);
    return context.body(null, 204);
  };
}
