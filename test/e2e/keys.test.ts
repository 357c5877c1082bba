/** Ways in by a pasted key, from the command line: questions at a terminal, flags without one, and what each command says of keys. */
import { expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { run, runOnTerminal, workspace } from "./command.ts";

const relays = "relays=wss://relay.example.com";

async function space() {
  const sandbox = await startSandbox({ port: 0, clock, random });
  onTestFinished(() => sandbox.close());
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const key = await (await fetch(`${sandbox.url}/keys/nostr?person=acme`)).text();
  const refused = async (code: number, ...args: string[]) => {
    const ended = await run(args, { env, stdin: "" });
    expect(ended.code, `${args.join(" ")}: ${ended.stdout}${ended.stderr}`).toBe(code);
    return ended.stderr;
  };
  return { sandbox, env, key, refused };
}

it("walks to the key at a terminal, asks for it without showing it, and says what to do next", async () => {
  const { env, key } = await space();
  const ended = await runOnTerminal(
    ["setup", "nostr"],
    [
      { after: /Relays to write to/, type: "wss://relay.example.com\r" },
      { after: /secret key \(nsec1…\)/, type: `${key.trim()}\r` },
    ],
    { env },
  );
  expect(ended.code, ended.stdout).toBe(0);
  expect(ended.stdout).toMatch(/Setting up Nostr: \d steps?/);
  expect(ended.stdout).toContain("Connected nostr/acme");
  expect(ended.stdout).toContain("agencyiq publish --platform nostr");
  expect(ended.stdout).not.toContain(key.slice(5, 25));
});

it("takes it from standard input, as the sandbox gives it; says what is missing, and what means nothing to it", async () => {
  const { sandbox, env, key, refused } = await space();
  expect(await refused(2, "connect", "nostr")).toMatch(/Relays to write to.*\n.*give --set relays=VALUE/);
  expect(await refused(2, "connect", "nostr", "--set", relays)).toContain("--token-stdin");
  expect(await refused(2, "connect", "nostr", "--set", relays, "--token-stdin")).toContain("no secret key was given");
  expect(await refused(2, "connect", "nostr", "--set", "relays")).toContain("write --set NAME=VALUE");
  for (const flag of ["--device", "--manual", "--https"])
    expect(await refused(2, "connect", "nostr", "--token-stdin", flag)).toContain(`${flag} is nothing`);
  expect(await refused(2, "connect", "x", "--token-stdin")).toContain("--token-stdin is nothing");
  expect(await refused(2, "setup", "nostr")).toContain(
    "agencyiq connect nostr --set relays=VALUE --token-stdin < FILE",
  );
  expect(await refused(2, "apps", "set", "nostr", "--client-id", "a")).toContain("Nostr takes no developer app");
  expect(await refused(2, "apps", "show", "nostr")).toContain("Nostr takes no developer app");
  const connected = await run(["connect", "nostr", "--token-stdin", "--set", relays], { env, stdin: key });
  expect(connected, connected.stderr).toMatchObject({ code: 0, stdout: "Connected nostr/acme (Acme Bakery)\n" });
  const listed = (await (await fetch(`${sandbox.url}/keys`)).json()) as { keys: { platform: string; key: string }[] };
  expect(listed.keys).toContainEqual(expect.objectContaining({ platform: "nostr", key: key.trim() }));
  expect(await (await fetch(sandbox.url)).text()).toContain("/keys/nostr?method=key&amp;person=acme");
  expect((await fetch(`${sandbox.url}/keys/nostr?person=nobody`)).status).toBe(404);
});

it("is in order without an end, is printed to nobody where nobody could present it, and is forgotten", async () => {
  const { env, key, refused } = await space();
  expect(await run(["connect", "nostr", "--token-stdin", "--set", relays], { env, stdin: key })).toMatchObject({
    code: 0,
  });
  const status = (await run(["tokens", "status", "--json"], { env })).json();
  expect(status).toMatchObject({
    accounts: [{ status: "healthy", expiresAt: null, refreshable: false, caution: null, credential: "key" }],
  });
  const refreshed = await run(["tokens", "refresh", "--all", "--force", "--json"], { env });
  expect(refreshed).toMatchObject({ code: 0 });
  expect(refreshed.json()).toMatchObject({ results: [{ outcome: "not_refreshable", error: null }] });
  for (const format of ["token", "header", "env", "json"])
    expect(await refused(2, "tokens", "print", "nostr", "--format", format)).toContain("no token that another program");
  const shown = await run(["platforms", "show", "nostr"], { env });
  expect(shown.stdout).toContain("connect       key: by the secret key, pasted (nsec1…); not sent itself");
  expect(shown.stdout).toContain("--set relays=VALUE");
  const ended = await run(["disconnect", "nostr", "--yes"], { env });
  expect(ended.stdout).toBe("Disconnected nostr/acme (forgotten here; the platform was not told)\n");
});

it("signs in at the sandbox's own authorization server, too", async () => {
  const { env, sandbox, refused } = await space();
  const lines = await (await fetch(`${sandbox.url}/environment`)).text();
  expect(lines).toContain("AGENCYIQ_OIDC_CLIENT_ID=sandbox-oidc-client");
  expect(await refused(2, "connect", "oidc")).toContain("--issuer URL");
  const approve = new URL("../../scripts/approve-consent.mjs", import.meta.url).pathname;
  const oidc = {
    ...env,
    AGENCYIQ_OIDC_CLIENT_ID: "sandbox-oidc-client",
    AGENCYIQ_OIDC_CLIENT_SECRET: "sandbox-oidc-secret",
    BROWSER: `${process.execPath} ${approve}`,
    SANDBOX_PERSON: "acme",
  };
  const issuer = ["--issuer", "https://login.example.com"];
  const connected = await run(["connect", "oidc", ...issuer, "--port", "0"], { env: oidc });
  expect(connected, connected.stderr).toMatchObject({ code: 0, stdout: "Connected oidc/acme (Acme Bakery)\n" });
  expect(await run(["tokens", "refresh", "oidc", "--force"], { env: oidc })).toMatchObject({ code: 0 });
  expect(await run(["tokens", "status", "--live"], { env: oidc })).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("userinfo answers for acme"),
  });
  expect(await run(["disconnect", "oidc", "--yes"], { env: oidc })).toMatchObject({
    stdout: "Disconnected oidc/acme (its tokens are revoked)\n",
  });
});
