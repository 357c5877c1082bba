import { requirePlatform } from "../../app/services.ts";
import { apiVersionVariable } from "../../domain/app.ts";
import { failureCategories } from "../../domain/failure.ts";
import { failureClasses } from "../../domain/platform-failure.ts";
import { inWords } from "../../domain/post-option.ts";
import { seconds, spanOfTime } from "../../domain/time.ts";
import type { ConnectMethod, FailureRule, Platform } from "../../platforms/platform.ts";
import { redirectUriIfAny } from "../apps/show.ts";
import type { CommandModule } from "../command.ts";
import { exitCodes } from "../exit.ts";
import { keyDocument, keyLines, serverDocument, serverLines } from "./keys.ts";
import { limitLines } from "./limits.ts";

export const show: CommandModule = {
  declare: (command) => command.argument("<platform>", "which platform"),
  run: async (context, input) => {
    const platform = await requirePlatform(context.services, String(input.args[0]));
    const redirectUri = await redirectUriIfAny(context, { platform: platform.id, redirectUri: null });
    const override = context.services.apiVersion?.(platform.id) ?? null;
    context.output.result(() => describe(platform, redirectUri, override), documentOf(platform, redirectUri, override));
    return null;
  },
};

/** What is spoken: the definition's, or another one that the environment names. */
function versionOf(platform: Platform, override: string | null): string | null {
  return override ?? platform.version?.name ?? null;
}

function versionLines({ id, version }: Platform, override: string | null): string[] {
  if (!version) return [];
  const named = override === null ? "" : ` (${apiVersionVariable(id)}; made for ${version.name})`;
  const end = version.endsOn === null ? "no end is announced" : `${version.name} ends on ${version.endsOn}`;
  return [`API version   ${override ?? version.name}${named}; ${end}: ${version.documentation}`];
}

function documentOf(platform: Platform, redirectUri: string | null, override: string | null) {
  const { id, name, site, documentation, methods, tokens, limits } = platform;
  return {
    platform: id,
    name,
    site,
    documentation,
    redirectUri,
    hosts: platform.hosts ?? null,
    caution: platform.caution ?? null,
    credentials: methods.map((method) => ({
      credential: method.id,
      scopes: method.kind === "oauth2" ? method.scopes : [],
      endpoints: method.kind === "key" ? null : method.endpoints,
      key: method.kind === "key" ? keyDocument(method) : null,
      server: method.kind !== "oauth1" && method.server ? serverDocument(method.server) : null,
    })),
    tokens: { lifetime: tokens.defaultLifetime, reuse: tokens.reuse.kind },
    // As data: what measures is left out.
    limits: { text: null, ...limits },
    apiVersion: platform.version ? { ...platform.version, spoken: versionOf(platform, override) } : null,
    options: platform.options ?? [],
    publishes: platform.publish !== undefined,
    failures: platform.failures.map((rule) => ({ when: conditionOf(rule), is: rule.is, exitCode: exitCodeOf(rule) })),
  };
}

/** Written from the definition itself, so it cannot fall behind it. */
function describe(platform: Platform, redirectUri: string | null, override: string | null): string {
  const { tokens, limits } = platform;
  const life = tokens.defaultLifetime === null ? "as the server says" : spanOfTime(seconds(tokens.defaultLifetime));
  return [
    `${platform.name}  ${platform.site}`,
    ...(platform.caution ? [`caution       ${platform.caution}`] : []),
    `facts         ${platform.documentation}`,
    ...versionLines(platform, override),
    ...(redirectUri === null ? [] : [`redirect URI  ${redirectUri}`]),
    ...(platform.hosts ? [`hosts         ${platform.hosts.join(", ")}: nothing goes anywhere else`] : []),
    ...platform.methods.flatMap(describeMethod),
    `token life    ${life}; a refresh token used twice: ${tokens.reuse.kind.replaceAll("_", " ")}`,
    `publish       ${platform.publish ? "yes" : "no (tokens only)"}`,
    ...limitLines(limits).map(([name, value]) => `${name.padEnd(14)}${value}`),
    ...(platform.options ?? []).map(
      (option) => `${"option".padEnd(14)}${platform.id}.${option.name}: ${option.say} (${inWords(option.takes)})`,
    ),
    ...(platform.checkCost ? [`live check    ${platform.checkCost}`] : []),
    "",
    "What its errors mean here (exit code):",
    ...platform.failures.map(
      (rule) => `  ${String(exitCodeOf(rule))}  ${conditionOf(rule)}: ${rule.say ?? rule.is.replaceAll("_", " ")}`,
    ),
  ].join("\n");
}

function describeMethod(method: ConnectMethod): string[] {
  if (method.kind === "oauth1") {
    const { key, secret } = method.keyNames;
    return [
      `connect       ${method.id}: ${method.endpoints.authorize}, HMAC-SHA1; takes the app's ${key} and ${secret}`,
    ];
  }
  if (method.kind === "key") return [...keyLines(method), ...serverLines(method.server)];
  const discovered = `discovered from ${method.server ? "--instance" : (method.issuer ?? "--issuer")}`;
  const endpoints = method.endpoints === "discovery" ? discovered : method.endpoints.authorize;
  return [
    `connect       ${method.id}: ${endpoints}, PKCE ${method.pkce}`,
    ...serverLines(method.server),
    `scopes        ${method.scopes.join(" ")}`,
  ];
}

function conditionOf({ status, code, subcode, transient, type, message }: FailureRule): string {
  const parts = [
    status === undefined ? null : `HTTP ${status}`,
    code === undefined ? null : `code ${typeof code === "object" ? code.join("–") : code}`,
    subcode === undefined ? null : `subcode ${subcode}`,
    transient ? "transient" : null,
    type === undefined ? null : type,
    message === undefined ? null : `"${message.source.replaceAll(/[\^$\\]/g, "")}"`,
  ];
  return parts.filter((part) => part !== null).join(", ");
}

function exitCodeOf(rule: FailureRule): number {
  return exitCodes[failureCategories[failureClasses[rule.is].code]];
}
