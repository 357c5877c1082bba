/** The token and revocation endpoints as handlers: form in, client authenticated, JSON out. */
import type { Context } from "hono";
import type { SandboxClient } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { authenticateClient } from "./client-authentication.ts";
import { beginDevice } from "./device.ts";
import { answerExchange } from "./exchange-endpoint.ts";
import type { IssuedTokens, OAuthRules } from "./rules.ts";
import { OAuthRefusal, required } from "./token-call.ts";
import { answerTokenRequest } from "./token-endpoint.ts";

type OAuthContext = Context<{ Bindings: TwinBindings }>;

export interface OAuthEndpoints {
  readonly token: (context: OAuthContext) => Promise<Response>;
  readonly revoke: (context: OAuthContext) => Promise<Response>;
  /** The device authorization endpoint, where the platform has the device flow. */
  readonly device: (context: OAuthContext) => Promise<Response>;
  /** By GET, where the platform has exchanges. */
  readonly exchange: (context: OAuthContext) => Response;
}

export function oauthEndpoints(world: World, rules: OAuthRules): OAuthEndpoints {
  return {
    token: (context) =>
      answer(context, world, rules, (client, form) =>
        bodyOf(
          rules,
          answerTokenRequest({ world, rules, client, form, withoutRefreshToken: context.env.withoutRefreshToken }),
        ),
      ),
    device: (context) => answer(context, world, rules, (client, form) => beginDevice(world, rules, client, form)),
    exchange: (context) =>
      refusing(rules, () => {
        const query = requireOnce(new URL(context.req.url).searchParams);
        return tokenJson(bodyOf(rules, answerExchange(world, rules, query)), 200);
      }),
    revoke: (context) =>
      answer(context, world, rules, (client, form) => {
        const token = required(form, "token");
        const grant = world.grants.grantOf(token);
        const foreign = grant && (grant.platform !== rules.platform || grant.clientId !== client.clientId);
        if (foreign) throw new OAuthRefusal("foreign_token");
        // RFC 7009 section 2.2: a token nobody knows is as good as revoked.
        if (grant && rules.revokesAll) world.grants.revoke(grant);
        world.grants.revokeToken(token);
        return rules.revoked;
      }),
  };
}

type Work = (client: SandboxClient, form: URLSearchParams) => unknown;

async function answer(context: OAuthContext, world: World, rules: OAuthRules, work: Work): Promise<Response> {
  const text = await context.req.text();
  return refusing(rules, () => {
    const form = readForm(context, text);
    const client = authenticateClient(world, rules, context.req.header("authorization"), form);
    if (!client) throw new OAuthRefusal("client_authentication");
    return tokenJson(work(client, form), 200);
  });
}

function refusing(rules: OAuthRules, work: () => Response): Response {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof OAuthRefusal)) throw error;
    return refusalAnswer(rules, error);
  }
}

function bodyOf(rules: OAuthRules, issued: IssuedTokens): unknown {
  if (rules.tokenReply) return rules.tokenReply(issued);
  const { grantType: _how, grant: _whose, refreshExpiresIn: _untold, ...standard } = issued;
  return standard;
}

function readForm(context: OAuthContext, text: string): URLSearchParams {
  const [type] = (context.req.header("content-type") ?? "").split(";");
  if (type?.trim().toLowerCase() !== "application/x-www-form-urlencoded") throw new OAuthRefusal("not_a_form");
  return requireOnce(new URLSearchParams(text));
}

/** RFC 6749 section 3.2: no parameter twice. */
function requireOnce(form: URLSearchParams): URLSearchParams {
  const repeated = [...new Set(form.keys())].find((name) => form.getAll(name).length > 1);
  if (repeated !== undefined) throw new OAuthRefusal("repeated_parameter", repeated);
  return form;
}

function refusalAnswer(rules: OAuthRules, { reason, subject }: OAuthRefusal): Response {
  const { status, error, description: say } = rules.refusals[reason];
  const description = say(subject);
  return tokenJson(
    rules.refusalBody?.({ reason, error, description }) ?? { error, error_description: description },
    status,
  );
}

/** RFC 6749 section 5.1: never cached. */
function tokenJson(body: unknown, status: number): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      pragma: "no-cache",
    },
  });
}
