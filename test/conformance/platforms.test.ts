import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { oauth1Party } from "../../src/app/credential-party.ts";
import { messagesOf } from "../../src/app/messages.ts";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { endpointsInForce } from "../../src/oauth/endpoints.ts";
import { requestToken } from "../../src/oauth/oauth1.ts";
import { loadPlatform, platformIds } from "../../src/platforms/index.ts";
import type { Api, ConnectMethod, Platform, Step } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import type { MakeTwin } from "../../src/sandbox/twin.ts";
import { createWorld } from "../../src/sandbox/world.ts";
import { conversations } from "../../src/system/websocket.ts";
import type { ConformanceData } from "./conformance.ts";
import { clock, httpTo, random } from "./ports.ts";

/** Every platform that there is: what it brings to the suite, and the names of the errors that its twin can give. */
const platforms = await Promise.all(
  platformIds.map(async (id) => {
    const { data } = (await import(`./platforms/${id}.ts`)) as { readonly data: ConformanceData };
    const { makeTwin } = (await import(`../../src/sandbox/${id}/twin.ts`)) as { readonly makeTwin: MakeTwin };
    const errors = Object.keys(makeTwin(createWorld({ port: 0, clock, random })).errors);
    return { id, data, twinErrors: errors.filter((name) => !data.otherErrors?.test(name)) };
  }),
);

describe.each(platforms)("$id", ({ id, data, twinErrors }) => {
  let sandbox: Sandbox;
  let platform: Platform;

  beforeAll(async () => {
    sandbox = await startSandbox({ port: 0, clock, random });
    const loaded = await loadPlatform(id);
    if (!loaded) throw new Error(`no platform ${id}`);
    platform = loaded;
  });
  afterAll(() => sandbox.close());

  const { tries: times = 1 } = data;
  const order = (name: string) => orderAny({ kind: "error", name });
  const orderAny = (fault: object) =>
    fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: id, ...data.post, times, fault }),
    });
  // Of an error that is told at once, the other times are still to come.
  afterEach(() => fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" }));

  const patient = { ...clock, sleep: async () => {} };
  const services = () =>
    ({
      http: httpTo(sandbox.url),
      talk: conversations(httpTo(sandbox.url), new AbortController().signal),
      clock: patient,
      random,
      keepSecret: () => {},
    }) as unknown as Services;

  const app = { clientId: "any", clientSecret: "any" };

  /** With a token of the given way in; the twin gives the ordered error before it looks at the token. */
  const apiBy = async (method: ConnectMethod, asked: Platform = platform): Promise<Api> => {
    if (method.kind === "oauth1") {
      const keys = { consumerKey: "k", consumerSecret: "s", token: "any", tokenSecret: "t" };
      const token = { value: "any", type: "OAuth1" };
      return apiForNewToken(services(), asked, {}, token, { signingKeys: async () => keys }, app);
    }
    const token = { value: data.token ?? "any", type: "Bearer", method: method.id };
    const discovered = data.endpoints ? { userinfo_endpoint: data.endpoints.userinfo } : null;
    const endpoints = method.kind === "oauth2" ? endpointsInForce(method, discovered) : {};
    const place = { instance: data.instance ?? null, facts: data.facts ?? {} };
    return apiForNewToken(services(), asked, endpoints, token, {}, app, place);
  };

  /** OAuth 2, or else the first, unless the data names another one. */
  const usualWay = (): ConnectMethod | undefined => {
    const { methods } = platform;
    if (data.method !== undefined) return methods.find((method) => method.id === data.method);
    return methods.find(({ kind }) => kind === "oauth2") ?? methods[0];
  };

  const oauth1 = () => platform.methods.find(({ kind }) => kind === "oauth1");

  /** The request that is answered with errors: the one that posts; where there is none, that of the live check. */
  const publish = async (method = usualWay(), asked: Platform = platform) => {
    if (!method) throw new Error(`${id} has no such way in`);
    // Of a platform for tokens only.
    if (!platform.publish) return asked.check(await apiBy(method, asked));
    const [message] = messagesOf(draftOf({ text: "hello", ...data.draft }), platform.limits);
    if (!message) throw new Error("no message");
    const step: Step = (_name, work) => work();
    const sending = { prepared: data.prepared, idempotencyKey: "key", step };
    const api = { ...(await apiBy(method, asked)), externalId: data.externalId ?? null };
    return platform.publish.commit(api, message, sending);
  };

  it("knows what every error of its twin means", () => {
    const told = (name: string) => !oauthOnly.has(name) && !Object.hasOwn(data.oauth1Errors ?? {}, name);
    expect(Object.keys(data.errors)).toEqual(expect.arrayContaining(twinErrors.filter(told)));
  });

  it.each(Object.entries(data.errors))("%s means %s", async (name, code) => {
    expect((await order(name)).status).toBe(201);
    const failure = await publish().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code });
    // The platform's own words are kept for the person who has to act on them.
    expect((failure as Failure).message).toMatch(new RegExp(`^${platform.name} answered( \\d{3})?: .+`));
  });

  it("has no row in its failure table that nothing here provokes", async () => {
    const numbered = platform.failures.map((rule, index) => ({ ...rule, say: `row ${index}.` }));
    const met = new Set<number>();
    const named = Object.keys(data.errors).map((name) => ({ kind: "error", name }));
    // What stands before a platform answers with pages of its own: only their status says something.
    const pages = [400, 401, 403, 404, 429].map((status) => ({ kind: "html", status }));
    for (const fault of [...named, ...pages]) {
      await orderAny(fault);
      const failure = await publish(undefined, { ...platform, failures: numbered }).catch((error: Failure) => error);
      const [, row] = /: row (\d+)\./.exec(failure instanceof Failure ? failure.message : "") ?? [];
      if (row !== undefined) met.add(Number(row));
      await fetch(`${sandbox.url}/_sandbox/faults`, { method: "DELETE" });
    }
    const unmet = platform.failures.filter((_rule, index) => !met.has(index));
    expect(unmet).toEqual(unmet.filter((rule) => data.metElsewhere?.(rule)));
  });

  it.each(data.oauth1Errors ? Object.entries(data.errors) : [])(
    "%s means %s to a signed request",
    async (name, code) => {
      expect((await order(name)).status).toBe(201);
      await expect(publish(oauth1())).rejects.toMatchObject({ code });
    },
  );

  it.each(Object.entries(data.oauth1Errors ?? {}))("%s means %s to whoever connects", async (name, code) => {
    const keys = { consumerKey: "sandbox-x-api-key", consumerSecret: "any" };
    const party = oauth1Party(services(), platform, "oauth1", keys);
    const path = new URL(party.endpoints.requestToken).pathname;
    await fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: id, method: "POST", path, fault: { kind: "error", name } }),
    });
    const failure = await requestToken(party, "oob").catch((error: unknown) => error);
    expect(failure).toMatchObject({ code });
    expect((failure as Failure).message).toMatch(new RegExp(`^${platform.name} answered \\d{3}: .+`));
  });

  it("takes a 503 that is no word of the platform's own for a proxy that gave up waiting", async () => {
    // A relay's messages have no status.
    if (!platform.publish || data.post.method === "EVENT") return;
    await orderAny({ kind: "html", status: 503 });
    await expect(publish()).rejects.toMatchObject({ code: "delivery_unknown" });
  });

  it.each(["drop-before", "drop-after"])("%s leaves the outcome of a post, and of no check, unknown", async (kind) => {
    const body = JSON.stringify({ platform: id, ...data.post, fault: kind });
    await fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const unanswered = data.unanswered ?? (platform.publish ? "delivery_unknown" : "network");
    await expect(publish()).rejects.toMatchObject({ code: unanswered });
  });
});

/** Errors of the token endpoint: the refresh tests cover those. */
const oauthOnly = new Set(["token-invalid", "invalid-grant", "unauthorized-client"]);
