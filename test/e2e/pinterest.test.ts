/** Pinterest with the built program: from the app's keys to a pin of each kind. */
import { expect, it, onTestFinished } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { freePort, run } from "./command.ts";
import { orderFault, sandboxed } from "./sandboxed.ts";

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string }[];
}

it("from the app's keys to pins, and back", { timeout: 120_000 }, async () => {
  const port = await freePort();
  const space = await sandboxed({ registerRedirectUris: [`http://localhost:${port}/callback/pinterest`] });
  onTestFinished(() => space.sandbox.close());
  const env = {
    ...space.env,
    AGENCYIQ_PINTEREST_CLIENT_ID: "1400001",
    AGENCYIQ_PINTEREST_CLIENT_SECRET: "sandbox-pinterest-secret",
  };
  const agencyiq = (...args: string[]) => run(args, { env, timeout: 60_000 });
  const publish = (...args: string[]) => agencyiq("publish", "--platform", "pinterest", "--json", ...args);

  const connected = await agencyiq("connect", "pinterest", "--port", String(port));
  expect(connected, connected.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("pinterest/acme") });
  // Refresh tokens that go on and on are asked for.
  const asked = await fetch(`${space.sandbox.url}/_sandbox/requests?platform=pinterest`);
  const { requests } = (await asked.json()) as { requests: { path: string; fields: Record<string, string> }[] };
  expect(requests.find(({ path }) => path === "/v5/oauth/token")?.fields).toMatchObject({ continuous_refresh: "true" });
  expect((await agencyiq("tokens", "refresh", "--all", "--force")).code).toBe(0);
  const status = await agencyiq("tokens", "status", "--live", "--json");
  expect(status.json()).toMatchObject({
    accounts: [{ refreshable: true, live: { ok: true, detail: "answers as acme" } }],
  });

  const nowhere = await publish("Rye", "--image", mediaFile("square.jpg"));
  expect(nowhere).toMatchObject({
    code: 7,
    stdout: expect.stringContaining("--option pinterest.board=NAME, of: Breads"),
  });
  const board = ["--option", "pinterest.board=Breads"];
  await orderFault(space.sandbox, { platform: "pinterest", method: "POST", path: "/v5/pins", fault: "drop-after" });
  const pin = await publish(
    "Three days",
    "--title",
    "Rye",
    "--image",
    mediaFile("square.jpg"),
    "--alt",
    "A loaf",
    ...board,
  );
  expect(pin.json<Answer>().deliveries, pin.stdout).toMatchObject([{ state: "published" }]);
  const carousel = await publish("--image", mediaFile("square.jpg"), "--image", mediaFile("picture.png"), ...board);
  expect(carousel, carousel.stdout).toMatchObject({ code: 0 });
  const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as { posts: object[] };
  expect(posts).toMatchObject([{ media: [{}, {}] }, { title: "Rye", media: [{ alt: "A loaf" }] }]);
  const [delivery] = pin.json<Answer>().deliveries;
  expect((await agencyiq("posts", "delete", delivery?.id ?? "", "--yes")).code).toBe(0);
  expect((await agencyiq("disconnect", "pinterest", "--yes")).code).toBe(0);
});
