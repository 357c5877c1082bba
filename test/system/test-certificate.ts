import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { temporaryFolder } from "./child-program.ts";

/** A self-signed certificate for these names (comma-separated), valid for a day: paths of its key and of itself. */
export function testCertificate(names: string): { key: string; cert: string } {
  const folder = temporaryFolder();
  const key = join(folder, "key.pem");
  const cert = join(folder, "cert.pem");
  const alternatives = names
    .split(",")
    .map((name) => `DNS:${name}`)
    .join(",");
  execFileSync(
    "openssl",
    ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"].concat([
      "-keyout",
      key,
      "-out",
      cert,
      "-subj",
      "/CN=agencyiq test",
      "-addext",
      `subjectAltName=${alternatives}`,
    ]),
    { stdio: "ignore" },
  );
  return { key, cert };
}
