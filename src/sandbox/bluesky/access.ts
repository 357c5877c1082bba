/** Who asks a PDS: with a session's token, or with one that is bound to a key. */
import type { Context } from "hono";
import { minutes } from "../../domain/time.ts";
import type { Person } from "../options.ts";
import type { TwinBindings } from "../twin.ts";
import type { World } from "../world.ts";
import { blueskyErrors, tooMany, xrpcError } from "./errors.ts";
import { boundOf } from "./oauth.ts";
import { nonceOf, proofOf } from "./proof.ts";
import { holderOf } from "./sessions.ts";

export type BlueskyContext = Context<{ Bindings: TwinBindings }>;

export interface Caller {
  readonly person: Person;
  /** null: a session, which may do everything an app password may. */
  readonly scope: string | null;
}

const server = "pds";

/** The refusal, or who it is. */
export async function callerOf(world: World, context: BlueskyContext): Promise<Caller | Response> {
  const [, scheme = "", token = ""] = /^(\S+) (\S+)$/.exec(context.req.header("authorization") ?? "") ?? [];
  if (scheme === "") return blueskyErrors["auth-missing"]();
  if (scheme === "DPoP") return boundCaller(world, context, token);
  if (scheme !== "Bearer") return xrpcError(400, "InvalidToken", "Unexpected authorization type");
  const person = holderOf(world, token);
  if (person === "expired") return blueskyErrors["expired-token"]();
  return person ? { person, scope: null } : blueskyErrors["invalid-token"]();
}

async function boundCaller(world: World, context: BlueskyContext, token: string): Promise<Caller | Response> {
  const nonce = nonceOf(world, server);
  const refused = (error: string, message: string) =>
    xrpcError(401, error, message, {
      "dpop-nonce": nonce,
      "www-authenticate": `DPoP algs="ES256", error="${error}", error_description="${message}"`,
    });
  const proven = await proofOf(world, server, context.req.raw, token);
  if (proven === "use_dpop_nonce") return refused("use_dpop_nonce", "Resource server requires nonce in DPoP proof");
  if (typeof proven === "string") return refused("invalid_dpop_proof", proven);
  const bound = boundOf(world).get(token);
  if (!bound || bound.expiresAt <= world.clock.now()) return refused("invalid_token", "Token expired");
  if (bound.thumbprint !== proven.thumbprint) return refused("invalid_token", "Invalid DPoP key binding");
  context.header("dpop-nonce", nonce);
  return { person: bound.person, scope: bound.scope };
}

export function mayWrite({ scope }: Caller): boolean {
  return scope === null || scope.split(" ").includes("transition:generic");
}

/** Requests of everybody in five minutes; null: there is room. */
export function limited(world: World, context: BlueskyContext): Response | null {
  const { limit, remaining, reset, exceeded } = world.rateWindows.count(
    "bluesky",
    { limit: 3000, window: minutes(5) },
    world.clock.now(),
  );
  if (exceeded) return tooMany(reset);
  context.header("ratelimit-limit", String(limit));
  context.header("ratelimit-remaining", String(remaining));
  context.header("ratelimit-reset", String(reset));
  context.header("ratelimit-policy", `${limit};w=300`);
  return null;
}
