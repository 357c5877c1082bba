import { createPrivateKey } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { systemClock } from "../../src/system/clock.ts";
import { keyFileSource } from "../../src/system/key-file.ts";
import { systemRandom } from "../../src/system/random.ts";
import { vaultCustody } from "../../src/vault/custody.ts";
import { freePort, run } from "../e2e/command.ts";
import { approve, sandboxed } from "../e2e/sandboxed.ts";
import { watchCommandLines } from "./process-watch.ts";

/** What the key could be found by: its secret number as bytes, in hexadecimal, in base64url, and as it stands in the PEM. */
function dressesOf(pem: string): string[] {
  const { d = "" } = createPrivateKey(pem).export({ format: "jwk" });
  const bytes = Buffer.from(d, "base64url");
  const body = pem.replace(/-----[^-]+-----|\n/g, "");
  // Its 32 bytes begin at the 36th (RFC 5915 in RFC 5208); the public key after them is in the certificate, too.
  const written = [body.slice(48, 64), body.slice(64, 88)];
  return [...written, d, bytes.toString("latin1"), bytes.toString("hex")];
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return statSync(path).isFile() ? [path] : [];
  });
}

it("the private key of connect --https is nowhere but sealed in the vault", async () => {
  const port = await freePort();
  const made = await sandboxed({ registerRedirectUris: [`https://127.0.0.1:${port}/callback/x`] });
  onTestFinished(() => made.sandbox.close());
  const { folder } = made;
  // The person's browser goes past the warning, and tells what it was given.
  const browser = join(folder, "browser.mjs");
  const note = JSON.stringify(join(folder, "child-environment.txt"));
  writeFileSync(
    browser,
    `import { writeFileSync } from "node:fs"; writeFileSync(${note}, JSON.stringify([process.env, process.argv])); process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"; await import(${JSON.stringify(approve)});`,
  );
  const env: Record<string, string> = { ...made.env, BROWSER: `${process.execPath} ${browser}` };
  const commandLines = new Set<string>();
  const printed: string[] = [];
  const command = async (args: readonly string[]) => {
    const ended = await watchCommandLines(commandLines, () => run([...args, "--debug"], { env }));
    printed.push(ended.stdout, ended.stderr);
    return ended;
  };
  for (const more of [[], ["--json"]]) {
    const ended = await command(["connect", "x", "--https", "--port", String(port), ...more]);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
  }
  expect((await command(["connect", "--certificate", join(folder, "public.crt")])).code).toBe(0);
  expect((await command(["vault", "backup", join(folder, "copy.db")])).code).toBe(0);
  for (const words of [["log"], ["vault", "status", "--check"]]) expect((await command(words)).code).toBe(0);

  const home = env["AGENCYIQ_HOME"] ?? "";
  const source = keyFileSource({
    path: env["AGENCYIQ_KEY_FILE"] ?? "",
    credentialsDirectory: null,
    random: systemRandom,
  });
  const told = { clock: systemClock, random: systemRandom, host: "here", processId: 1, actor: "ada@here" };
  const vault = await vaultCustody({ home, ...told }).open({ sources: [source], explicit: null });
  const kept = await vault.callbackCertificate();
  await vault.close();
  const dresses = dressesOf(kept?.key ?? "");
  // Found where it is, so that it would be found elsewhere.
  for (const dress of dresses.slice(0, 2)) expect(kept?.key).toContain(dress);
  expect(readFileSync(join(folder, "public.crt"), "utf8")).toBe(kept?.certificate);
  const places = [
    ...printed.map((text) => ["output", text] as const),
    ...[...commandLines].map((text) => ["a command line", text] as const),
    ...filesBelow(folder).map((path) => [path, readFileSync(path).toString("latin1")] as const),
  ];
  expect(places.map(([name]) => name)).toContain(join(folder, "child-environment.txt"));
  for (const [name, text] of places) {
    expect(
      dresses.filter((dress) => text.includes(dress)),
      name,
    ).toEqual([]);
  }
}, 60_000);
