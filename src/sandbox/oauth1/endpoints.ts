/** The endpoints of OAuth 1.0a: request token, the page where a person consents, access token, and the end of one. */
import type { Context } from "hono";
import { consentPage } from "../pages/consent-page.ts";
import { problemPage } from "../pages/problem-page.ts";
import { personOf, type World } from "../world.ts";
import { authenticateApp, authenticateRequest, authenticateUser } from "./authentication.ts";
import type { OAuth1Rules } from "./rules.ts";
import type { RequestToken } from "./tokens.ts";

export interface OAuth1Endpoints {
  readonly requestToken: (context: Context) => Promise<Response>;
  readonly show: (context: Context) => Response | Promise<Response>;
  readonly decide: (context: Context) => Promise<Response>;
  readonly accessToken: (context: Context) => Promise<Response>;
  readonly invalidate: (context: Context) => Promise<Response>;
}

export function oauth1Endpoints(world: World, rules: OAuth1Rules): OAuth1Endpoints {
  return {
    requestToken: (context) => requestToken(context, world, rules),
    show: (context) => show(context, world, rules),
    decide: (context) => decide(context, world, rules),
    accessToken: (context) => accessToken(context, world, rules),
    invalidate: async (context) => {
      const told = await authenticateUser(world, rules, context.req);
      if ("refusal" in told) return rules.refusals[told.refusal]();
      world.oauth1.end(told.token.token);
      return context.json({ access_token: told.token.token });
    },
  };
}

async function requestToken(context: Context, world: World, rules: OAuth1Rules): Promise<Response> {
  const told = await authenticateApp(world, rules, context.req);
  if ("refusal" in told) return rules.refusals[told.refusal]();
  const { client, protocol } = told;
  const callback = protocol.get("oauth_callback");
  if (callback === undefined) return rules.refusals.not_authenticated();
  const isUrl = callback !== "oob";
  if (isUrl && client.clientSecret === null) return rules.refusals.callback_impossible();
  // Compared as text: another port, a trailing slash or another spelling of the host is another URL.
  if (isUrl && !client.redirectUris.includes(callback)) return rules.refusals.callback_unknown();
  const level = context.req.query("x_auth_access_type") === "read" ? "read" : "write";
  const consumerKey = protocol.get("oauth_consumer_key") ?? "";
  const { token, secret } = world.oauth1.request({ platform: rules.platform, consumerKey, callback, level });
  return form({ oauth_token: token, oauth_token_secret: secret, oauth_callback_confirmed: "true" });
}

function show(context: Context, world: World, rules: OAuth1Rules): Response | Promise<Response> {
  const request = world.oauth1.pending(rules.platform, context.req.query("oauth_token") ?? "");
  if (!request) return problem(context, rules, "The request token is unknown, used up, or too old.");
  const page = consentPage({
    platformName: rules.name,
    app: request.consumerKey,
    abilities: rules.abilities[request.level].map((text) => ({ text })),
    people: world.people,
    requestId: world.oauth1.show(request),
    afterwards: isOutOfBand(request)
      ? "Then you are shown a PIN to type into the app."
      : `Then you go back to ${request.callback}`,
  });
  return context.html(page);
}

async function decide(context: Context, world: World, rules: OAuth1Rules): Promise<Response> {
  const answer = new URLSearchParams(await context.req.text());
  const decision = answer.get("decision");
  const person = personOf(world, answer.get("person") ?? "");
  if (decision !== "approve" && decision !== "deny") return problem(context, rules, "Choose Approve or Deny.");
  if (decision === "approve" && !person) return problem(context, rules, "Choose who signs in.");
  const request = world.oauth1.decide(rules.platform, answer.get("request") ?? "");
  if (!request) {
    return problem(context, rules, "This page has been answered already, or it is too old. Start again from the app.");
  }
  if (decision === "deny" || !person) return denied(context, world, request);
  const verifier = world.oauth1.approve(request, person);
  if (isOutOfBand(request))
    return context.html(problemPage({ title: "Your PIN", text: verifier, hint: "Type it into the app." }));
  const to = new URL(request.callback);
  to.searchParams.set("oauth_token", request.token);
  to.searchParams.set("oauth_verifier", verifier);
  return context.redirect(to.href, 302);
}

function denied(context: Context, world: World, request: RequestToken): Response | Promise<Response> {
  world.oauth1.deny(request);
  if (isOutOfBand(request))
    return context.html(problemPage({ title: "Denied", text: "The app was not given access." }));
  const to = new URL(request.callback);
  to.searchParams.set("denied", request.token);
  return context.redirect(to.href, 302);
}

async function accessToken(context: Context, world: World, rules: OAuth1Rules): Promise<Response> {
  const told = await authenticateRequest(world, rules, context.req);
  if ("refusal" in told) return rules.refusals[told.refusal]();
  const { token: request, protocol } = told;
  const { approval } = request;
  if (!approval || protocol.get("oauth_verifier") !== approval.verifier) return rules.refusals.verifier();
  const { person } = approval;
  const userId = rules.userId(person);
  const { token, secret } = world.oauth1.exchange(request, person, userId);
  return form({ oauth_token: token, oauth_token_secret: secret, user_id: userId, screen_name: person.handle });
}

const isOutOfBand = ({ callback }: RequestToken): boolean => callback === "oob";

/** X says text/html of its forms, and so does this. */
function form(fields: Readonly<Record<string, string>>): Response {
  return new Response(new URLSearchParams(fields).toString(), {
    headers: { "content-type": "text/html;charset=utf-8" },
  });
}

function problem(context: Context, rules: OAuth1Rules, text: string): Response | Promise<Response> {
  const hint = `You were not able to give the app access to ${rules.name}.`;
  return context.html(problemPage({ title: "Something went wrong", text, hint }), 403);
}
