/** Medium by a token from before, and without one, with the built program. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keyed, type Published } from "./keyed.ts";

it("says that no new tokens are given, and publishes with one that there is", { timeout: 90_000 }, async () => {
  const { ok, timeline } = await keyed();
  const shown = await ok(["platforms", "show", "medium"]);
  expect(shown.stdout).toContain("no new integration tokens since 1 January 2025");
  const connected = await ok(["connect", "medium", "--token-stdin"], { stdin: "sandbox-medium-acme\n" });
  expect(connected.stdout).toContain("medium/acme (Acme Bakery)");
  expect(connected.stderr).toContain("agencyiq posts export");
  const live = await ok(["tokens", "status", "--live"]);
  expect(live.stdout).toContain("answers as acme");
  expect(live.stdout + live.stderr).toContain("may end any day");
  const answer = await ok(["publish", "--platform", "medium", "Three *days*.", "--title", "Rye", "--json"]);
  const [delivery] = answer.json<Published>().deliveries;
  expect(await timeline()).toMatchObject([{ text: "# Rye\n\nThree *days*.", url: delivery?.url }]);
  const exported = await ok(["posts", "export", delivery?.id ?? "", "--format", "markdown"]);
  expect(exported.stdout).toBe("# Rye\n\nThree *days*.\n");
  await ok(["disconnect", "medium/acme", "--yes"]);
});

it("writes a page to be pasted, for who has no token", { timeout: 60_000 }, async () => {
  const { ok, folder } = await keyed();
  const file = join(folder, "rye.md");
  const head = ["---", "title: Rye & time", "language: en", "link: https://acme.example/rye"];
  writeFileSync(file, [...head, "images: [{file: loaf.jpg, alt: A loaf}]", "---", "Three *days*."].join("\n"));
  const out = join(folder, "rye.html");
  const written = await ok(["posts", "export", "--file", file, "--platform", "medium", "--out", out]);
  expect(written.stdout.trim()).toBe(out);
  expect(written.stderr).toContain("https://medium.com/p/import");
  const page = readFileSync(out, "utf8");
  expect(page).toContain('<html lang="en">');
  expect(page).toContain("<title>Rye &amp; time</title>");
  expect(page).toContain('<link rel="canonical" href="https://acme.example/rye">');
  expect(page).toContain("<h1>Rye &amp; time</h1>\n<p>Three <em>days</em>.</p>");
  expect(page).toContain(`<img src="${join(folder, "loaf.jpg")}" alt="A loaf">`);
  const both = await ok(["posts", "export", "0123", "--file", file], { code: 2 });
  expect(both.stderr).toContain("exclude each other");
  await ok(["posts", "export"], { code: 2 });
  await ok(["posts", "export", "--file", file, "--format", "pdf"], { code: 2 });
  await ok(["posts", "export", "--file", file, "--platform", "mediun"], { code: 2 });
});
