/** Connecting that must fail, and how: with the built binary against oidc-provider. */
import { connect as connectSocket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type Ended, freePort, run, start } from "../e2e/command.ts";
import {
  accountsOf,
  connectCommand,
  decide,
  type ErrorDocument,
  lastDocument,
  open,
  type Setting,
  setting,
  startConnecting,
} from "./connection.ts";
import { publicClient } from "./oidc-server.ts";
import { approve, approveDevice } from "./person.ts";

function errorOf(ended: Ended): ErrorDocument["error"] & { readonly exit: number | null } {
  return { ...lastDocument<ErrorDocument>(ended).error, exit: ended.code };
}

async function expectNothingStored(space: Setting): Promise<void> {
  expect(await accountsOf(space)).toEqual([]);
}

/** Whether something still listens there. */
function isOpen(redirectUri: string): Promise<boolean> {
  const { hostname, port } = new URL(redirectUri);
  return new Promise((resolve) => {
    const socket = connectSocket({ host: hostname, port: Number(port) });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

describe("connect oidc refuses", () => {
  it("an answer with another state: nothing is exchanged", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const back = new URL(await approve(connecting.url));
    back.searchParams.set("state", "a".repeat(43));
    const page = await open(back.href);
    expect(page.status).toBe(400);
    expect(page.text).toContain("belongs to another attempt");
    expect(page.url).not.toContain("code=");
    const ended = await connecting.ended;
    expect(errorOf(ended)).toMatchObject({ exit: 4, code: "state_mismatch", hint: expect.stringContaining("again") });
    expect(space.server.requests({ route: "token" })).toEqual([]);
    await expectNothingStored(space);
  });

  it("an answer from another issuer, or from one that does not say which it is", async () => {
    const space = await setting();
    for (const issuer of ["https://evil.example", null]) {
      space.server.answerAs(issuer);
      const connecting = await startConnecting(space);
      const page = await decide(connecting);
      expect(page.status).toBe(400);
      expect(errorOf(await connecting.ended)).toMatchObject({ exit: 4, code: "issuer_mismatch" });
    }
    // Not asked even once: the code and its verifier reached nobody.
    expect(space.server.requests({ route: "token" })).toEqual([]);
    await expectNothingStored(space);
  });

  it("what the person denied", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    const page = await decide(connecting, { deny: true });
    expect(page.status).toBe(400);
    expect(page.text).toContain("was not connected");
    expect(errorOf(await connecting.ended)).toMatchObject({
      exit: 4,
      code: "consent_denied",
      hint: expect.stringMatching(/^approve it this time: agencyiq connect oidc --issuer http/),
    });
    await expectNothingStored(space);
  });

  it("what the person denied on another device", async () => {
    const space = await setting();
    const started = await start(connectCommand(space, ["--device", "--json"]), { env: space.env });
    const event = JSON.parse(await started.line(/"event":"device"/)) as Record<string, string>;
    await approveDevice(`${event["verificationUri"]}?user_code=${event["userCode"]}`, { deny: true });
    expect(errorOf(await started.ended)).toMatchObject({ exit: 4, code: "consent_denied" });
    await expectNothingStored(space);
  });

  it("a device code that nobody entered in time", async () => {
    const space = await setting({ deviceCodeLifetime: 2 });
    const ended = await run(connectCommand(space, ["--device", "--json"]), { env: space.env });
    expect(errorOf(ended)).toMatchObject({ exit: 4, code: "authorization_timeout" });
  });

  it("a code that has expired, and one that was used before", async () => {
    const space = await setting({ codeLifetime: 1 });
    for (const spoil of [() => sleep(2100), (code: string) => space.server.spendCode(code)]) {
      const connecting = await startConnecting(space);
      const back = await approve(connecting.url);
      await spoil(new URL(back).searchParams.get("code") ?? "");
      expect((await open(back)).status).toBe(400);
      expect(errorOf(await connecting.ended)).toMatchObject({ exit: 4, code: "code_expired" });
    }
    await expectNothingStored(space);
  });

  it("to wait longer than --timeout", async () => {
    const space = await setting();
    const connecting = await startConnecting(space, ["--timeout", "1"]);
    expect(errorOf(await connecting.ended)).toMatchObject({
      exit: 4,
      code: "authorization_timeout",
      hint: expect.stringContaining("--timeout"),
    });
    expect(await isOpen(connecting.redirectUri)).toBe(false);
  });

  it("to go on after Ctrl-C: the port is closed, nothing is stored", async () => {
    const space = await setting();
    const connecting = await startConnecting(space);
    expect(await isOpen(connecting.redirectUri)).toBe(true);
    connecting.kill("SIGINT");
    const ended = await connecting.ended;
    expect(ended).toMatchObject({ code: 130, stderr: "" });
    expect(ended.stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(await isOpen(connecting.redirectUri)).toBe(false);
    await expectNothingStored(space);
  });

  it("an issuer that is not there, and one that is no issuer", async () => {
    const space = await setting();
    const away = `http://127.0.0.1:${await freePort()}`;
    const connectTo = (issuer: string) =>
      run(["connect", "oidc", "--issuer", issuer, "--client-id", "any", "--no-browser", "--json"], { env: space.env });
    expect(errorOf(await connectTo(away))).toMatchObject({ exit: 6, code: "network" });
    expect(errorOf(await connectTo(`${space.server.issuer}/tenant`))).toMatchObject({ exit: 1, code: "protocol" });
    await expectNothingStored(space);
  });

  it("a client that the server does not know", async () => {
    const space = await setting();
    const args = [
      "connect",
      "oidc",
      "--issuer",
      space.server.issuer,
      "--client-id",
      "nobody",
      "--no-browser",
      "--json",
    ];
    expect(errorOf(await run(args, { env: space.env }))).toMatchObject({ exit: 1, code: "app_refused" });
  });

  it("to lose a code's answer silently: the person is told to run it again", async () => {
    const space = await setting();
    space.server.order({ route: "token", grant: "authorization_code" }, { kind: "drop-after" });
    const connecting = await startConnecting(space);
    const page = await decide(connecting);
    expect(page.status).toBe(400);
    expect(errorOf(await connecting.ended)).toMatchObject({ exit: 6, code: "network" });
    expect(space.server.requests({ route: "token" })).toHaveLength(1);
    await expectNothingStored(space);
  });

  it("in one line and a way to mend it, without --json", async () => {
    const space = await setting();
    const started = await start(connectCommand(space, ["--no-browser"]), { env: space.env });
    const url = (await started.line(new RegExp(`client_id=${publicClient.client_id}`))).trim();
    await fetch(await approve(url, { deny: true }));
    const ended = await started.ended;
    expect(ended).toMatchObject({ code: 4, stdout: "" });
    const told = ended.stderr.slice(ended.stderr.lastIndexOf("…") + 1).trim();
    expect(told.split("\n")).toEqual([expect.stringMatching(/access was denied/), expect.stringMatching(/mend: /)]);
  });
});
