/** WordPress from an application password to a post, with the built program. */
import { expect, it } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { keyed, type Published } from "./keyed.ts";

const connect = (instance: string) => [
  "connect",
  "wordpress",
  "--instance",
  instance,
  "--set",
  "user=acme",
  "--token-stdin",
];
const stdin = "sand box word acme xxxx xxxx\n";

it("finds the site, connects, publishes, and moves to the trash", { timeout: 90_000 }, async () => {
  const { ok, timeline } = await keyed();
  const open = await ok(connect("http://bakery.example"), { stdin, code: 2 });
  expect(open.stderr).toContain("is not https");
  const wrong = await ok(connect("bakery.example"), { stdin: "aaaa bbbb\n", code: 4 });
  expect(wrong.stderr).toContain("the application password is not known");
  const connected = await ok(connect("bakery.example"), { stdin });
  expect(connected.stdout).toContain("wordpress/acme@www.bakery.example (Acme Bakery)");
  const live = await ok(["tokens", "status", "--live"]);
  expect(live.stdout).toContain("answers as Acme Bakery");
  const words = ["Three **days**.", "--title", "Rye", "--image", mediaFile("photo.jpg"), "--alt", "A loaf"];
  const answer = (await ok(["publish", "--platform", "wordpress", ...words, "--json"])).json<Published>();
  const [delivery] = answer.deliveries;
  expect(delivery?.url).toMatch(/^https:\/\/www\.bakery\.example\/rye-[0-9a-z]+\/$/);
  expect(await timeline()).toMatchObject([
    { title: "Rye", text: "<p>Three <strong>days</strong>.</p>", url: delivery?.url, media: [{ alt: "A loaf" }] },
  ]);
  await ok(["posts", "delete", delivery?.id ?? "", "--yes"]);
  expect(await timeline()).toEqual([]);
  const gone = await ok(["disconnect", "wordpress/acme@www.bakery.example", "--yes", "--debug"]);
  expect(gone.stdout + gone.stderr).not.toContain("sandboxword");
});
