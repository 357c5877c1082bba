/**
 * The sandbox's own keys, one for each way in which a key travels, through the built program: of what was pasted, and of what is
 * made of it, no part is in what commands print, on a command line, or in a file that they leave.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { type Ended, run, workspace } from "../e2e/command.ts";
import { dressesOf } from "./dresses.ts";
import { mark } from "./marked-server.ts";
import { watchCommandLines } from "./process-watch.ts";
import { startTellingRelay } from "./telling-relay.ts";

interface Way {
  readonly platform: string;
  /** How it travels (src/platforms/access.ts); `session`: what it opens does. */
  readonly in: "header" | "basic" | "path" | "nothing" | "session";
  readonly flags: readonly string[];
  /** Of nobody, in the shape that the platform has them. */
  readonly wrong: string;
  /** What of it is no secret. */
  readonly open?: RegExp;
}

const ways: readonly Way[] = [
  { platform: "devto", in: "header", flags: [], wrong: `${mark}-key-of-nobody` },
  {
    platform: "wordpress",
    in: "basic",
    flags: ["--instance", "bakery.example", "--set", "user=acme"],
    wrong: `${mark}-password-of-nobody`,
  },
  {
    platform: "telegram",
    in: "path",
    flags: ["--set", "chat=@acme_news"],
    wrong: "110000009:AAH-planted-token-of-nobody-0123456",
    // The bot's id is its account's.
    open: /^\d+:/,
  },
  {
    platform: "nostr",
    in: "nothing",
    flags: ["--set", "relays=wss://relay.example.com"],
    wrong: `nsec1${mark}qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq`,
    open: /^nsec1/,
  },
  {
    platform: "bluesky",
    in: "session",
    flags: ["--instance", "@acme.bsky.social"],
    wrong: "mark-mark-mark-nobo",
  },
];
const platforms = ways.map(({ platform }) => platform);

/** What is this long is found by chance nowhere. */
const shortestPart = 12;

/** All that is as long within it, and each half and the whole in every dress. */
function formsOf(secret: string): string[] {
  const middle = Math.ceil(secret.length / 2);
  const halves = [secret.slice(0, middle), secret.slice(middle)].filter(({ length }) => length >= shortestPart);
  const starts = Array.from({ length: Math.max(0, secret.length - shortestPart + 1) }, (_, at) => at);
  return [
    ...[secret, ...halves].flatMap(dressesOf).filter(({ length }) => length >= shortestPart),
    ...starts.map((at) => secret.slice(at, at + shortestPart)),
  ];
}

/** As pasted; as `user:password` goes into a header; without the blanks and hyphens that are for people; as the bytes it stands for. */
async function secretsOf({ platform, open = /^/ }: Way, key: string): Promise<string[]> {
  const secret = key.replace(open, "");
  const bare = secret.replace(/[\s-]/g, "");
  if (platform === "nostr") {
    const { nip19 } = await import("nostr-tools");
    const decoded = nip19.decode(key);
    if (decoded.type !== "nsec") throw new Error("the sandbox's key is no nsec");
    return [secret, Buffer.from(decoded.data).toString("hex"), Buffer.from(decoded.data).toString("latin1")];
  }
  return [secret, bare, ...(platform === "wordpress" ? [`acme:${key}`, `acme:${bare}`] : [])];
}

/** Of a post by one of its deliveries. */
function idIn(ended: Ended): string {
  const { deliveries } = ended.json<{ deliveries: readonly { id: string }[] }>();
  expect(deliveries).toHaveLength(ways.length);
  return deliveries[0]?.id ?? "";
}

function textBelow(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [path, readFileSync(path).toString("latin1")]);
}

it("no part of a pasted key is in what is printed, kept or told of it", { timeout: 180_000 }, async () => {
  const sandbox = await startSandbox({ port: 0, clock, random });
  onTestFinished(() => sandbox.close());
  const relay = await startTellingRelay(sandbox.url);
  onTestFinished(() => relay.close());
  const { env, folder } = workspace({ AGENCYIQ_ENDPOINT_URL: relay.url });
  const keyOf = async (platform: string) =>
    (await (await fetch(`${sandbox.url}/keys/${platform}?person=acme`)).text()).trim();
  const keys = new Map(await Promise.all(platforms.map(async (id) => [id, await keyOf(id)] as const)));

  const told: [where: string, text: string][] = [];
  const lines = new Set<string>();
  const command = async (args: readonly string[], stdin?: string) => {
    const input = stdin === undefined ? {} : { stdin };
    const ended = await watchCommandLines(lines, () => run([...args, "--debug"], { env, timeout: 60_000, ...input }));
    told.push([args.join(" "), ended.stdout + ended.stderr]);
    return ended;
  };
  const both = async (...args: string[]) => {
    const [ended] = await Promise.all([command([...args, "--json"]), command(args)]);
    return ended;
  };
  const connect = ({ platform, flags }: Way, key: string) =>
    command(["connect", platform, ...flags, "--token-stdin"], `${key}\n`);
  const publish = (text: string) =>
    command(["publish", "--platform", platforms.join(","), text, "--title", "Rye", "--json"]);

  // The vault first: several would make it at once.
  const [first, ...others] = ways;
  if (!first) throw new Error("no way in");
  expect(await connect(first, keys.get(first.platform) ?? "")).toMatchObject({ code: 0 });
  const connected = await Promise.all(others.map((way) => connect(way, keys.get(way.platform) ?? "")));
  for (const { code, stdout, stderr } of connected) expect(code, stdout + stderr).toBe(0);
  const refused = await Promise.all(ways.map((way) => connect(way, way.wrong)));
  expect(refused.map(({ code }) => code)).toEqual([4, 4, 4, 2, 4]);
  expect((await both("tokens", "status", "--live"))?.code).toBe(0);
  const sent = await publish("Three days.");
  expect(sent.code, sent.stdout + sent.stderr).toBe(0);

  // The one command that is there for it; a session's token is a secret as the password is.
  const print = async (id: string) => [id, (await run(["tokens", "print", id], { env })).stdout.trim()] as const;
  const printed = new Map(await Promise.all(platforms.filter((id) => id !== "nostr").map(print)));
  // There is no token in it: it signs.
  expect((await command(["tokens", "print", "nostr"])).code).not.toBe(0);
  const bare = (text = "") => text.replaceAll(" ", "");
  for (const [id, text] of printed) expect(text, id).toContain(id === "bluesky" ? "eyJ" : bare(keys.get(id)));

  // From here on a key is told back: as a mistake, as that of somebody who may not; then, as one of nobody.
  const posts = [idIn(sent)];
  for (const status of [400, 403]) {
    relay.tell(status, [...keys.values()]);
    const ended = await publish(`Four days and ${status}.`);
    expect(ended.code).not.toBe(0);
    posts.push(idIn(ended));
  }
  relay.tell(401, [...keys.values()]);
  await Promise.all(ways.map((way) => connect(way, `${keys.get(way.platform)}`)));
  await both("tokens", "status", "--live");
  relay.tell(null);
  await both("posts", "list");
  await Promise.all(posts.map((id) => command(["posts", "show", id, "--json"])));
  const log = await both("log", "--limit", "10000");
  expect(log?.stdout).toContain("connected");
  await command(["doctor"]);
  told.push(...textBelow(folder));

  await Promise.all(platforms.map((id) => command(["disconnect", id, "--yes"])));
  told.push(...textBelow(folder), ...[...lines].map((line): [string, string] => ["a command line", line]));

  for (const way of ways) {
    const key = keys.get(way.platform) ?? "";
    const secrets = [
      ...(await secretsOf(way, key)),
      way.wrong.replace(way.open ?? /^/, ""),
      ...(printed.has(way.platform) ? [printed.get(way.platform)?.replace(way.open ?? /^/, "") ?? ""] : []),
    ];
    const forms = [...new Set(secrets.flatMap(formsOf))];
    const leaks = told.flatMap(([where, text]) =>
      forms.filter((form) => text.includes(form)).map((form) => [where, form]),
    );
    expect(leaks, `${way.platform}: a key that travels in: ${way.in}`).toEqual([]);
  }
});
