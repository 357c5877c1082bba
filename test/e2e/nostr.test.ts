/** Nostr from a pasted key to notes that relays have once, with the built program. */
import { expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { run, workspace } from "./command.ts";
import { orderFault } from "./sandboxed.ts";

const first = "/relay.example.com";
const second = "/relay.example.org";

async function space() {
  const sandbox = await startSandbox({ port: 0, clock, random });
  onTestFinished(() => sandbox.close());
  const { env } = workspace({ AGENCYIQ_ENDPOINT_URL: sandbox.url });
  const key = (await import("../../src/sandbox/nostr/people.ts")).nsecOf({ handle: "acme", name: "Acme Bakery" });
  const connect = (input: string, ...args: string[]) =>
    run(["connect", "nostr", "--token-stdin", "--set", "relays=wss://relay.example.com", ...args], {
      env,
      stdin: input,
    });
  const publish = (...args: string[]) => run(["publish", "--platform", "nostr", "--json", ...args], { env });
  const notes = async () => {
    const response = await fetch(`${sandbox.url}/timeline.json`);
    return ((await response.json()) as { posts: Note[] }).posts.reverse();
  };
  return { sandbox, env, key, connect, publish, notes };
}

interface Note {
  readonly id: string;
  readonly text: string;
  readonly title?: string;
  readonly url: string;
  readonly replyTo: string | null;
  readonly quotes: string | null;
}

it("connects by a key that is shown nowhere, and says who it is and where it writes", async () => {
  const { env, key, connect } = await space();
  const npub = await connect("npub1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq");
  expect(npub).toMatchObject({ code: 2, stderr: expect.stringContaining("an npub is the public key") });
  const cut = await connect(key.slice(0, -4));
  expect(cut).toMatchObject({ code: 2, stderr: expect.stringContaining("that nsec is not whole") });
  const ended = await connect(`${key}\n`);
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: "Connected nostr/acme (Acme Bakery)\n" });
  expect(cut.stdout + cut.stderr + ended.stdout + ended.stderr).not.toContain(key.slice(5, 20));
  const live = await run(["tokens", "status", "--live", "--json"], { env });
  // Those that were named, and those of the person's own list (NIP-65).
  expect(JSON.parse(live.stdout)).toMatchObject({
    accounts: [{ status: "healthy", expiresAt: null, live: { ok: true, detail: "2 of 2 relays answer" } }],
  });
});

it("publishes notes, a thread, a quote and an article; deletes one", async () => {
  const { env, key, connect, publish, notes } = await space();
  expect(await connect(key)).toMatchObject({ code: 0 });
  const sent = await publish(
    "Fresh #bread for nostr:npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6",
    "--then",
    "And #rolls",
  );
  expect(sent, sent.stderr).toMatchObject({ code: 0 });
  const [loaf, rolls] = await notes();
  expect(rolls).toMatchObject({ text: "And #rolls", replyTo: loaf?.id });
  const { deliveries } = JSON.parse(sent.stdout) as { deliveries: { id: string; url: string }[] };
  expect(deliveries[0]?.url).toBe(loaf?.url);
  expect(await publish("Look", "--quote", loaf?.url ?? "")).toMatchObject({ code: 0 });
  expect(await publish("# Bread\n\nA long story", "--title", "Bread", "--option", "nostr.article=yes")).toMatchObject({
    code: 0,
  });
  const [, , quote, article] = await notes();
  expect(quote).toMatchObject({ quotes: loaf?.id, text: expect.stringMatching(/^Look\nnostr:note1/) });
  expect(article).toMatchObject({ title: "Bread", text: "# Bread\n\nA long story" });
  const tooLong = await publish("x".repeat(8193));
  expect(tooLong).toMatchObject({ code: 7, stdout: expect.stringContaining("8192") });
  expect(await run(["posts", "delete", deliveries[0]?.id ?? "", "--yes"], { env })).toMatchObject({ code: 0 });
  expect((await notes()).map(({ id }) => id)).not.toContain(loaf?.id);
});

it("sends the same signed event again after a lost answer, and is content with one relay of two", async () => {
  const { sandbox, key, connect, publish, notes } = await space();
  expect(await connect(key)).toMatchObject({ code: 0 });
  await orderFault(sandbox, { platform: "nostr", method: "EVENT", path: first, fault: "drop-after" });
  await orderFault(sandbox, { platform: "nostr", method: "EVENT", path: second, fault: "drop-after" });
  const lost = await publish("Once", "--key", "once");
  const again = await publish("Once", "--key", "once");
  expect([lost.code, again.code]).toContain(0);
  expect(await notes()).toHaveLength(1);
  await orderFault(sandbox, {
    platform: "nostr",
    method: "EVENT",
    path: first,
    fault: { kind: "error", name: "blocked" },
  });
  expect(await publish("Twice")).toMatchObject({ code: 0 });
  for (const path of [first, second]) {
    await orderFault(sandbox, { platform: "nostr", method: "EVENT", path, fault: { kind: "error", name: "pow" } });
  }
  const refused = await publish("Never");
  expect(refused).toMatchObject({ code: 7, stdout: expect.stringContaining("proof of work") });
  expect(await notes()).toHaveLength(2);
});
