import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectPlainly } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { Agent, request } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ServerCertificate } from "../../src/domain/ports/machine.ts";
import { days } from "../../src/domain/time.ts";
import { makeCallbackCertificate } from "../../src/system/callback-certificate.ts";
import { startCallbackServer } from "../../src/system/callback-server.ts";
import { systemClock } from "../../src/system/clock.ts";
import { systemRandom } from "../../src/system/random.ts";

const make = () => makeCallbackCertificate(systemClock, systemRandom);

async function serve(certificate: ServerCertificate, host = "localhost") {
  const server = await startCallbackServer({
    host,
    port: 0,
    path: "/callback/x",
    accepts: (url) => url.searchParams.get("state") === "right",
    certificate,
  });
  onTestFinished(() => server.close());
  return server;
}

function trusting(...certificates: ServerCertificate[]): Agent {
  const agent = new Agent({ connect: { ca: certificates.map(({ certificate }) => certificate) } });
  onTestFinished(() => agent.close());
  return agent;
}

const soon = () => AbortSignal.timeout(5000);

describe("the certificate", () => {
  it("is for this machine alone, for no longer than macOS takes, and no authority", async () => {
    const { certificate, key, fingerprint, expiresAt } = await make();
    const read = new X509Certificate(certificate);
    expect(read.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(read.ca).toBe(false);
    // id-kp-serverAuth of RFC 5280 section 4.2.1.12, and nothing else.
    expect(read.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(read.verify(read.publicKey)).toBe(true);
    expect(fingerprint).toBe(read.fingerprint256);
    expect(key).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    const valid = Date.parse(read.validTo) - Date.parse(read.validFrom);
    expect(valid).toBeLessThanOrEqual(days(825));
    expect(Math.abs(Date.parse(read.validTo) - expiresAt)).toBeLessThan(1000);
  });

  it("has a key of its own each time", async () => {
    const [one, other] = await Promise.all([make(), make()]);
    expect(one.key).not.toBe(other.key);
    expect(one.fingerprint).not.toBe(other.fingerprint);
  });
});

describe("the callback server over TLS", () => {
  it.each(["localhost", "127.0.0.1"])("takes an answer at https://%s from who trusts the certificate", async (name) => {
    const certificate = await make();
    const server = await serve(certificate, name);
    const dispatcher = trusting(certificate);
    const asked = request(`https://${name}:${server.port}/callback/x?code=a&state=right`, { dispatcher });
    const callback = await server.next(soon());
    expect(callback.accepted).toBe(true);
    expect(callback.url.href).toBe(`https://${name}:${server.port}/callback/x?code=a&state=right`);
    const finished = callback.finish({ ok: true, title: "X is connected", text: "Close this page." });
    const redirect = await asked;
    expect(redirect.statusCode).toBe(303);
    expect(redirect.headers["location"]).toBe("/callback/x/done");
    await redirect.body.dump();
    const page = await request(`https://${name}:${server.port}/callback/x/done`, { dispatcher });
    expect(await page.body.text()).toContain("X is connected");
    await finished;
  });

  it("shows no other certificate, so that who trusts another one refuses it", async () => {
    const server = await serve(await make());
    const dispatcher = trusting(await make());
    const asked = request(`https://localhost:${server.port}/callback/x?code=a&state=right`, { dispatcher });
    await expect(asked).rejects.toMatchObject({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  });

  it("answers nothing to what is no TLS, and closes though a connection says nothing", async () => {
    const certificate = await make();
    const server = await serve(certificate, "127.0.0.1");
    const plain = connectPlainly(server.port, "127.0.0.1");
    let heard = "";
    plain.setEncoding("latin1").on("data", (text: string) => {
      heard += text;
    });
    plain.on("error", () => undefined);
    plain.write("GET /callback/x?code=a&state=right HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    await once(plain, "close");
    expect(heard).not.toContain("HTTP/");
    const silent = connectPlainly(server.port, "127.0.0.1");
    await once(silent, "connect");
    silent.on("error", () => undefined);
    const closed = once(silent, "close");
    await server.close();
    await closed;
  });

  it("speaks nothing older than TLS 1.2", async () => {
    const certificate = await make();
    const server = await serve(certificate, "127.0.0.1");
    const old = connectSecurely({
      port: server.port,
      host: "127.0.0.1",
      ca: certificate.certificate,
      minVersion: "TLSv1",
      maxVersion: "TLSv1.1",
      ciphers: "ALL:@SECLEVEL=0",
    });
    await expect(once(old, "secureConnect")).rejects.toThrow(/alert|protocol|version/i);
  });
});
