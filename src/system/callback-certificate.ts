/** The certificate of the loopback server, for platforms that send browsers back by https only. */
import { X509Certificate } from "node:crypto";
import type { Clock, Random, ServerCertificate } from "../domain/ports/machine.ts";
import { days } from "../domain/time.ts";

/** macOS refuses server certificates that are valid for more than 825 days (https://support.apple.com/103769). */
const validity = days(800);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/**
 * Self-signed and no authority: whoever trusts it trusts no other certificate with it. A new key each time, which is nowhere
 * but in what is returned.
 */
export async function makeCallbackCertificate(clock: Clock, random: Random): Promise<ServerCertificate> {
  // The library is built on decorators, which want it to be there first.
  await import("reflect-metadata");
  const x509 = await import("@peculiar/x509");
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  // Browsers' clocks may be behind.
  const notBefore = clock.now() - days(1);
  const expiresAt = clock.now() + validity;
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    // Positive, as RFC 5280 section 4.1.2.2 wants it.
    serialNumber: `01${Buffer.from(random.bytes(15)).toString("hex")}`,
    name: "CN=agencyiq on this machine",
    notBefore: new Date(notBefore),
    notAfter: new Date(expiresAt),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
        { type: "ip", value: "::1" },
      ]),
    ],
  });
  const certificate = `${made.toString("pem")}\n`;
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  return {
    certificate,
    key: `-----BEGIN PRIVATE KEY-----\n${key.match(/.{1,64}/g)?.join("\n")}\n-----END PRIVATE KEY-----\n`,
    fingerprint: new X509Certificate(certificate).fingerprint256,
    expiresAt,
  };
}
