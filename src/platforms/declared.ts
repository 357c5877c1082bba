// A platform that was declared in a file: docs/platforms/your-own.md. Its definition is data that was checked when it was added.
import type { DeclaredPlatform } from "../domain/declared-platform.ts";
import { Failure } from "../domain/failure.ts";
import { withoutControls } from "../domain/plain-text.ts";
import {
  type Api,
  definePlatform,
  type Identity,
  type OAuth2Method,
  type Platform,
  type TokenRules,
} from "./platform.ts";

const authentications = { basic: "client_secret_basic", post: "client_secret_post", none: "none" } as const;

const reuses = {
  rotating: { kind: "revokes_family" },
  "non-rotating": { kind: "non_rotating" },
  unknown: { kind: "unknown" },
} as const satisfies Record<DeclaredPlatform["refresh"]["reuse"], TokenRules["reuse"]>;

/** As any other platform, but that it posts nothing. */
export function declaredPlatform(declared: DeclaredPlatform): Platform {
  const { id, name, site, documentation, hosts, removeAccess, setup } = declared;
  return definePlatform({
    id,
    name,
    site,
    documentation,
    hosts,
    methods: [methodOf(declared)],
    tokens: tokensOf(declared),
    limits: {},
    failures: [
      { status: 401, is: "reauth" },
      { status: 403, code: "insufficient_scope", is: "scope" },
      { status: 403, is: "permission" },
      { status: 429, is: "rate_limited" },
    ],
    setup: setup.length > 0 ? setup.map(({ open, ...step }) => (open === undefined ? step : { ...step, open })) : usual,
    ...(removeAccess === undefined ? {} : { removeAccessAt: removeAccess }),
    identify: async (api) => [identityIn(declared, await answerOf(api, declared))],
    check: async (api) => {
      const { handle } = identityIn(declared, await answerOf(api, declared));
      return `${name} answers for ${handle}`;
    },
  });
}

const usual = [
  {
    title: "Make a developer app",
    text: "At the service, make an OAuth app with the redirect URI below, and take down its client id and secret.",
  },
];

function methodOf(declared: DeclaredPlatform): OAuth2Method {
  const { endpoints, pkce, scopes, scopeSeparator, redirect, authorizeParameters, tokenParameters } = declared;
  const { host, port, https, path } = redirect;
  return {
    kind: "oauth2",
    id: "oauth2",
    ...("issuer" in endpoints
      ? { endpoints: "discovery", issuer: endpoints.issuer }
      : { endpoints: withoutAbsent(endpoints) }),
    pkce,
    ...(scopeSeparator === "," ? { scopeSeparator } : {}),
    clientAuthentication: authentications[declared.clientAuthentication],
    scopes,
    authorizeParameters,
    tokenParameters,
    redirect: {
      loopbackPort: port,
      host,
      ...(https ? { https: "required" } : {}),
      ...(path === undefined ? {} : { path }),
    },
  };
}

function withoutAbsent({ authorize, token, ...optional }: Extract<DeclaredPlatform["endpoints"], { token: string }>) {
  const { revoke, deviceAuthorization, userinfo } = optional;
  return {
    authorize,
    token,
    ...(revoke === undefined ? {} : { revoke }),
    ...(deviceAuthorization === undefined ? {} : { deviceAuthorization }),
    ...(userinfo === undefined ? {} : { userinfo }),
  };
}

function tokensOf({ refresh }: DeclaredPlatform): TokenRules {
  const { reuse, lifetime, minimumAge, idleDeadline, deadGrantErrors } = refresh;
  return {
    defaultLifetime: lifetime,
    reuse: reuses[reuse],
    deadGrantErrors,
    ...(minimumAge === undefined ? {} : { minimumAge }),
    ...(idleDeadline === undefined ? {} : { idleDeadline }),
  };
}

async function answerOf(api: Api, { name, check }: DeclaredPlatform): Promise<unknown> {
  const url = check.url ?? api.endpoints.userinfo;
  if (url === undefined) {
    throw new Failure("platform_cannot", `${name} has no userinfo endpoint to ask who this is`, {
      hint: "write check: { url: … } into its file, then: agencyiq platforms add FILE",
    });
  }
  const { scheme, method } = check;
  const request = { repeatable: true, ...(scheme === "Bearer" ? {} : { authorization: scheme }) };
  return method === "POST" ? api.post(url, request) : api.get(url, request);
}

function identityIn({ name: platform, check }: DeclaredPlatform, answer: unknown): Identity {
  const at = (pointer: string | undefined) => (pointer === undefined ? null : textAt(answer, pointer));
  const externalId = at(check.id);
  if (externalId === null) {
    throw new Failure("protocol", `the answer of ${platform} has nothing at ${check.id}`, {
      hint: "check.id in its file says where the answer has the account's id",
    });
  }
  return { externalId, handle: at(check.handle) ?? externalId, name: at(check.name), url: at(check.profile) };
}

/** RFC 6901. */
function textAt(answer: unknown, pointer: string): string | null {
  let found = answer;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const inside = typeof found === "object" && found !== null && Object.hasOwn(found, key);
    found = inside ? (found as Record<string, unknown>)[key] : undefined;
  }
  if (typeof found !== "string" && typeof found !== "number") return null;
  return withoutControls(String(found)) || null;
}
