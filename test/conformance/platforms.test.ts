import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messagesOf } from "../../src/app/messages.ts";
import { apiForNewToken } from "../../src/app/platform-api.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { endpointsInForce } from "../../src/oauth/endpoints.ts";
import { createParty } from "../../src/oauth/party.ts";
import { loadPlatform } from "../../src/platforms/index.ts";
import type { Platform } from "../../src/platforms/platform.ts";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { xErrors } from "../../src/sandbox/x/problems.ts";
import type { ConformanceData } from "./conformance.ts";
import { clock, httpTo, random } from "./ports.ts";
import { x } from "./x.ts";

/** Every platform with a twin: its data, and the names of the errors that the twin can give. */
const platforms: readonly { id: string; data: ConformanceData; twinErrors: readonly string[] }[] = [
  { id: "x", data: x, twinErrors: Object.keys(xErrors) },
];

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

  const order = (name: string) =>
    fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ platform: id, ...data.post, fault: { kind: "error", name } }),
    });

  const publish = async () => {
    const [method] = platform.methods;
    if (!method || !platform.publish) throw new Error(`${id} does not publish`);
    const services = { http: httpTo(sandbox.url), clock, keepSecret: () => {} } as unknown as Services;
    const party = await createParty({
      method,
      metadata: null,
      clientId: "c",
      clientSecret: null,
      dpopKey: null,
      clockSkew: 0,
      http: services.http,
      clock,
    });
    const token = { value: "any", type: "Bearer" };
    const api = apiForNewToken(services, platform, endpointsInForce(method, null), party, token);
    const [message] = messagesOf(draftOf({ text: "hello" }));
    if (!message) throw new Error("no message");
    return platform.publish.commit(api, message, {
      prepared: null,
      idempotencyKey: "key",
    });
  };

  it("knows what every error of its twin means", () => {
    expect(Object.keys(data.errors)).toEqual(expect.arrayContaining(twinErrors.filter((name) => !oauthOnly.has(name))));
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
    expect((failure as Failure).message).toMatch(new RegExp(`^${platform.name} answered \\d{3}: .+`));
  });

  it.each(["drop-before", "drop-after"])("%s leaves the outcome of a post unknown", async (kind) => {
    const body = JSON.stringify({ platform: id, ...data.post, fault: kind });
    await fetch(`${sandbox.url}/_sandbox/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    await expect(publish()).rejects.toMatchObject({ code: "delivery_unknown" });
  });
});

/** Errors of the token endpoint: the refresh tests cover those. */
const oauthOnly = new Set(["token-invalid", "invalid-grant", "unauthorized-client"]);
