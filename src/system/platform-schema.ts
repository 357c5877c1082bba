/** What a file that declares a platform may say. Loaded by `platforms add` alone: the schema library is dear to load. */
import * as z from "zod/mini";
import { apiVersionVariable, appVariables } from "../domain/app.ts";
import type { DeclaredPlatform } from "../domain/declared-platform.ts";
import { isLoopbackHost } from "../domain/loopback.ts";
import { nearest } from "../domain/nearest.ts";
import { withoutControls } from "../domain/plain-text.ts";
import type { PlatformFileRules } from "./platform-file.ts";

/** `key`: the one that is not known there. */
export interface SchemaProblem {
  readonly place: readonly PropertyKey[];
  readonly key?: string | undefined;
  readonly problem: string;
}

type Read = { readonly declared: DeclaredPlatform } | { readonly problems: readonly SchemaProblem[] };

export function declaredIn(raw: unknown, rules: PlatformFileRules): Read {
  const parsed = schema.safeParse(raw);
  const problems = [...(parsed.error?.issues ?? []).flatMap((issue) => problemsOf(issue)), ...ownProblems(raw, rules)];
  if (!parsed.success || problems.length > 0) return { problems };
  const { issuer, endpoints, site, documentation, ...rest } = parsed.data;
  const asked = endpoints ?? { issuer: issuer ?? "" };
  return { declared: { ...rest, site, documentation: documentation ?? site, endpoints: asked } };
}

const text = (most = 200) =>
  z.pipe(
    z.string({ error: "expected text" }).check(z.maxLength(most, `expected at most ${most} characters`)),
    z.transform(withoutControls),
  );
const url = z.string({ error: "expected a URL" }).check(
  z.refine((value) => URL.canParse(value), "expected a whole URL: https://…"),
  // Where a token goes must be readable in the file as it stands.
  z.refine((value) => !/[\p{Cc}\s{}]/u.test(value), "expected a URL without spaces and braces"),
);
const parameters = (reserved: readonly string[]) =>
  z._default(
    z.record(
      z
        .string()
        .check(
          z.refine((name) => !reserved.includes(name), { error: "expected another name: the protocol sets this" }),
        ),
      z.string({ error: 'expected text (write "1", in quotes)' }),
      { error: "expected names and texts" },
    ),
    {},
  );
const pointer = z
  .string({ error: "expected a JSON pointer: /id" })
  .check(z.regex(/^(\/([^~/]|~[01])+)+$/, "expected a JSON pointer: /id, /data/user/name"));
const units = { s: 1, min: 60, h: 3600, d: 86_400 } as const;
/** In seconds. */
const span = z.pipe(
  z
    .string({ error: "expected a time: 90s, 15min, 2h, 60d" })
    .check(z.regex(/^[1-9]\d{0,6}(s|min|h|d)$/, "expected a time: 90s, 15min, 2h, 60d")),
  z.transform((written) => {
    const [, count, unit] = /^(\d+)(s|min|h|d)$/.exec(written) ?? [];
    return Number(count) * units[unit as keyof typeof units];
  }),
);
const milliseconds = z.pipe(
  span,
  z.transform((seconds) => seconds * 1000),
);
const oneOf = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, { error: `expected ${listed(words)}` });
const texts = (what: string) =>
  z.array(z.string({ error: `expected ${what}` }), { error: `expected a list of ${what}` });
const expected = { error: "expected keys and values" };

function listed(words: readonly string[]): string {
  const shown = words.map((word) => (word === " " || word === "," ? JSON.stringify(word) : word));
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} or ${shown.at(-1)}`;
}

const endpointKeys = {
  authorize: url,
  token: url,
  revoke: z.optional(url),
  deviceAuthorization: z.optional(url),
  userinfo: z.optional(url),
};
const redirectKeys = {
  host: z._default(oneOf(["127.0.0.1", "localhost"]), "127.0.0.1"),
  port: z._default(oneOf(["fixed", "any"]), "fixed"),
  https: z._default(z.boolean({ error: "expected true or false" }), false),
  path: z.optional(
    z.string({ error: "expected a path: /callback" }).check(z.regex(/^\/[\w./-]*$/, "expected a path: /callback")),
  ),
};
const refreshKeys = {
  reuse: z._default(oneOf(["rotating", "non-rotating", "unknown"]), "unknown"),
  lifetime: z._default(z.nullable(span), null),
  minimumAge: z.optional(milliseconds),
  idleDeadline: z.optional(milliseconds),
  deadGrantErrors: z._default(texts("error codes"), []),
};
const checkKeys = {
  url: z.optional(url),
  method: z._default(oneOf(["GET", "POST"]), "GET"),
  scheme: z._default(oneOf(["Bearer", "OAuth", "token"]), "Bearer"),
  id: z._default(pointer, "/sub"),
  handle: z.optional(pointer),
  name: z.optional(pointer),
  profile: z.optional(pointer),
};
const stepKeys = { title: text(80), text: text(1000), open: z.optional(url) };
const rootKeys = {
  id: z
    .string({ error: "expected an id: lower-case letters, digits and hyphens" })
    .check(
      z.regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "expected an id: lower-case letters, digits and hyphens"),
      z.maxLength(30, "expected at most 30 characters"),
    ),
  name: text(60).check(z.minLength(1, "expected a name")),
  site: url,
  documentation: z.optional(url),
  hosts: z
    .array(z.string({ error: "expected a host: api.example.com" }), {
      error: "expected a list of hosts: [api.example.com]",
    })
    .check(z.minLength(1, "expected at least one host")),
  issuer: z.optional(url),
  endpoints: z.optional(z.strictObject(endpointKeys, expected)),
  scopes: z._default(texts("scopes"), []),
  scopeSeparator: z._default(oneOf([" ", ","]), " "),
  clientAuthentication: z._default(oneOf(["basic", "post", "none"]), "basic"),
  pkce: z._default(oneOf(["S256", "none"]), "S256"),
  redirect: z.prefault(z.strictObject(redirectKeys, expected), {}),
  refresh: z.prefault(z.strictObject(refreshKeys, expected), {}),
  check: z.prefault(z.strictObject(checkKeys, expected), {}),
  authorizeParameters: parameters([
    "client_id",
    "client_secret",
    "response_type",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
  ]),
  tokenParameters: parameters([
    "client_id",
    "client_secret",
    "grant_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
  ]),
  removeAccess: z.optional(url),
  setup: z._default(z.array(z.strictObject(stepKeys, expected), { error: "expected a list of steps" }), []),
};
export const rootKeysOfPlatformFile = Object.keys(rootKeys);
const schema = z.strictObject(rootKeys, expected);

/** The keys that are known at a place, for one that is not. */
const known: Readonly<Record<string, readonly string[]>> = {
  "": Object.keys(rootKeys),
  endpoints: Object.keys(endpointKeys),
  redirect: Object.keys(redirectKeys),
  refresh: Object.keys(refreshKeys),
  check: Object.keys(checkKeys),
  setup: Object.keys(stepKeys),
};

interface Issue {
  readonly code?: string | undefined;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
  readonly input?: unknown;
  readonly issues?: readonly { readonly message: string }[];
}

function problemsOf(issue: z.core.$ZodIssue): SchemaProblem[] {
  const { code, path: place, message, keys, issues } = issue as Issue;
  if (code === "unrecognized_keys") {
    const names = known[String(place[0] ?? "")] ?? [];
    return (keys ?? []).map((key) => {
      const meant = nearest(key, names);
      const say = meant ? `did you mean ${meant}?` : `known here: ${names.join(", ")}`;
      return { place, key, problem: `${withoutControls(key)} is no key that is known; ${say}` };
    });
  }
  if (code === "invalid_key") return [{ place, problem: issues?.[0]?.message ?? message }];
  return [{ place, problem: message }];
}

type Raw = Readonly<Record<string, unknown>>;

function asRaw(value: unknown): Raw {
  return typeof value === "object" && value !== null ? (value as Raw) : {};
}

/** What one value cannot say by itself. Looked at in what was written, so that it is told beside what else is wrong. */
function ownProblems(value: unknown, rules: PlatformFileRules): SchemaProblem[] {
  const raw = asRaw(value);
  return [...idProblems(raw["id"], rules), ...missing(raw), ...urlProblems(raw)];
}

/** What is needed only where something else is there, or is not. */
function missing(raw: Raw): SchemaProblem[] {
  const { endpoints, issuer } = raw;
  const check = asRaw(raw["check"]);
  const problems: SchemaProblem[] = [];
  const say = (problem: string, ...place: PropertyKey[]) => problems.push({ place, problem });
  if (endpoints === undefined && issuer === undefined) say("expected endpoints, or issuer where they are discovered");
  if (endpoints !== undefined && issuer !== undefined) say("expected either endpoints or issuer, not both", "issuer");
  if (endpoints !== undefined && asRaw(endpoints)["userinfo"] === undefined && check["url"] === undefined)
    say("expected check.url or endpoints.userinfo: who is asked whose token it is", "check");
  if (check["url"] !== undefined && check["id"] === undefined)
    say("expected a JSON pointer to the account's id in the answer: /id", "check", "id");
  return problems;
}

function urlProblems(raw: Raw): SchemaProblem[] {
  const hosts = Array.isArray(raw["hosts"]) ? (raw["hosts"] as unknown[]) : [];
  const steps = Array.isArray(raw["setup"]) ? (raw["setup"] as unknown[]) : [];
  const asked = [
    ...Object.entries(asRaw(raw["endpoints"])).map(([name, url]) => ({ url, place: ["endpoints", name] })),
    { url: raw["issuer"], place: ["issuer"] },
    { url: asRaw(raw["check"])["url"], place: ["check", "url"] },
  ];
  const opened = [
    ...["site", "documentation", "removeAccess"].map((name) => ({ url: raw[name], place: [name] })),
    ...steps.map((step, index) => ({ url: asRaw(step)["open"], place: ["setup", index, "open"] })),
  ];
  const unlike = hosts.flatMap((host, index) =>
    typeof host === "string" && !isHost(host)
      ? [{ place: ["hosts", index], problem: "expected a host as URLs have it: api.example.com, 127.0.0.1:8080" }]
      : [],
  );
  return [
    ...unlike,
    ...asked.flatMap(({ url, place }) => flawsOf(url, hosts).map((problem) => ({ place, problem }))),
    ...opened.flatMap(({ url, place }) => flawsOf(url, null).map((problem) => ({ place, problem }))),
  ];
}

function idProblems(id: unknown, { builtIn, variablesTaken }: PlatformFileRules): SchemaProblem[] {
  if (typeof id !== "string") return [];
  if (builtIn.includes(id)) {
    return [{ place: ["id"], problem: `expected another id: ${id} is built in, and cannot be replaced` }];
  }
  const taken = new Set(builtIn.flatMap(variablesTaken));
  const own = [...appVariables(id, "oauth2"), apiVersionVariable(id)].find((name) => taken.has(name));
  return own ? [{ place: ["id"], problem: `expected another id: ${own} is a variable of another platform` }] : [];
}

/** Written as `URL.host` has it, so that it is compared as text. */
function isHost(text: string): boolean {
  return URL.canParse(`https://${text}`) && new URL(`https://${text}`).host === text;
}

/** `hosts`: the declared ones; null: any, for what only a person opens. */
function flawsOf(value: unknown, hosts: readonly unknown[] | null): string[] {
  if (typeof value !== "string" || !URL.canParse(value)) return [];
  const { protocol, host, hostname, username, password, hash } = new URL(value);
  if (protocol !== "https:" && !(protocol === "http:" && isLoopbackHost(hostname)))
    return ["expected https (http only on this machine)"];
  if (username !== "" || password !== "" || hash !== "") return ["expected a URL without user, password and fragment"];
  return hosts === null || hosts.includes(host) ? [] : [`expected a host of the list hosts, and ${host} is not in it`];
}
