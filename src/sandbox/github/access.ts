/** Who calls GitHub's API, and what for. */
import { createHash } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import { personOf, type World } from "../world.ts";
import { githubError } from "./errors.ts";
import { appClient } from "./oauth.ts";

export interface GitHubEnvironment {
  Bindings: TwinBindings;
  Variables: { person: Person; may: (scope: string) => boolean; scopes: readonly string[] };
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** A fine-grained token: it may do all that is asked of it here. */
export const personalToken = ({ handle }: Person): string =>
  `github_pat_${digest(`sandbox github ${handle}`).slice(0, 40)}`;

export const userId = ({ handle }: Person): number => Number.parseInt(digest(`github ${handle}`).slice(0, 7), 16);

export function access(world: World): MiddlewareHandler<GitHubEnvironment> {
  return async (context, next) => {
    if (!context.req.header("user-agent")) {
      return githubError(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
      );
    }
    const version = context.req.header("x-github-api-version");
    if (version !== undefined && !["2022-11-28", "2026-03-10"].includes(version)) {
      return githubError(400, `The "X-GitHub-Api-Version" header value is not a supported version: ${version}`);
    }
    const given = /^(?:Bearer|token) (\S+)$/i.exec(context.req.header("authorization") ?? "")?.[1] ?? "";
    const owner = world.people.find((person) => personalToken(person) === given);
    const token = world.grants.access("github", given);
    const person = owner ?? (token && personOf(world, token.grant.person));
    if (!person) return githubError(401, "Bad credentials");
    // Fine-grained tokens and GitHub Apps have permissions in place of scopes.
    const scopes = token && token.grant.clientId !== appClient ? token.scopes : [];
    const isClassic = token !== null && token.grant.clientId !== appClient;
    context.set("person", person);
    context.set("scopes", scopes);
    context.set(
      "may",
      (scope) => !isClassic || scopes.includes(scope) || (scope === "public_repo" && scopes.includes("repo")),
    );
    await next();
    context.header("x-ratelimit-limit", "5000");
    context.header("x-ratelimit-remaining", "4999");
    if (isClassic) context.header("x-oauth-scopes", scopes.join(", "));
    if (owner) context.header("github-authentication-token-expiration", "2027-11-01 10:00:00 UTC");
    return undefined;
  };
}
