/** Requests to GitHub's two APIs. https://docs.github.com/rest, https://docs.github.com/graphql */
import { Failure } from "../../domain/failure.ts";
import type { Api, ApiAnswer, ApiRequest, Message } from "../platform.ts";

const host = "https://api.github.com";

type Call = Omit<ApiRequest, "headers">;

function withHeaders(api: Api, request: Call): ApiRequest {
  return { ...request, headers: { accept: "application/vnd.github+json", "x-github-api-version": api.version } };
}

/** `path` begins with a slash. */
export function rest(
  api: Api,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  path: string,
  request: Call = {},
): Promise<ApiAnswer> {
  return api.call(method, `${host}${path}`, withHeaders(api, request));
}

/** A file of a release. */
export function upload(api: Api, path: string, request: Call): Promise<ApiAnswer> {
  return api.call("POST", `https://uploads.github.com${path}`, withHeaders(api, request));
}

/** `data` of the answer; errors are thrown as GitHub's (its status for them is 200). */
export async function graphql(api: Api, query: string, variables: object, request: Call = {}): Promise<unknown> {
  const answer = await rest(api, "POST", "/graphql", { ...request, json: { query, variables } });
  return (answer.body as { readonly data?: unknown } | null)?.data;
}

export type Kind = "gist" | "release" | "discussion";

export const kindOf = ({ options }: Pick<Message, "options">): Kind => (options["as"] ?? "gist") as Kind;

/** `owner/name`, of the option. @throws Failure `content_invalid` */
export function repositoryOf({ options }: Pick<Message, "options">): { readonly owner: string; readonly name: string } {
  const [, owner, name] = /^([A-Za-z0-9-]+)\/([A-Za-z0-9._-]+)$/.exec(String(options["repository"] ?? "")) ?? [];
  if (owner !== undefined && name !== undefined) return { owner, name };
  throw new Failure("content_invalid", "the repository is to be given as OWNER/NAME");
}

/** A path's end, as a name for what is uploaded. */
export const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
