/** What was said to `connect` and means nothing to the way in that was chosen: told, in place of being passed over. */
import { Failure } from "../domain/failure.ts";
import type { ConnectMethod } from "../platforms/platform.ts";
import type { ConnectRequest } from "./connect.ts";

interface Option {
  readonly flag: string;
  readonly given: (request: ConnectRequest) => boolean;
  readonly fits: (method: ConnectMethod) => boolean;
  readonly hint?: (method: ConnectMethod) => string;
}

const byLogin = ({ kind }: ConnectMethod): boolean => kind !== "key";
const byOAuth2 = ({ kind }: ConnectMethod): boolean => kind === "oauth2";
const byKey = ({ kind }: ConnectMethod): boolean => kind === "key";
const ofOAuth1 =
  (hint: string) =>
  ({ kind }: ConnectMethod): string =>
    kind === "oauth1" ? hint : "leave it out";

/** `--no-browser` and `--timeout` do no harm anywhere. */
const options: readonly Option[] = [
  {
    flag: "--device",
    given: ({ mode }) => mode === "device",
    fits: byOAuth2,
    hint: ofOAuth1("use --manual for a PIN"),
  },
  { flag: "--manual", given: ({ mode }) => mode === "manual", fits: byLogin },
  { flag: "--https", given: ({ https }) => https === true, fits: byLogin },
  { flag: "--port", given: ({ port }) => port !== undefined, fits: byLogin },
  { flag: "--redirect-uri", given: ({ redirectUri }) => redirectUri !== undefined, fits: byLogin },
  { flag: "--client-id", given: ({ clientId }) => clientId !== undefined, fits: byLogin },
  {
    flag: "--dpop",
    given: ({ dpop }) => dpop,
    fits: byOAuth2,
    hint: ofOAuth1("leave it out: every request is signed"),
  },
  {
    flag: "--scope",
    given: ({ scopes }) => scopes !== undefined,
    fits: byOAuth2,
    hint: ofOAuth1("set the app's permissions in the platform's console instead"),
  },
  { flag: "--issuer", given: ({ issuer }) => issuer !== undefined, fits: isDiscovered, hint: itsOwnFlag },
  { flag: "--instance", given: ({ instance }) => instance !== undefined, fits: isFound, hint: itsOwnFlag },
  { flag: "--set", given: ({ answers }) => Object.keys(answers ?? {}).length > 0, fits: byKey },
  { flag: "--token-stdin", given: ({ keyGiven }) => keyGiven === true, fits: takesKey },
];

/** A platform that exists many times is found by its own rules, or by those of OpenID Connect. */
function isFound(method: ConnectMethod): boolean {
  return method.kind !== "oauth1" && method.server !== undefined;
}

function isDiscovered(method: ConnectMethod): boolean {
  return method.kind === "oauth2" && method.endpoints === "discovery" && !method.server;
}

function itsOwnFlag(method: ConnectMethod): string {
  if (method.kind !== "oauth1" && method.server) return `name the server with --instance ${method.server.example}`;
  return isDiscovered(method) ? "name the server with --issuer URL" : "leave it out";
}

function takesKey(method: ConnectMethod): boolean {
  return method.kind === "key" && method.name !== null;
}

/** @throws Failure `usage` naming the first */
export function refuseForeignOptions(request: ConnectRequest, method: ConnectMethod): void {
  const foreign = options.find(({ given, fits }) => given(request) && !fits(method));
  if (!foreign) return;
  throw new Failure("usage", `${foreign.flag} is nothing that the credential ${method.id} knows`, {
    hint: foreign.hint?.(method) ?? "leave it out",
  });
}
