import { expect, it, onTestFinished } from "vitest";
import { freePort, run } from "../e2e/command.ts";
import { startMarkedServer } from "./marked-server.ts";
import { clientSecret, leaksIn, markedWorkspace, Watch } from "./watch.ts";

it("plants them in OAuth 1.0a, too: the app's secret, the token's, the verifier", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = markedWorkspace();
  const env = {
    ...space.env,
    AGENCYIQ_ENDPOINT_URL: server.url,
    AGENCYIQ_X_CONSUMER_KEY: "key",
    AGENCYIQ_X_CONSUMER_SECRET: clientSecret,
  };
  const watch = new Watch({ ...space, env });
  const connect = async () =>
    watch.command("connect", ["x", "--credential", "oauth1", "--port", String(await freePort())]);

  expect(await connect()).toBe(0);
  const set = ["x", "--credential", "oauth1", "--client-id", "key", "--secret-stdin"];
  expect(await watch.command("apps set", set, { stdin: clientSecret })).toBe(0);
  const pin = ["x", "--credential", "oauth1", "--manual"];
  expect(await watch.command("connect", pin, { stdin: "1234567\n" })).toBe(0);
  expect(await watch.both("publish", ["--account", "x", "hello"])).toEqual([0, 0]);
  const newest = async () => {
    const { posts } = (await run(["posts", "list", "--json"], { env })).json<{ posts: { id: string }[] }>();
    return posts[0]?.id ?? "";
  };
  expect(await watch.both("posts delete", [await newest(), "--yes"])).toEqual([0, 0]);
  expect(await watch.command("publish", ["--account", "x", "--at", "+1h", "later"])).toBe(0);
  const later = await newest();
  expect(await watch.both("posts edit", [later, "other words", "--at", "+2h"])).toEqual([0, 0]);
  await watch.readers(0, ["posts show", "posts export"], [later]);
  for (const verb of ["approve", "cancel", "retry"])
    expect(await watch.both(`posts ${verb}`, [later]), verb).toEqual([0, 0]);
  await watch.readers(0, ["tokens status"], ["--live"]);
  await watch.readers(2, ["tokens print"], ["x"]);
  await watch.readers(0, ["accounts show", "apps show", "platforms show"], ["x"]);
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    expect(await connect(), echo).toBe(0);
    server.refuse(echo);
    expect(await connect(), echo).toBe(4);
    expect(await watch.both("disconnect", ["x", "--yes"]), echo).toEqual([1, 1]);
    expect(await watch.both("publish", ["--account", "x", `hello ${echo}`]), echo).toEqual([4, 4]);
    expect(await watch.both("posts retry", [await newest()]), echo).toEqual([4, 4]);
    const failed = await newest();
    await watch.readers(0, ["posts list", "posts reconcile"]);
    await watch.readers(0, ["posts show"], [failed]);
    expect(await watch.command("posts cancel", [failed]), echo).toBe(0);
    expect(await watch.both("publish", ["--due"]), echo).toEqual([0, 0]);
    await watch.readers(4, ["tokens status"], ["--live"]);
  }
  await watch.readers(0, ["log"], ["--limit", "10000"]);
  server.refuse(null);
  expect(await watch.command("disconnect", ["x", "--yes"])).toBe(0);
  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
}, 300_000);

it("plants them in a login with several identities: the login's token, and those of its Pages", async () => {
  const server = await startMarkedServer();
  onTestFinished(() => server.close());
  const space = markedWorkspace();
  const env = {
    ...space.env,
    AGENCYIQ_ENDPOINT_URL: server.url,
    AGENCYIQ_FACEBOOK_CLIENT_ID: "app",
    AGENCYIQ_FACEBOOK_CLIENT_SECRET: clientSecret,
  };
  const watch = new Watch({ ...space, env });
  const connect = async (...more: string[]) =>
    watch.command("connect", ["facebook", "--port", String(await freePort()), ...more]);

  // What there is to choose from is told, and the Pages' tokens came with it.
  expect(await connect()).toBe(2);
  expect(await connect("--select", "nobody")).toBe(2);
  expect(await connect("--select", "all")).toBe(0);
  await watch.readers(0, ["tokens status"], ["--live"]);
  expect(await watch.both("tokens refresh", ["--all", "--force"])).toEqual([0, 0]);
  expect(await watch.both("publish", ["--account", "facebook/100", "hello"])).toEqual([0, 0]);
  await watch.readers(0, ["accounts show"], ["facebook/100"]);
  await watch.readers(0, ["log"]);
  for (const echo of ["raw", "cut", "decoded"] as const) {
    server.refuse(null);
    expect(await connect("--select", "100", "--select", "200"), echo).toBe(0);
    server.refuse(echo);
    expect(await connect("--select", "all"), echo).not.toBe(0);
    await watch.readers(4, ["tokens status"], ["--live"]);
    // What is told back may be taken for another refusal, as that of a wrong proof.
    expect(await watch.both("publish", ["--account", "facebook/200", `hello ${echo}`]), echo).not.toContain(0);
    await watch.readers(0, ["posts list"]);
    expect(await watch.command("tokens refresh", ["--all", "--force"]), echo).not.toBe(0);
  }
  await watch.readers(0, ["log", "notify log"], ["--limit", "10000"]);
  expect(await watch.command("disconnect", ["facebook/100", "--yes"])).toBe(0);
  expect(await watch.command("disconnect", ["facebook/200", "--yes"])).not.toBeNull();
  for (const line of watch.commandLines) expect(leaksIn(line), `a command line: ${line}`).toEqual([]);
}, 300_000);
