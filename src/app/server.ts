/** Which server of a platform that exists many times. */
import { Failure } from "../domain/failure.ts";
import type { Api, FoundServer, Platform, ServerRules } from "../platforms/platform.ts";
import type { Connecting } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import type { Services } from "./services.ts";

interface Asked extends Pick<Connecting, "services" | "platform"> {
  readonly request: Pick<Connecting["request"], "instance">;
  readonly events: Pick<Connecting["events"], "answer">;
}

/** By `--instance`, or what a person says. @throws Failure `usage`, `network`, `question_without_terminal` */
export async function serverFor(
  { services, platform, request, events }: Asked,
  rules: ServerRules,
): Promise<FoundServer> {
  const { question: say, example } = rules;
  const typed = (request.instance ?? (await events.answer({ name: "instance", say, example }, "--instance"))).trim();
  if (typed === "") throw new Failure("usage", "no server was named", { hint: `--instance ${example}` });
  return rules.find(apiWithoutToken(services, platform), typed);
}

/** For what is asked before anybody signed in. */
export function apiWithoutToken(services: Services, platform: Platform): Api {
  const app = { clientId: "", clientSecret: null };
  const place = { instance: null, facts: {} };
  return apiForNewToken(services, platform, {}, { value: "", type: "Bearer" }, {}, app, place);
}
