/** What the sandbox really gave for six networks, looked for in all that commands print and leave, and on command lines. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { pagesOf } from "../../src/sandbox/facebook/pages.ts";
import { defaultPeople } from "../../src/sandbox/options.ts";
import { freePort, run } from "../e2e/command.ts";
import { sandboxed } from "../e2e/sandboxed.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { dressesOf } from "./dresses.ts";
import { watchCommandLines } from "./process-watch.ts";

const [acme] = defaultPeople;
const page = acme ? (pagesOf(acme)[0]?.id ?? "") : "";

it("app secrets and access tokens are nowhere", { timeout: 120_000 }, async () => {
  const port = await freePort();
  const ids = ["facebook", "linkedin", "youtube", "tiktok"];
  const uris = ids.flatMap((id) =>
    ["http://127.0.0.1", "http://localhost"].map((host) => `${host}:${port}/callback/${id}`),
  );
  const space = await sandboxed({ registerRedirectUris: uris });
  onTestFinished(() => space.sandbox.close());
  const lines = await (await fetch(`${space.sandbox.url}/environment`)).text();
  const told = [...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value] as const);
  const env = { ...space.env, ...Object.fromEntries(told) };
  const secrets = new Set(told.flatMap(([name, value]) => (name.endsWith("_SECRET") ? [value] : [])));
  expect(secrets.size).toBeGreaterThanOrEqual(ids.length);
  const seen = new Set<string>();
  let printed = "";
  const command = async (...args: string[]) => {
    const ended = await watchCommandLines(seen, () => run([...args, "--debug", "--json"], { env, timeout: 60_000 }));
    printed += ended.stdout + ended.stderr;
    return ended;
  };
  const ways = {
    facebook: ["--port", `${port}`, "--select", page],
    linkedin: ["--port", `${port}`],
    youtube: [],
    tiktok: [],
  };
  for (const [id, flags] of Object.entries(ways)) {
    const ended = await command("connect", id, ...flags);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  }
  const files: string[] = [];
  const look = () => {
    for (const entry of readdirSync(space.folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(readFileSync(join(entry.parentPath, entry.name)).toString("latin1"));
    }
  };
  const keep = async () => {
    for (const id of ids) {
      const token = (await run(["tokens", "print", id], { env })).stdout.trim();
      expect(token.length, id).toBeGreaterThan(10);
      secrets.add(token);
    }
  };
  await keep();
  expect((await command("tokens", "status", "--live")).code).toBe(0);
  await command("tokens", "refresh", "--all", "--force");
  await keep();
  const picture = ["--image", mediaFile("photo.jpg"), "--alt", "A loaf"];
  expect((await command("publish", "--platform", "facebook,linkedin", "A picture", ...picture)).code).toBe(0);
  expect((await command("publish", "--platform", "facebook", "A film", "--video", mediaFile("film.mp4"))).code).toBe(0);
  // Before there is nothing left to find.
  look();
  for (const id of ids) expect((await command("disconnect", id, "--yes")).code, id).toBe(0);

  look();
  expect(files.length).toBeGreaterThan(0);
  for (const secret of secrets) {
    for (const dress of dressesOf(secret)) {
      expect([printed, ...seen, ...files].filter((text) => text.includes(dress)).length, "a secret in the clear").toBe(
        0,
      );
    }
  }
});
