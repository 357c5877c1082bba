/** `connect --https` by the built binary: the person's browser is a TLS client that trusts the certificate, or does not. */
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort, run, start } from "./command.ts";
import { type Sandboxed, sandboxed } from "./sandboxed.ts";

const path = "/callback/x";

/** A sandbox where the app has https redirect URIs only. */
async function space(): Promise<Sandboxed & { readonly uri: string }> {
  const securePort = await freePort();
  const uri = `https://127.0.0.1:${securePort}${path}`;
  const made = await sandboxed({ registerRedirectUris: [uri] });
  onTestFinished(() => made.sandbox.close());
  return { ...made, port: securePort, uri };
}

async function writtenCertificate({ env, folder }: Sandboxed): Promise<string> {
  const ended = await run(["connect", "--certificate", join(folder, "agencyiq.crt"), "--json"], { env });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const told = ended.json<{ file: string; fingerprint: string }>();
  const certificate = readFileSync(told.file, "utf8");
  expect(new X509Certificate(certificate).fingerprint256).toBe(told.fingerprint);
  expect(certificate).not.toContain("PRIVATE");
  return certificate;
}

/** Approves on the consent page; where the browser is sent. */
async function approved(authorizeUrl: string): Promise<string> {
  const page = await (await fetch(authorizeUrl)).text();
  const id = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const answer = await fetch(authorizeUrl.replace(/\?.*/, ""), {
    method: "POST",
    body: new URLSearchParams({ request: id, person: "acme", decision: "approve" }),
    redirect: "manual",
  });
  return answer.headers.get("location") ?? "";
}

/** Starts `connect --https`; the authorize URL it shows, and what else it says. */
async function connecting({ env, port }: Sandboxed, more: readonly string[] = []) {
  const args = ["connect", "x", "--https", "--no-browser", "--port", String(port), "--json", ...more];
  const command = await start(args, { env });
  const certificate = JSON.parse(await command.line(/"event":"certificate"/)) as Record<string, string>;
  const { url } = JSON.parse(await command.line(/"event":"authorize"/)) as { url: string };
  return { command, certificate, url };
}

async function visit(url: string, certificate: string): Promise<string> {
  const dispatcher = new Agent({ connect: { ca: certificate } });
  onTestFinished(() => dispatcher.close());
  const redirect = await request(url, { dispatcher });
  await redirect.body.dump();
  const page = await request(new URL(String(redirect.headers["location"]), url), { dispatcher });
  return page.body.text();
}

describe("connect --https", () => {
  it("takes the answer over TLS, and with the same certificate the next time", async () => {
    const made = await space();
    const certificate = await writtenCertificate(made);
    for (const round of ["first", "second"]) {
      const { command, certificate: told, url } = await connecting(made);
      expect(told, round).toMatchObject({
        redirectUri: made.uri,
        fingerprint: new X509Certificate(certificate).fingerprint256,
      });
      expect(new URL(url).searchParams.get("redirect_uri")).toBe(made.uri);
      expect(await visit(await approved(url), certificate)).toContain("X is connected");
      const ended = await command.ended;
      expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"connected"') });
    }
  });

  it("is refused by who does not trust it, and goes on waiting for who goes past the warning", async () => {
    const made = await space();
    const certificate = await writtenCertificate(made);
    const { command, url } = await connecting(made);
    const back = await approved(url);
    await expect(request(back)).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    expect(await visit(back, certificate)).toContain("X is connected");
    expect((await command.ended).code).toBe(0);
  });

  it("says in words what to register, and what the browser will warn of", async () => {
    const made = await space();
    const command = await start(["connect", "x", "--https", "--no-browser", "--port", String(made.port)], {
      env: made.env,
    });
    await command.line(/SHA-256 fingerprint/);
    await command.line(/^ {2}([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    await command.line(new RegExp(`redirect URI: ${made.uri}`));
    await command.line(/agencyiq connect --certificate FILE/);
  });

  it("is no answer with --device, nor at a redirect URI that is http or elsewhere", async () => {
    const { env } = await space();
    for (const [args, say] of [
      [["--device"], "exclude each other"],
      [["--redirect-uri", "http://127.0.0.1:8791/callback/x"], "is not https"],
      [["--redirect-uri", "https://agency.example/callback"], "is not on this machine"],
    ] as const) {
      const ended = await run(["connect", "x", "--https", ...args], { env });
      expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining(say) });
    }
  });

  it("a certificate that cannot be written says where", async () => {
    const { env, folder } = await space();
    const ended = await run(["connect", "--certificate", join(folder, "nowhere", "a.crt")], { env });
    expect(ended).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be written (ENOENT)") });
  });
});

describe("connect --manual with an https redirect URI", () => {
  const manual = async (change: (address: string) => string) => {
    const made = await space();
    const command = await start(["connect", "x", "--manual", "--redirect-uri", made.uri, "--json"], {
      env: made.env,
      stdin: null,
    });
    const { url } = JSON.parse(await command.line(/"event":"authorize"/)) as { url: string };
    command.child.stdin?.end(`${change(await approved(url))}\n`);
    return command.ended;
  };

  it.each([
    ["as it is", (address: string) => address],
    ["with Meta's fragment", (address: string) => `${address}#_`],
    ["with Facebook's fragment", (address: string) => `${address}#_=_`],
    ["with that percent-encoded", (address: string) => `${address}%23_%3D_`],
    ["percent-encoded as a whole", (address: string) => encodeURIComponent(`${address}#_=_`)],
    ["its query alone", (address: string) => `${new URL(address).search}#_`],
  ])("takes the address %s", async (_name, change) => {
    const ended = await manual(change);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"connected"') });
  });

  it("refuses one of another place", async () => {
    const ended = await manual((address) => address.replace("127.0.0.1", "localhost"));
    expect(ended).toMatchObject({ code: 2, stdout: expect.stringContaining("is not at") });
  });
});
