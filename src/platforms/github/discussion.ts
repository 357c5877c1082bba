/** https://docs.github.com/graphql/guides/using-the-graphql-api-for-discussions */
import { Failure } from "../../domain/failure.ts";
import type { Instant } from "../../domain/time.ts";
import type { Api, Message, Published, Step } from "../platform.ts";
import { graphql, repositoryOf } from "./requests.ts";

export interface Place {
  readonly repositoryId: string;
  readonly categoryId: string;
}

interface Discussion {
  readonly id: string;
  readonly url: string;
}

interface Listed extends Discussion {
  readonly title: string;
  readonly body: string;
  readonly createdAt: string;
  readonly author: { readonly login: string } | null;
}

export const placeQuery = `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    id
    hasDiscussionsEnabled
    discussionCategories(first: 25) { nodes { id name slug } }
  }
}`;

export const createMutation = `mutation ($input: CreateDiscussionInput!) {
  createDiscussion(input: $input) { discussion { id url } }
}`;

export const recentQuery = `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) {
    discussions(first: 50, orderBy: { field: CREATED_AT, direction: DESC }) {
      nodes { id url title body createdAt author { login } }
    }
  }
}`;

export const deleteMutation = `mutation ($input: DeleteDiscussionInput!) {
  deleteDiscussion(input: $input) { discussion { id } }
}`;

/** @throws Failure `content_invalid` naming the categories that there are */
export function placeOf(api: Api, message: Message, step: Step): Promise<Place> {
  return step("place", async () => {
    const { owner, name } = repositoryOf(message);
    const { repository } = (await graphql(api, placeQuery, { owner, name }, { repeatable: true })) as {
      repository: {
        readonly id: string;
        readonly hasDiscussionsEnabled: boolean;
        readonly discussionCategories: { readonly nodes: readonly { id: string; name: string; slug: string }[] };
      };
    };
    if (!repository.hasDiscussionsEnabled) {
      throw new Failure("not_permitted", `${owner}/${name} has no discussions`, {
        hint: "switch them on in the repository's settings, under Features",
      });
    }
    const { nodes } = repository.discussionCategories;
    const wanted = String(message.options["category"] ?? "general").toLowerCase();
    const category = nodes.find((each) => [each.slug, each.name.toLowerCase()].includes(wanted));
    if (category) return { repositoryId: repository.id, categoryId: category.id };
    throw new Failure("content_invalid", `${owner}/${name} has no category "${wanted}" for discussions`, {
      hint: `--option github.category= one of: ${nodes.map(({ slug }) => slug).join(", ")}`,
    });
  });
}

export async function createDiscussion(api: Api, message: Message, place: Place): Promise<Published> {
  const input = { ...place, title: message.title ?? "", body: message.text };
  const answer = (await graphql(api, createMutation, { input })) as {
    createDiscussion?: { discussion?: Partial<Discussion> | null } | null;
  } | null;
  const { id, url } = answer?.createDiscussion?.discussion ?? {};
  if (id && url) return publishedAs({ id, url });
  throw new Failure("delivery_unknown", "GitHub did not say which discussion it made");
}

const words = (text: string): string => text.normalize("NFC").replace(/\s+/g, " ").trim();

/** The same words by the same person. undefined: what is there may be it in GitHub's spelling. */
export async function findDiscussion(
  api: Api,
  message: Message,
  since: Instant,
): Promise<Published | null | undefined> {
  const { owner, name } = repositoryOf(message);
  const { repository } = (await graphql(api, recentQuery, { owner, name }, { repeatable: true })) as {
    repository: { discussions: { nodes: readonly Listed[] } };
  };
  const { nodes } = repository.discussions;
  const newer = nodes.filter(({ createdAt }) => Date.parse(createdAt) >= since - 1000);
  const own = newer.filter(({ author }) => author?.login.toLowerCase() === api.handle?.toLowerCase());
  const sameTitle = ({ title }: Listed) => words(title) === words(message.title ?? "");
  const found = own.find((each) => sameTitle(each) && words(each.body) === words(message.text));
  if (found) return publishedAs(found);
  const likely = own.length > 0 || newer.some(sameTitle);
  return newer.length < 50 && !likely ? null : undefined;
}

export const deleteDiscussion = (api: Api, id: string) => graphql(api, deleteMutation, { input: { id } });

const publishedAs = ({ id, url }: Discussion): Published => ({ remoteId: `discussion:${id}`, url });
