/** A platform as an account that was connected by a key publishes to it: its own functions, over real requests to its twin. */
import { tmpdir } from "node:os";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import type { HttpRequest } from "../../src/domain/ports/http.ts";
import type { Api, Message, Platform, Published, Publishing, Sending } from "../../src/platforms/platform.ts";
import type { Sandbox, SandboxOptions } from "../../src/sandbox/options.ts";
import { mediaFiles } from "../../src/system/media-files.ts";
import { clock, httpTo, random } from "../conformance/ports.ts";
import { start } from "../sandbox/start.ts";
import { rememberedSteps } from "./connected-x.ts";

export interface KeyAccount {
  readonly method?: string;
  readonly token: string;
  readonly instance?: string;
  readonly facts?: Readonly<Record<string, string>>;
  readonly handle?: string;
  readonly externalId?: string;
  /** Told the address of every page that is shown; absent: there is no browser. */
  readonly browser?: (url: string) => Promise<boolean>;
  readonly sandbox?: Sandbox;
}

export interface ConnectedByKey {
  readonly sandbox: Sandbox;
  readonly api: Api;
  readonly publishing: Publishing;
  readonly sent: HttpRequest[];
  /** In seconds; the sandbox's time went on by as much. */
  readonly waits: number[];
}

export async function connectedByKey(
  platform: Platform,
  { method, token, instance, facts = {}, handle, externalId, browser, ...given }: KeyAccount,
  options: Partial<SandboxOptions> = {},
): Promise<ConnectedByKey> {
  const sandbox = given.sandbox ?? (await start(options));
  const [sent, waits]: [HttpRequest[], number[]] = [[], []];
  const http = httpTo(sandbox.url);
  let passed = 0;
  const services = {
    http: {
      ...http,
      send: (request: HttpRequest) => {
        sent.push(request);
        return http.send(request);
      },
    },
    clock: {
      now: () => clock.now() + passed,
      sleep: async (milliseconds: number) => {
        waits.push(milliseconds / 1000);
        passed += milliseconds;
        await control(sandbox, "/clock", { advance: milliseconds / 1000 });
      },
    },
    random,
    media: mediaFiles(tmpdir()),
    browser: { open: browser ?? (async () => false) },
    keepSecret: () => {},
  } as unknown as Services;
  const made = method ?? platform.methods[0]?.id ?? "";
  const place = { instance: instance ?? null, facts };
  const app = { clientId: "", clientSecret: null };
  const api = apiForNewToken(services, platform, {}, { value: token, type: "Bearer", method: made }, {}, app, place);
  if (!platform.publish) throw new Error(`${platform.name} does not publish`);
  const account = { ...api, handle: handle ?? null, externalId: externalId ?? null };
  return { sandbox, api: account, publishing: platform.publish, sent, waits };
}

export async function control(sandbox: Sandbox, path: string, body: unknown): Promise<void> {
  const response = await fetch(`${sandbox.url}/_sandbox${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
}

/** `target`: "PUT /path". */
export function fault({ sandbox }: Pick<ConnectedByKey, "sandbox">, platform: string, target: string, kind: unknown) {
  const [method, path] = target.split(" ");
  return control(sandbox, "/faults", { platform, method, path, fault: kind });
}

interface Begun {
  readonly published: Published;
  readonly sending: Sending;
}

export async function publish(
  { api, publishing }: ConnectedByKey,
  message: Message,
  { idempotencyKey = "key" } = {},
): Promise<Begun> {
  const sending = await begin({ api, publishing }, message, { idempotencyKey });
  return { published: await publishing.commit(api, message, sending), sending };
}

/** As far as nothing is public. */
export async function begin(
  { api, publishing }: Pick<ConnectedByKey, "api" | "publishing">,
  message: Message,
  { idempotencyKey = "key" } = {},
): Promise<Sending> {
  const { step } = rememberedSteps();
  const prepared = publishing.prepare ? await publishing.prepare(api, message, step) : null;
  return { prepared, idempotencyKey, step };
}

export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw new Error(`no failure: ${error}`);
}

export async function timeline({ url }: Sandbox): Promise<readonly Record<string, unknown>[]> {
  return ((await (await fetch(`${url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] }).posts;
}
