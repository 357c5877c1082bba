/**
 * The authorize page of every platform: judge the request, ask a person, send the browser back.
 *
 * To drive it without a browser: GET the authorize URL, take the value of the hidden field `request` out of the page,
 * and POST a form to the same address without its query:
 *   request   that value; good once, for ten minutes
 *   person    the handle of a test person (`acme`, `globex`)
 *   decision  `approve` or `deny`
 * The answer is a 302 whose `Location` is the redirect URI with `code` and `state`, or with `error` and `state`.
 */
import type { Context } from "hono";
import { consentPage } from "../pages/consent-page.ts";
import { problemPage } from "../pages/problem-page.ts";
import { personOf, type World } from "../world.ts";
import { errorRedirect, judgeAuthorizationRequest } from "./authorization-request.ts";
import type { OAuthRules } from "./rules.ts";

export interface ConsentHandlers {
  readonly show: (context: Context) => Response | Promise<Response>;
  readonly decide: (context: Context) => Promise<Response>;
}

export function consentHandlers(world: World, rules: OAuthRules): ConsentHandlers {
  return {
    show: (context) => {
      const judged = judgeAuthorizationRequest(world, rules, new URL(context.req.url).searchParams);
      if (judged.kind === "page") return problem(context, rules, judged.problem);
      if (judged.kind === "redirect") return context.redirect(judged.to.href, 302);
      const { request } = judged;
      const page = consentPage({
        platformName: rules.name,
        app: request.clientId,
        abilities: request.scopes.map((code) => ({ text: rules.scopes[code] ?? code, code })),
        people: world.people,
        requestId: world.grants.pend(request),
        afterwards: `Then you go back to ${request.redirectUri}`,
        action: new URL(context.req.url).pathname.split("/").at(-1) ?? "",
      });
      return context.html(page);
    },
    decide: async (context) => decide(context, world, rules),
  };
}

async function decide(context: Context, world: World, rules: OAuthRules): Promise<Response> {
  const form = new URLSearchParams(await context.req.text());
  const decision = form.get("decision");
  const person = personOf(world, form.get("person") ?? "");
  if (decision !== "approve" && decision !== "deny") return problem(context, rules, "Choose Approve or Deny.");
  if (decision === "approve" && !person) return problem(context, rules, "Choose who signs in.");
  const request = world.grants.decide(form.get("request") ?? "");
  if (request?.platform !== rules.platform) {
    return problem(context, rules, "This page has been answered already, or it is too old. Start again from the app.");
  }
  if (decision === "deny" || !person) {
    const usual = { error: "access_denied", error_description: "The person denied the request" };
    const denied = rules.redirectErrors?.denied ?? usual;
    return context.redirect(errorRedirect(rules, request.redirectUri, request.state, denied).href, 302);
  }
  const to = new URL(request.redirectUri);
  to.searchParams.set("state", request.state);
  to.searchParams.set("code", world.grants.issueCode(request, person.handle, rules.codeLifetime));
  for (const [name, value] of Object.entries(rules.redirectParameters?.(request) ?? {}))
    to.searchParams.set(name, value);
  to.hash = rules.redirectFragment ?? "";
  return context.redirect(to.href, 302);
}

function problem(context: Context, rules: OAuthRules, text: string): Response | Promise<Response> {
  const title = "Something went wrong";
  return context.html(
    problemPage({ title, text, hint: `You were not able to give the app access to ${rules.name}.` }),
    400,
  );
}
