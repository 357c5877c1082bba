import { noAppTaken } from "../../app/developer-app.ts";
import { appKindOf, methodOf, takesApp } from "../../app/methods.ts";
import { serverFor } from "../../app/server.ts";
import { requirePlatform } from "../../app/services.ts";
import type { App } from "../../domain/app.ts";
import { Failure } from "../../domain/failure.ts";
import type { AppInput } from "../../domain/ports/vault.ts";
import type { KeyQuestion, OAuth1Method, OAuth2Method, Platform } from "../../platforms/platform.ts";
import { type CommandModule, collect, optionsOf } from "../command.ts";
import type { Context } from "../context.ts";
import { appDocument, storedApps } from "./list.ts";
import { redirectUriOf } from "./show.ts";

interface SetOptions {
  readonly credential?: string;
  readonly clientId?: string;
  readonly secretStdin?: boolean;
  readonly public?: boolean;
  readonly redirectUri?: string;
  readonly scope?: readonly string[];
  readonly issuer?: string;
  readonly instance?: string;
  readonly authorizeUrl?: string;
  readonly tokenUrl?: string;
  readonly revokeUrl?: string;
  readonly userinfoUrl?: string;
  readonly deviceUrl?: string;
}

export const set: CommandModule = {
  declare: (command) =>
    command
      .argument("<platform>", "which platform")
      .option("--credential <method>", "for which way in: oauth2 (the usual one), oauth1, organization, …")
      .option("--client-id <id>", "the client id (not a secret); for oauth1 the consumer key")
      .option("--secret-stdin", "read the client secret (for oauth1 the consumer secret) from standard input")
      .option("--public", "the app has no secret")
      .option("--redirect-uri <uri>", "the registered redirect URI, if not the usual one")
      .option("--scope <scope>", "in place of the usual scopes; repeatable", collect)
      .option("--issuer <url>", "oidc: the authorization server")
      .option("--instance <server>", "which server the app was made at, where a platform has many (mastodon)")
      .option("--authorize-url <url>", "oidc without discovery: the authorization endpoint")
      .option("--token-url <url>", "… its token endpoint")
      .option("--revoke-url <url>", "… its revocation endpoint")
      .option("--userinfo-url <url>", "… its userinfo endpoint")
      .option("--device-url <url>", "… its device authorization endpoint")
      .addHelpText(
        "after",
        "\nExamples:\n  agencyiq apps set x --client-id abc --secret-stdin < secret.txt\n  agencyiq apps set x --credential oauth1 --client-id API_KEY --secret-stdin < api-key-secret.txt\n  agencyiq apps set oidc --issuer https://login.example.com --client-id abc --public\n  agencyiq apps set mastodon --instance mastodon.example --client-id abc --secret-stdin < secret.txt",
      ),
  run: async (context, input) => {
    const platform = await requirePlatform(context.services, String(input.args[0]));
    const app = await saveApp(context, platform.id, optionsOf<SetOptions>(input));
    const { output } = context;
    const redirectUri = await redirectUriOf(context, app);
    output.result(`Stored the ${platform.name} app ${app.clientId}.\nRedirect URI to register: ${redirectUri}`, {
      ...appDocument(app),
      redirectUri,
    });
    return null;
  },
};

export async function saveApp(context: Context, platformId: string, options: SetOptions): Promise<App> {
  const platform = await requirePlatform(context.services, platformId);
  const method =
    options.credential === undefined ? platform.methods.find(takesApp) : methodOf(platform, options.credential);
  if (!method || !takesApp(method)) throw noAppTaken(platform, method);
  const input =
    method.kind === "oauth1"
      ? await consumerInput(context, method, options)
      : await clientInput(context, platform, method, options);
  context.services.keepSecret(input.clientSecret);
  const vault = await context.services.vaultOrNew();
  return vault.saveApp({ ...input, platform: platformId, redirectUri: options.redirectUri ?? null, registered: false });
}

type Asked = Omit<AppInput, "platform" | "redirectUri" | "registered">;

async function clientInput(
  context: Context,
  platform: Platform,
  method: OAuth2Method,
  options: SetOptions,
): Promise<Asked> {
  const issuer = await serverOf(context, platform, method, options);
  const serverMetadata = issuer && !method.server ? explicitMetadata(issuer, options) : null;
  const clientId = await idOf(context, "Client ID:", options);
  const kind = appKindOf(method);
  const clientSecret = await secretOf(context, { platform: platform.id, kind }, clientId, options);
  return {
    kind,
    issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    scopes: options.scope?.flatMap((scope) => scope.split(/[\s,]+/)).filter(Boolean) ?? null,
    serverMetadata,
  };
}

/** By what accounts there are known; null: the platform exists once. */
async function serverOf(
  { prompts, services }: Context,
  platform: Platform,
  { endpoints, server, issuer: own }: OAuth2Method,
  { issuer, instance }: SetOptions,
): Promise<string | null> {
  if (endpoints !== "discovery") return null;
  if (!server) return own ?? issuer ?? prompts.text("Issuer URL:", "--issuer URL");
  const answer = ({ say, example }: KeyQuestion) => prompts.text(`${say} (${example})`, "--instance SERVER");
  return (await serverFor({ services, platform, request: { instance }, events: { answer } }, server)).instance;
}

/** OAuth 1.0a: a key and a secret, and nothing to choose. */
async function consumerInput(context: Context, { id, keyNames }: OAuth1Method, options: SetOptions): Promise<Asked> {
  const { public: isPublic, scope, issuer, authorizeUrl, tokenUrl, revokeUrl, userinfoUrl, deviceUrl } = options;
  const foreign = { isPublic, scope, issuer, authorizeUrl, tokenUrl, revokeUrl, userinfoUrl, deviceUrl };
  if (Object.values(foreign).some((value) => value !== undefined)) {
    throw new Failure("usage", `an app for ${id} has a ${keyNames.key} and a ${keyNames.secret}, and nothing else`, {
      hint: "give --client-id ID and --secret-stdin",
    });
  }
  const clientId = await idOf(context, `${keyNames.key}:`, options);
  const secret = options.secretStdin
    ? await context.readStdin()
    : await context.prompts.secret(`${keyNames.secret}:`, "--secret-stdin");
  const clientSecret = requireSecret(secret, "… --secret-stdin < FILE");
  return { kind: "oauth1", issuer: null, clientId, clientSecret, scopes: null, serverMetadata: null };
}

async function idOf(context: Context, question: string, options: SetOptions): Promise<string> {
  const id = (options.clientId ?? (await context.prompts.text(question, "--client-id ID"))).trim();
  if (id === "") throw new Failure("usage", "the client id is empty", { hint: "give --client-id ID" });
  return id;
}

/** undefined keeps a stored secret; null: none. */
async function secretOf(
  context: Context,
  { platform, kind }: Pick<AppInput, "platform" | "kind">,
  clientId: string,
  options: SetOptions,
): Promise<string | null | undefined> {
  if (options.public && options.secretStdin) {
    throw new Failure("usage", "--public and --secret-stdin exclude each other", { hint: "choose one" });
  }
  if (options.public) return null;
  if (options.secretStdin) return requireSecret(await context.readStdin(), "… --secret-stdin < FILE, or --public");
  const stored = (await storedApps(context)).some(
    (app) => app.platform === platform && app.kind === kind && app.clientId === clientId && app.hasSecret,
  );
  if (stored && !context.prompts.interactive) return undefined;
  const answer = await context.prompts.secret("Client secret (empty: none):", "--secret-stdin or --public");
  if (answer.trim() !== "") return answer.trim();
  return stored ? undefined : null;
}

function requireSecret(text: string, hint: string): string {
  const secret = text.trim();
  if (secret === "") throw new Failure("usage", "there is no secret in it", { hint });
  return secret;
}

/** For servers that publish no metadata. */
function explicitMetadata(issuer: string, options: SetOptions): Record<string, string> | null {
  const { authorizeUrl, tokenUrl, revokeUrl, userinfoUrl, deviceUrl } = options;
  const given = { authorizeUrl, tokenUrl, revokeUrl, userinfoUrl, deviceUrl };
  if (Object.values(given).every((url) => url === undefined)) return null;
  for (const url of Object.values(given)) {
    if (url !== undefined && !URL.canParse(url)) throw new Failure("usage", `"${url}" is not a URL`);
  }
  if (!tokenUrl || (!authorizeUrl && !deviceUrl)) {
    throw new Failure("usage", "a server without discovery needs --token-url, and --authorize-url or --device-url");
  }
  return {
    issuer,
    token_endpoint: tokenUrl,
    ...(authorizeUrl ? { authorization_endpoint: authorizeUrl } : {}),
    ...(revokeUrl ? { revocation_endpoint: revokeUrl } : {}),
    ...(userinfoUrl ? { userinfo_endpoint: userinfoUrl } : {}),
    ...(deviceUrl ? { device_authorization_endpoint: deviceUrl } : {}),
  };
}
