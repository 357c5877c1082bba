/** Tumblr with the built program: one login a blog, posts of each kind. */
import { expect, it, onTestFinished } from "vitest";
import { mediaFile } from "../platforms/connected-x.ts";
import { freePort, run } from "./command.ts";
import { sandboxed } from "./sandboxed.ts";

interface Answer {
  readonly deliveries: readonly { readonly id: string; readonly state: string; readonly url: string }[];
}

it("from the app's keys to posts on two blogs, and back", { timeout: 120_000 }, async () => {
  const port = await freePort();
  const space = await sandboxed({ registerRedirectUris: [`http://localhost:${port}/callback/tumblr`] });
  onTestFinished(() => space.sandbox.close());
  const env = {
    ...space.env,
    AGENCYIQ_TUMBLR_CLIENT_ID: "sandbox-tumblr-key",
    AGENCYIQ_TUMBLR_CLIENT_SECRET: "sandbox-tumblr-secret",
  };
  const agencyiq = (...args: string[]) => run(args, { env, timeout: 60_000 });
  const connect = (...args: string[]) => agencyiq("connect", "tumblr", "--port", String(port), ...args);

  // A login's tokens are for one blog.
  const unsaid = await connect();
  expect(unsaid).toMatchObject({ code: 2, stderr: expect.stringContaining("give --select with one id") });
  const both = await connect("--select", "all");
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("cannot be shared by several accounts") });
  expect(both.stderr).toContain("agencyiq connect tumblr --select t:");
  for (const blog of ["acme", "acme-recipes"]) {
    const ended = await connect("--select", blog);
    expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining(`tumblr/${blog}`) });
  }
  expect((await agencyiq("tokens", "refresh", "--all", "--force")).code).toBe(0);
  const status = await agencyiq("tokens", "status", "--live", "--json");
  const live = { refreshable: true, live: { ok: true, detail: "answers as acme" } };
  expect(status.json()).toMatchObject({ accounts: [live, live] });

  const publish = (...args: string[]) => agencyiq("publish", "--account", "tumblr/acme-recipes", "--json", ...args);
  const post = await publish(
    "Three days",
    "--title",
    "Rye",
    "--tag",
    "bread",
    "--image",
    mediaFile("square.jpg"),
    "--alt",
    "A loaf",
  );
  expect(post.json<Answer>().deliveries, post.stdout).toMatchObject([
    { state: "published", url: expect.stringMatching(/^https:\/\/www\.tumblr\.com\/acme-recipes\/7\d{17}$/) },
  ]);
  const draft = await publish("Later", "--visibility", "draft");
  expect(draft, draft.stdout).toMatchObject({ code: 0 });
  const { posts } = (await (await fetch(`${space.sandbox.url}/timeline.json`)).json()) as { posts: object[] };
  expect(posts).toMatchObject([{ author: { handle: "acme-recipes" }, title: "Rye", media: [{ alt: "A loaf" }] }]);
  const [delivery] = post.json<Answer>().deliveries;
  expect((await agencyiq("posts", "delete", delivery?.id ?? "", "--yes")).code).toBe(0);
  expect((await agencyiq("disconnect", "tumblr/acme", "--yes")).code).toBe(0);
});
