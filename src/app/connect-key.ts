/** Connecting by a key: what a person pastes is tried at once, and kept only if the platform knows it. */
import { Failure, toFailure } from "../domain/failure.ts";
import type { ConnectedAccount } from "../domain/ports/vault.ts";
import { mergeTokenReply, type TokenReply } from "../domain/token.ts";
import type { Api, Facts, FoundServer, KeyMethod } from "../platforms/platform.ts";
import { rulesOf } from "./methods.ts";
import { type Connecting, provenVault, storeConnections } from "./new-connection.ts";
import { apiForNewToken } from "./platform-api.ts";
import { keepSecretKey } from "./secret-address.ts";
import { serverFor } from "./server.ts";
import { sessionReply } from "./session-reply.ts";

/** @throws Failure `usage`, `question_without_terminal`, `needs_reauth` where the key is refused: nothing is stored then */
export async function connectByKey(connecting: Connecting, method: KeyMethod): Promise<ConnectedAccount[]> {
  try {
    return await connectByAcceptedKey(connecting, method);
  } catch (error) {
    throw refusedKey(toFailure(error), connecting, method);
  }
}

/** By connecting again, as hints say of a login, the same key would be refused again. */
function refusedKey(failure: Failure, { platform }: Connecting, { name }: KeyMethod): Failure {
  if (failure.category !== "reauthorize" || failure.code === "scope_missing" || name === null) return failure;
  return new Failure(failure.code, `${platform.name} does not take this ${name}: ${failure.message}`, {
    hint: failure.hint ?? `copy the whole ${name} again; nothing was stored`,
    cause: failure,
  });
}

async function connectByAcceptedKey(connecting: Connecting, method: KeyMethod): Promise<ConnectedAccount[]> {
  const { services, platform } = connecting;
  const server = method.server ? await serverFor(connecting, method.server) : null;
  const answers = await answersTo(connecting, method, server?.answers);
  const key = await keyFor(connecting, method, answers);
  const vault = await provenVault(services);
  const apiWith = (token: string) => apiOf(connecting, method, server, answers, token);
  const { session } = method;
  const sentAt = services.clock.now();
  const reply = session ? sessionReply(await session.open(apiWith(""), key, answers)) : plainReply(key);
  services.keepSecret(reply.accessToken);
  services.keepSecret(reply.refreshToken);
  const { defaultLifetime } = rulesOf(platform, method.id);
  const tokens = mergeTokenReply({
    previous: null,
    reply,
    sentAt,
    defaultLifetime,
    requestedScopes: [],
  });
  const granted = {
    issuer: server?.instance ?? null,
    clientId: "",
    dpop: false,
    refreshable: reply.refreshToken !== null,
    serverMetadata: server?.metadata ?? null,
    tokens,
    dpopKey: null,
    key: session ? key : null,
    clockSkew: 0,
  };
  const api = apiWith(reply.accessToken);
  return storeConnections({ connecting, vault, method, api, granted, facts: answers, asking: async () => {} });
}

function apiOf(
  { services, platform }: Connecting,
  { id }: KeyMethod,
  server: FoundServer | null,
  facts: Facts,
  value: string,
): Api {
  const app = { clientId: "", clientSecret: null };
  const place = { instance: server?.instance ?? null, facts };
  return apiForNewToken(services, platform, {}, { value, type: "Bearer", method: id }, {}, app, place);
}

/** What was given, and what a person says to the rest. @throws Failure `usage` for what nobody asked */
async function answersTo(
  { request, platform, events }: Connecting,
  { asks = [] }: KeyMethod,
  known: Facts = {},
): Promise<Facts> {
  const given = request.answers ?? {};
  const unknown = Object.keys(given).find((name) => !asks.some((question) => question.name === name));
  if (unknown !== undefined) {
    const names = asks.map(({ name }) => name);
    throw new Failure("usage", `${platform.name} asks for no "${unknown}"`, {
      hint: names.length > 0 ? `--set takes: ${names.join(", ")}` : "leave --set out",
    });
  }
  const answers: Record<string, string> = { ...known };
  for (const question of asks) {
    const { name, optional } = question;
    if (known[name] !== undefined) continue;
    const answer = (given[name] ?? (await events.answer(question)))?.trim() ?? "";
    if (answer !== "") answers[name] = answer;
    else if (!optional) {
      throw new Failure("usage", `${question.say}: nothing was given`, { hint: `give it with --set ${name}=VALUE` });
    }
  }
  return answers;
}

async function keyFor({ services, events }: Connecting, method: KeyMethod, answers: Facts): Promise<string> {
  const { name, read } = method;
  if (name === null) return "";
  const pasted = (await events.key({ ...method, name })).trim();
  keepSecretKey(services, pasted);
  if (pasted === "") {
    throw new Failure("usage", `no ${name} was given`, { hint: "give it on standard input: --token-stdin" });
  }
  const key = read ? await read(pasted, answers) : pasted;
  // It goes into a header or an address: a second line is of something else.
  if (/\p{Cc}/u.test(key)) {
    throw new Failure("usage", `what was given is no ${name}: it has several lines`, {
      hint: `give the ${name} alone`,
    });
  }
  keepSecretKey(services, key);
  const doubt = method.doubtsOf?.(key) ?? null;
  if (doubt !== null) events.doubt?.(doubt);
  return key;
}

function plainReply(accessToken: string): TokenReply {
  const none = { expiresIn: null, refreshToken: null, refreshExpiresIn: null, scopes: null };
  return { accessToken, tokenType: "Bearer", ...none };
}
