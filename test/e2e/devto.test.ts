/** DEV from a pasted key to an article, with the built program. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keyed, type Published } from "./keyed.ts";

it("connects by a key, publishes a post file, changes it, and lets go", { timeout: 60_000 }, async () => {
  const { ok, folder, timeline } = await keyed();
  const refused = await ok(["connect", "devto", "--token-stdin"], { stdin: "mistyped\n", code: 4 });
  expect(refused.stderr).toContain("https://dev.to/settings/extensions");
  expect(refused.stderr).not.toContain("mistyped");
  const connected = await ok(["connect", "devto", "--token-stdin"], { stdin: "sandbox-devto-acme\n" });
  expect(connected.stdout).toContain("devto/acme (Acme Bakery)");
  const live = await ok(["tokens", "status", "--live"]);
  expect(live.stdout).toContain("answers as acme");
  const file = join(folder, "rye.md");
  const head = ["---", "to: devto", "title: Rye", "tags: [Bread]", "link: https://acme.example/rye", "---"];
  writeFileSync(file, [...head, "Three *days*.", "", "***", "", "And more."].join("\n"));
  const answer = (await ok(["publish", "--file", file, "--json"])).json<Published>();
  expect(await timeline()).toMatchObject([
    { platform: "devto", title: "Rye", text: "Three *days*.\n\n***\n\nAnd more.", url: answer.deliveries[0]?.url },
  ]);
  const changed = [
    "publish",
    "--platform",
    "devto",
    "Four days.",
    "--title",
    "Rye",
    "--link",
    "https://acme.example/rye",
  ];
  await ok(changed);
  expect(await timeline()).toMatchObject([{ text: "Four days.", url: answer.deliveries[0]?.url }]);
  const picture = await ok(["publish", "--platform", "devto", "![x](x.jpg)", "--title", "Rye"], { code: 7 });
  expect(picture.stderr).toContain("DEV takes no uploads");
  await ok(["disconnect", "devto/acme", "--yes"]);
});
