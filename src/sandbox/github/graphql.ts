/** The part of GitHub's GraphQL API that discussions take, by its own schema. https://docs.github.com/graphql/guides/using-the-graphql-api-for-discussions */
import { buildSchema, graphql } from "graphql";
import type { Context } from "hono";
import { toTimestamp } from "../../domain/time.ts";
import type { World } from "../world.ts";
import type { GitHubEnvironment } from "./access.ts";
import { githubError } from "./errors.ts";
import { categories, repositoryOf } from "./repositories.ts";

const schema = buildSchema(`
scalar DateTime
enum DiscussionOrderField { CREATED_AT UPDATED_AT }
enum OrderDirection { ASC DESC }
input DiscussionOrder { field: DiscussionOrderField!, direction: OrderDirection! }
input CreateDiscussionInput { repositoryId: ID!, categoryId: ID!, title: String!, body: String!, clientMutationId: String }
input DeleteDiscussionInput { id: ID!, clientMutationId: String }
type Actor { login: String! }
type DiscussionCategory { id: ID!, name: String!, slug: String! }
type DiscussionCategoryConnection { nodes: [DiscussionCategory] }
type Discussion { id: ID!, number: Int!, url: String!, title: String!, body: String!, createdAt: DateTime!, author: Actor }
type DiscussionConnection { nodes: [Discussion] }
type Repository {
  id: ID!
  hasDiscussionsEnabled: Boolean!
  discussionCategories(first: Int): DiscussionCategoryConnection!
  discussions(first: Int, orderBy: DiscussionOrder): DiscussionConnection!
}
type CreateDiscussionPayload { discussion: Discussion }
type DeleteDiscussionPayload { discussion: Discussion }
type Query { repository(owner: String!, name: String!): Repository }
type Mutation {
  createDiscussion(input: CreateDiscussionInput!): CreateDiscussionPayload
  deleteDiscussion(input: DeleteDiscussionInput!): DeleteDiscussionPayload
}
`);

interface Discussion {
  readonly id: string;
  readonly number: number;
  readonly repositoryId: string;
  readonly url: string;
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
  readonly author: { readonly login: string };
}

/** GitHub's words for an error, which the library would put into its own. */
class Refusal extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

export function graphqlEndpoint(world: World) {
  return async (context: Context<GitHubEnvironment>): Promise<Response> => {
    const body = (await context.req.json().catch(() => null)) as { query?: string; variables?: object } | null;
    if (typeof body?.query !== "string")
      return githubError(400, "A query attribute must be specified and must be a string.");
    const { handle } = context.get("person");
    const answer = await graphql({
      schema,
      source: body.query,
      variableValues: { ...body.variables },
      rootValue: rootFor(world, handle, context.get("may")("public_repo")),
    });
    const errors = answer.errors?.map(({ message, path, originalError }) => ({
      ...(originalError instanceof Refusal ? { type: originalError.type } : {}),
      path,
      message,
    }));
    return context.json({ data: answer.data ?? null, ...(errors ? { errors } : {}) });
  };
}

function rootFor(world: World, handle: string, mayWrite: boolean) {
  const all = world.shelves.of<Discussion>("github discussions");
  const requireScope = () => {
    if (!mayWrite) throw new Refusal("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes.");
  };
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      const found = repositoryOf(world, owner, name);
      if (!found) throw new Refusal("NOT_FOUND", `Could not resolve to a Repository with the name '${owner}/${name}'.`);
      return {
        id: found.id,
        hasDiscussionsEnabled: true,
        discussionCategories: { nodes: categories },
        discussions: ({ first }: { first: number }) => ({
          nodes: [...all.values()]
            .filter(({ repositoryId }) => repositoryId === found.id)
            .reverse()
            .slice(0, first),
        }),
      };
    },
    createDiscussion: ({
      input,
    }: {
      input: { repositoryId: string; categoryId: string; title: string; body: string };
    }) => {
      requireScope();
      const { repositoryId, categoryId, title, body } = input;
      const owner = repositoryId.replace(/^R_/, "");
      if (!world.people.some((person) => person.handle === owner) || !categories.some(({ id }) => id === categoryId)) {
        throw new Refusal("NOT_FOUND", `Could not resolve to a node with the global id of '${categoryId}'`);
      }
      if (title === "") throw new Refusal("UNPROCESSABLE", "Title can't be blank");
      const number = all.size + 1;
      const id = `D_${number}`;
      const url = `https://github.com/${owner}/bakery/discussions/${number}`;
      const createdAt = toTimestamp(world.clock.now());
      const discussion = { id, number, repositoryId, url, title, body, createdAt, author: { login: handle } };
      all.set(id, discussion);
      const none = { replyTo: null, quotes: null, poll: null, media: [] };
      world.posts.add({
        platform: "github",
        id,
        author: handle,
        title,
        text: body,
        createdAt: world.clock.now(),
        url,
        ...none,
      });
      return { discussion };
    },
    deleteDiscussion: ({ input: { id } }: { input: { id: string } }) => {
      requireScope();
      const discussion = all.get(id);
      if (!discussion) throw new Refusal("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
      all.delete(id);
      world.posts.remove("github", id);
      return { discussion };
    },
  };
}
