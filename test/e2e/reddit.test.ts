/** Reddit with the built program: an app without a secret, a post of each kind, a refresh, the end. */
import { expect, it, onTestFinished } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { freePort, run } from "./command.ts";
import { orderFault, sandboxed } from "./sandboxed.ts";

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string }[];
}

it("from the app's id to posts, and back", { timeout: 120_000 }, async () => {
  const port = await freePort();
  const space = await sandboxed({ registerRedirectUris: [`http://127.0.0.1:${port}/callback/reddit`] });
  onTestFinished(() => space.sandbox.close());
  const env = { ...space.env, AGENCYIQ_REDDIT_CLIENT_ID: "sandbox-reddit_installed-app" };
  const agencyiq = (...args: string[]) => run(args, { env, timeout: 60_000 });
  const publish = (...args: string[]) => agencyiq("publish", "--platform", "reddit", "--json", ...args);

  const connected = await agencyiq("connect", "reddit", "--port", String(port));
  expect(connected, connected.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("reddit/acme") });
  expect((await agencyiq("tokens", "refresh", "--all", "--force")).code).toBe(0);
  const status = await agencyiq("tokens", "status", "--live", "--json");
  expect(status.json()).toMatchObject({
    accounts: [{ refreshable: true, live: { ok: true, detail: "answers as u/acme" } }],
  });

  const words = await publish("Rye and wheat", "--title", "Bread", "--first-comment", "Ask me");
  expect(words.json<Answer>().deliveries, words.stderr).toMatchObject([{ state: "published" }]);
  const untitled = await publish("Rye and wheat");
  expect(untitled).toMatchObject({ code: 7, stdout: expect.stringContaining("wants a title") });
  const unwelcome = await publish("Hi", "--title", "Hello", "--option", "reddit.subreddit=breadbakers");
  expect(unwelcome.code).toBe(7);
  expect(unwelcome.stdout).toContain("wants a flair (--option reddit.flair=TEXT)");
  const link = await publish(
    "--title",
    "Ovens",
    "--link",
    "https://example.com/ovens",
    "--option",
    "reddit.subreddit=sandbox",
    "--option",
    "reddit.flair=question",
  );
  expect(link, link.stdout).toMatchObject({ code: 0 });
  await orderFault(space.sandbox, { platform: "reddit", method: "POST", path: "/api/submit", fault: "drop-after" });
  const picture = await publish("--title", "Loaf", "--image", mediaFile("square.jpg"));
  expect(picture.json<Answer>().deliveries, picture.stderr).toMatchObject([{ state: "published" }]);

  await orderFault(space.sandbox, {
    platform: "reddit",
    method: "POST",
    path: "/api/submit",
    fault: { kind: "error", name: "ratelimit" },
  });
  const later = await publish("x", "--title", "Later");
  expect(later).toMatchObject({ code: 6, stdout: expect.stringContaining("Take a break for 9 minutes") });

  const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as { posts: object[] };
  expect(posts).toMatchObject([{ title: "Loaf" }, { title: "Ovens" }, { text: "Ask me" }, { title: "Bread" }]);
  const [delivery] = words.json<Answer>().deliveries;
  expect((await agencyiq("posts", "delete", delivery?.id ?? "", "--yes")).code).toBe(0);
  const ended = await agencyiq("disconnect", "reddit", "--yes");
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
});
