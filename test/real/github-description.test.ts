/**
 * What is asked of GitHub's GraphQL API, judged by GitHub's published schema. The bodies of its REST API are held by the type
 * checker against GitHub's published types (`satisfies` in src/platforms/github/).
 */
import { validate } from "@octokit/graphql-schema";
import { expect, it } from "vitest";
import { createMutation, deleteMutation, placeQuery, recentQuery } from "../../src/platforms/github/discussion.ts";

const problemsOf = (query: string) => validate(query).map(({ message }) => message);

it.each([
  ["a repository's categories", placeQuery],
  ["a new discussion", createMutation],
  ["recent discussions", recentQuery],
  ["a deletion", deleteMutation],
])("%s: every field and variable is one of GitHub's", (_what, query) => {
  expect(problemsOf(query)).toEqual([]);
});

it("is a judge: a field and an input that are none are found", () => {
  expect(problemsOf(placeQuery.replace("hasDiscussionsEnabled", "discussionsEnabled"))).toHaveLength(1);
  expect(problemsOf(createMutation.replace("CreateDiscussionInput", "CreateIssueInput"))).toHaveLength(1);
});
