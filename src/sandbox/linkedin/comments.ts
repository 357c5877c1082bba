/** POST …/socialActions/{urn}/comments. https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api */
import type { World } from "../world.ts";
import { actingAs, type LinkedInContext } from "./access.ts";
import { invalidPath, readJson, urnInPath } from "./body.ts";
import { numberOf } from "./create-post.ts";
import { invalidBody, linkedinErrors } from "./errors.ts";
import { record, text } from "./schema.ts";

interface CommentRequest {
  readonly actor: string;
  readonly object: string;
  readonly message: { readonly text: string };
}

const schema = record(
  { actor: text(), object: text(), message: record({ text: text({ shape: /\S/, max: 1250 }) }, ["text"]) },
  ["actor", "object", "message"],
);

/** What is said is plain text: a backslash is a backslash. */
export function createComment(world: World, base: "/rest" | "/v2") {
  return async (context: LinkedInContext): Promise<Response> => {
    const urn = urnInPath(context, `${base}/socialActions/`);
    if (urn === null) return invalidPath();
    const read = await readJson(context);
    if (read instanceof Response) return read;
    const problems = schema(read.json, "");
    if (problems.length > 0) return invalidBody(problems);
    const { actor, object, message } = read.json as CommentRequest;
    const author = actingAs(context.get("caller"), actor, "partnerApiSocialActions.CREATE");
    if (author instanceof Response) return author;
    const post = world.posts.find("linkedin", urn);
    if (!post || object !== urn) return linkedinErrors["not-found"]();
    const createdAt = world.clock.now();
    const id = String(numberOf(world, createdAt));
    const activity = `urn:li:activity:${urn.slice(urn.lastIndexOf(":") + 1)}`;
    const commentUrn = `urn:li:comment:(${activity},${id})`;
    world.posts.add({
      platform: "linkedin",
      id: commentUrn,
      author: author.handle,
      authorName: author.name,
      text: message.text,
      createdAt,
      url: post.url,
      replyTo: urn,
      quotes: null,
      poll: null,
      media: [],
    });
    const created = { actor, time: createdAt };
    const body = { actor, object: activity, message: { attributes: [], ...message }, id, commentUrn, created };
    return new Response(JSON.stringify({ ...body, lastModified: created }), {
      status: 201,
      headers: { "content-type": "application/json", "x-restli-id": id },
    });
  };
}
