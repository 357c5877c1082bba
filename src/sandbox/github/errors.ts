/** GitHub's error bodies. https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api */

type Json = Readonly<Record<string, unknown>>;

export function githubError(
  status: number,
  message: string,
  more: Json = {},
  headers: Readonly<Record<string, string>> = {},
): Response {
  const body = { message, ...more, documentation_url: "https://docs.github.com/rest", status: String(status) };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });
}

export const invalid = (resource: string, field: string, code: string): Response =>
  githubError(422, "Validation Failed", { errors: [{ resource, code, field }] });

export const notFound = (): Response => githubError(404, "Not Found");

/** With status 200, as GraphQL tells everything. */
function graphqlError(type: string, message: string): Response {
  return Response.json({ data: null, errors: [{ type, path: ["repository"], message }] });
}

const secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

export const githubErrors: Readonly<Record<string, () => Response>> = {
  "bad-credentials": () => githubError(401, "Bad credentials"),
  "rate-limit": () => githubError(403, "API rate limit exceeded for user ID 1.", {}, { "x-ratelimit-remaining": "0" }),
  "secondary-rate-limit": () => githubError(403, secondary),
  "too-many-requests": () => githubError(429, "Too many requests"),
  "graphql-rate-limit": () => graphqlError("RATE_LIMITED", "API rate limit exceeded"),
  "graphql-out-of-points": () => graphqlError("RATE_LIMITED", "You are out of points"),
  "graphql-timeout": () =>
    Response.json({
      data: null,
      errors: [
        {
          message:
            "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug. Please include `0000:1234` when reporting this issue.",
        },
      ],
    }),
  saml: () =>
    githubError(
      403,
      "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
    ),
  "insufficient-scopes": () =>
    graphqlError("INSUFFICIENT_SCOPES", "Your token has not been granted the required scopes to execute this query."),
  integration: () => githubError(403, "Resource not accessible by integration"),
  "personal-access-token": () => githubError(403, "Resource not accessible by personal access token"),
  "already-exists": () => invalid("Release", "tag_name", "already_exists"),
  "graphql-not-found": () => graphqlError("NOT_FOUND", "Could not resolve to a Repository with the name 'acme/none'."),
  "graphql-forbidden": () => graphqlError("FORBIDDEN", "acme does not have permission to do this."),
  "not-found": notFound,
  gone: () => githubError(410, "Issues are disabled for this repo"),
  "legal-reasons": () => githubError(451, "Repository access blocked"),
  forbidden: () => githubError(403, "Must have admin rights to Repository."),
  "too-large": () => githubError(413, "Payload too large"),
  unprocessable: () => invalid("Gist", "files", "missing_field"),
  "bad-request": () => githubError(400, "Problems parsing JSON"),
  "server-error": () => githubError(500, "Server Error"),
  unavailable: () => githubError(503, "Service unavailable"),
};
