/** The daemon's socket by itself: who may use it, what crosses it when, and how each side ends. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Failure } from "../../src/domain/failure.ts";
import type {
  AgentAnswer,
  AgentIdentity,
  AgentLink,
  AgentRequest,
  AgentSilence,
  RunningAgent,
} from "../../src/domain/ports/agent.ts";
import { type AgentSearch, type ClientLimits, findAgent } from "../../src/system/agent-client.ts";
import { lineLimit } from "../../src/system/agent-lines.ts";
import { type AgentPlace, agentPlaces } from "../../src/system/agent-place.ts";
import { type AgentServerSettings, serveAgent } from "../../src/system/agent-server.ts";
import { bundled, temporaryFolder } from "./child-program.ts";

const identity: AgentIdentity = { version: "1.2.3", vaultId: "v1", endpoint: null, apps: {} };

afterEach(() => vi.restoreAllMocks());

interface Setting {
  readonly runtime: string;
  readonly folder: string;
  readonly places: readonly AgentPlace[];
}

/** Places of the test's own, below a runtime folder. */
function setting(): Setting {
  const runtime = temporaryFolder();
  const places = agentPlaces(temporaryFolder(), { XDG_RUNTIME_DIR: runtime });
  return { runtime, folder: join(runtime, "agencyiq"), places: places.slice(0, 1) };
}

const echo = async ({ input }: AgentRequest): Promise<AgentAnswer> => ({ value: input });

async function serve({ places }: Setting, more: Partial<AgentServerSettings> = {}): Promise<RunningAgent> {
  const agent = await serveAgent({ places, identity, answer: echo, ...more });
  onTestFinished(() => agent.close());
  return agent;
}

async function search({ places }: Setting, other: Partial<AgentIdentity> = {}, limits?: ClientLimits) {
  const found: AgentSearch = await findAgent(places, async () => ({ ...identity, ...other }), limits);
  onTestFinished(() => found.link?.close());
  return found;
}

async function linked(where: Setting, limits?: ClientLimits): Promise<AgentLink> {
  const { link, flaws } = await search(where, {}, limits);
  if (!link) throw new Error(`no link: ${JSON.stringify(flaws)}`);
  return link;
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "no failure",
    (error: Failure) => `${error.code}: ${error.message}`,
  );
}

/** How a request ended that got no answer. */
async function silence(asked: Promise<unknown>): Promise<Pick<AgentSilence, "message" | "begun">> {
  try {
    return { message: `answered ${JSON.stringify(await asked)}`, begun: true };
  } catch (error) {
    const { message, begun } = error as AgentSilence;
    return { message, begun };
  }
}

/** Resolves when `times` requests have come in; each is answered when the test says so. */
function heldAnswers() {
  const requests: AgentRequest[] = [];
  const held: ((answer: AgentAnswer) => void)[] = [];
  let told = () => {};
  return {
    requests,
    answer: (request: AgentRequest) => {
      requests.push(request);
      told();
      return new Promise<AgentAnswer>((resolve) => held.push(resolve));
    },
    arrived: (count: number) =>
      new Promise<void>((resolve) => {
        told = () => void (requests.length >= count && resolve());
        told();
      }),
    release: (answer: AgentAnswer) => {
      for (const resolve of held.splice(0)) resolve(answer);
    },
  };
}

describe("where it is", () => {
  test("a folder of ours under XDG_RUNTIME_DIR, else under the home folder, named after the vault's home", () => {
    const runtime = temporaryFolder();
    const home = temporaryFolder();
    const at = (environment: Record<string, string>, vault = home) =>
      agentPlaces(vault, environment).map(({ path }) => path);
    vi.stubEnv("HOME", "/home/ann");
    onTestFinished(() => void vi.unstubAllEnvs());
    const [first, ...rest] = at({ XDG_RUNTIME_DIR: runtime });
    expect(first).toMatch(new RegExp(`^${runtime}/agencyiq/[0-9a-f]{16}\\.sock$`));
    expect(rest).toEqual(at({}));
    expect(rest[0]).toMatch(/^\/(run\/user\/\d+|home\/ann\/\.local\/state)\/agencyiq\//);
    expect(at({ XDG_RUNTIME_DIR: runtime }, temporaryFolder())[0]).not.toBe(first);
    const link = join(temporaryFolder(), "link");
    symlinkSync(home, link);
    expect(at({ XDG_RUNTIME_DIR: runtime }, link)[0]).toBe(first);
  });

  test("an XDG_RUNTIME_DIR that is relative, missing, writable for others or somebody else's is passed over", () => {
    const open = temporaryFolder();
    chmodSync(open, 0o777);
    const home = temporaryFolder();
    const usual = agentPlaces(home, {});
    for (const XDG_RUNTIME_DIR of ["run", "/there/is/none", open]) {
      expect(agentPlaces(home, { XDG_RUNTIME_DIR }), XDG_RUNTIME_DIR).toEqual(usual);
    }
    const runtime = temporaryFolder();
    const owner = statSync(runtime).uid;
    vi.spyOn(process, "geteuid").mockReturnValue(owner + 54321);
    expect(agentPlaces(home, { XDG_RUNTIME_DIR: runtime }).some(({ path }) => path.startsWith(runtime))).toBe(false);
  });

  test("a path too long for a socket is passed over for a short one", async () => {
    const deep = join(temporaryFolder(), "d".repeat(60), "e".repeat(60));
    mkdirSync(deep, { recursive: true });
    vi.stubEnv("HOME", deep);
    onTestFinished(() => void vi.unstubAllEnvs());
    const places = agentPlaces(temporaryFolder(), { XDG_RUNTIME_DIR: deep });
    expect(places.at(-1)?.folder).toBe(`/tmp/agencyiq-${process.geteuid?.()}`);
    expect(places.every(({ path }) => Buffer.byteLength(path) <= 103)).toBe(true);
    const where = { runtime: "", folder: "", places: places.slice(-1) };
    // Only if nobody else needs it.
    onTestFinished(() => void spawnSync("rmdir", [places.at(-1)?.folder ?? ""]));
    await serve(where);
    expect(await (await linked(where)).ask("any", 1)).toBe(1);
    expect(await refusal(serveAgent({ places: [], identity, answer: echo }))).toBe(
      "agent_unavailable: there is no place for the daemon's socket on this system",
    );
  });
});

describe("a place that others could use", () => {
  const spoil: Record<string, (where: Setting) => void> = {
    "is readable by others": ({ folder }) => chmodSync(folder, 0o750),
    "is writable by others": ({ folder }) => chmodSync(folder, 0o702),
    "may not even be listed by us": ({ folder }) => chmodSync(folder, 0o300),
    "is a symbolic link": ({ folder, runtime }) => {
      renameSync(folder, join(runtime, "elsewhere"));
      symlinkSync(join(runtime, "elsewhere"), folder);
    },
    "is a file": ({ folder, runtime }) => {
      renameSync(folder, join(runtime, "elsewhere"));
      writeFileSync(folder, "");
    },
  };

  test.each(Object.entries(spoil))("that %s is refused by the daemon", async (_name, change) => {
    const where = setting();
    mkdirSync(where.folder, { mode: 0o700 });
    change(where);
    expect(await refusal(serveAgent({ places: where.places, identity, answer: echo }))).toMatch(
      /^agent_unavailable: the daemon's socket cannot be opened: .*(not yours alone|not a folder)/,
    );
  });

  test.each(Object.entries(spoil))(
    "that %s is refused by a command, though a daemon answers",
    async (_name, change) => {
      const where = setting();
      await serve(where);
      expect(await (await linked(where)).ask("any", 1)).toBe(1);
      change(where);
      const { link, flaws } = await search(where);
      expect(link).toBeNull();
      expect(flaws).toEqual([{ why: expect.stringContaining(where.folder), fix: expect.any(String) }]);
    },
  );

  test("that belongs to somebody else is refused by both", async () => {
    const where = setting();
    const agent = await serve(where);
    const give = (path: string) => {
      if (process.geteuid?.() === 0) chownSync(path, 54321, 54321);
      else vi.spyOn(process, "geteuid").mockReturnValue(54321);
    };
    give(agent.path);
    expect((await search(where)).flaws[0]?.why).toMatch(/not a socket of yours|belongs to somebody else/);
    await agent.close();
    give(where.folder);
    const { link, flaws } = await search(where);
    expect(link).toBeNull();
    expect(flaws[0]?.why).toContain("belongs to somebody else");
    expect(await refusal(serveAgent({ places: where.places, identity, answer: echo }))).toContain("somebody else");
  });
});

describe.runIf(process.getuid?.() === 0)("another user of the machine", () => {
  test("is stopped by the folder, and by the socket's own mode if the folder were open", async () => {
    const where = setting();
    const agent = await serve(where);
    chmodSync(where.runtime, 0o755);
    const attempt = () => asUser(54321, where);
    const stopped = {
      places: [],
      found: [null, [`${where.folder} belongs to somebody else`]],
      connected: "EACCES",
    };
    expect(await attempt()).toEqual(stopped);
    chmodSync(where.folder, 0o755);
    expect(await attempt()).toEqual(stopped);
    chmodSync(where.folder, 0o700);
    expect(await (await linked(where)).ask("any", agent.path)).toBe(agent.path);
  });
});

describe("the socket", () => {
  test("is 0600 in a folder 0700, and gone when the daemon has ended", async () => {
    const where = setting();
    const agent = await serve(where);
    expect(statSync(where.folder).mode & 0o777).toBe(0o700);
    expect(statSync(agent.path).mode & 0o777).toBe(0o600);
    expect(statSync(agent.path).isSocket()).toBe(true);
    await agent.close();
    expect(existsSync(agent.path)).toBe(false);
    expect(await search(where)).toEqual({ link: null, flaws: [] });
  });

  test("of a live daemon is never replaced", async () => {
    const where = setting();
    await serve(where);
    expect(await refusal(serveAgent({ places: where.places, identity, answer: echo }))).toContain(
      "a daemon listens at",
    );
    expect(await (await linked(where)).ask("any", "still there")).toBe("still there");
  });

  test("that a killed daemon left is told by a command, and replaced by the next daemon", async () => {
    const where = setting();
    const other = await otherDaemon(where);
    other.kill("SIGKILL");
    await new Promise((resolve) => other.once("close", resolve));
    const path = where.places[0]?.path ?? "";
    expect(statSync(path).isSocket()).toBe(true);
    const { link, flaws } = await search(where);
    expect(link).toBeNull();
    expect(flaws[0]?.why).toBe("a daemon that was killed left its socket");
    await serve(where);
    expect(await (await linked(where)).ask("any", "new")).toBe("new");
  });

  test("of a daemon that is stopped is not replaced, and a command does not wait long for it", async () => {
    const where = setting();
    const other = await otherDaemon(where);
    other.kill("SIGSTOP");
    expect(await refusal(serveAgent({ places: where.places, identity, answer: echo }))).toContain(
      "a daemon listens at",
    );
    const { link, flaws } = await search(where, {}, { hello: 100, silence: 1000 });
    expect(link).toBeNull();
    expect(flaws[0]?.why).toBe("the daemon does not answer");
  });

  test("what lies at its place and is none is left alone", async () => {
    const where = setting();
    mkdirSync(where.folder, { mode: 0o700 });
    const path = where.places[0]?.path ?? "";
    writeFileSync(path, "mine");
    expect(await refusal(serveAgent({ places: where.places, identity, answer: echo }))).toContain(
      "not a socket of yours",
    );
    expect((await search(where)).flaws[0]?.why).toContain("not a socket of yours");
    expect(statSync(path).size).toBe(4);
  });
});

describe("before anything is asked", () => {
  test.each<[string, Partial<AgentIdentity>, Partial<AgentIdentity>]>([
    ["the daemon is agencyiq 1.2.3, this is 1.2.4", {}, { version: "1.2.4" }],
    ["the daemon has another vault open", {}, { vaultId: "v2" }],
    ["the daemon has another AGENCYIQ_ENDPOINT_URL", {}, { endpoint: "http://127.0.0.1:1" }],
    ["the daemon has another AGENCYIQ_ENDPOINT_URL", { endpoint: "http://127.0.0.1:1" }, {}],
    ["the daemon has another AGENCYIQ_X_CLIENT_ID", {}, { apps: { AGENCYIQ_X_CLIENT_ID: "mine" } }],
  ])("both agree: %s", async (why, theirs, ours) => {
    const where = setting();
    const held = heldAnswers();
    await serve(where, { identity: { ...identity, ...theirs }, answer: held.answer });
    const { link, flaws } = await search(where, ours);
    expect(link).toBeNull();
    expect(flaws.map((flaw) => flaw.why)).toEqual([why]);
    expect(held.requests).toEqual([]);
  });

  test("an app that only the daemon's environment names is the daemon's affair", async () => {
    const where = setting();
    await serve(where, { identity: { ...identity, apps: { AGENCYIQ_X_CLIENT_ID: "theirs" } } });
    expect((await search(where)).link).not.toBeNull();
  });

  test("a server of another protocol is not asked", async () => {
    const where = setting();
    mkdirSync(where.folder, { mode: 0o700 });
    const server = createServer((socket) => void socket.write(`${JSON.stringify({ ...identity, protocol: 99 })}\n`));
    await new Promise<void>((resolve) => server.listen(where.places[0]?.path, () => resolve()));
    onTestFinished(() => void server.close());
    expect((await search(where)).flaws[0]?.why).toBe("the daemon speaks protocol 99");
  });

  test.each([
    ["nothing", ""],
    ["no JSON", "hello\n"],
    ["no object", "[1]\n"],
    ["another protocol", '{"protocol":2,"version":"1.2.3","vaultId":"v1"}\n{"id":1,"operation":"any"}\n'],
    ["another vault", '{"protocol":1,"version":"1.2.3","vaultId":"v2"}\n{"id":1,"operation":"any"}\n'],
    ["a request at once", '{"id":1,"operation":"any"}\n'],
    ["no id", '{"protocol":1,"version":"1.2.3","vaultId":"v1"}\n{"operation":"any"}\n'],
  ])("the daemon hangs up on a client that says %s", async (name, said) => {
    const where = setting();
    const held = heldAnswers();
    await serve(where, { answer: held.answer, limits: { idle: name === "nothing" ? 200 : 600_000 } });
    const client = await rawClient(where);
    client.socket.write(said);
    expect(await client.closed).toMatch(/^\{"protocol":1,[^\n]*\n$/);
    expect(held.requests).toEqual([]);
  });
});

describe("requests", () => {
  test("several at once on one connection are answered each by its own, in any order", async () => {
    const where = setting();
    const waiting: (() => void)[] = [];
    await serve(where, {
      answer: ({ input }) =>
        new Promise((resolve) => {
          waiting.push(() => resolve({ value: input }));
          // The last to come is the first to be answered.
          if (waiting.length === 3) for (const answer of waiting.reverse()) answer();
        }),
    });
    const link = await linked(where);
    expect(await Promise.all([link.ask("a", { n: 1 }), link.ask("b", "zwei ☕"), link.ask("c", [3])])).toEqual([
      { n: 1 },
      "zwei ☕",
      [3],
    ]);
  });

  test("news of a request come before its answer, in order, and to whoever asked it", async () => {
    const where = setting();
    const answer = async ({ input, tell }: AgentRequest): Promise<AgentAnswer> => {
      for (const step of [1, 2, 3]) tell({ of: input, step });
      return { value: input };
    };
    await serve(where, { answer });
    const link = await linked(where);
    const heard: unknown[] = [];
    const answers = await Promise.all([
      link.ask("publish", "a", (news) => heard.push(news)),
      // Whoever does not listen is not disturbed.
      link.ask("publish", "b"),
    ]);
    expect(answers).toEqual(["a", "b"]);
    expect(heard).toEqual([1, 2, 3].map((step) => ({ of: "a", step })));
  });

  test("more than a connection may have at once wait for their turn", async () => {
    const where = setting();
    const held = heldAnswers();
    await serve(where, { answer: held.answer, limits: { atOnce: 3 } });
    const link = await linked(where);
    const asked = Array.from({ length: 10 }, (_each, index) => link.ask("any", index));
    await held.arrived(3);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(held.requests).toHaveLength(3);
    for (let served = 3; served <= 12; served += 3) {
      held.release({ value: "done" });
      await held.arrived(Math.min(10, served + 3));
    }
    held.release({ value: "done" });
    expect(await Promise.all(asked)).toEqual(Array(10).fill("done"));
    expect(held.requests.map(({ input }) => input)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("requests that have to wait stay with their client: the daemon reads no further", async () => {
    const where = setting();
    const held = heldAnswers();
    let first = true;
    const answer = (request: AgentRequest) => {
      const hold = first;
      first = false;
      return hold ? held.answer(request) : echo(request);
    };
    await serve(where, { answer, limits: { atOnce: 1 } });
    const client = await rawClient(where);
    client.socket.write('{"protocol":1,"version":"1.2.3","vaultId":"v1"}\n');
    for (let id = 1; id <= 80; id += 1) {
      client.socket.write(`{"id":${id},"operation":"any","input":"${"x".repeat(100_000)}"}\n`);
    }
    await held.arrived(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(client.socket.writableLength).toBeGreaterThan(4_000_000);
    held.release({ value: 1 });
    await vi.waitFor(() => expect(client.socket.writableLength).toBe(0), { timeout: 10_000 });
  });

  test("megabytes cross, cut wherever the system cuts them", async () => {
    const where = setting();
    await serve(where);
    const link = await linked(where);
    const text = "é☕".repeat(1_000_000);
    const many = await Promise.all([link.ask("any", text), link.ask("any", "small"), link.ask("any", text)]);
    expect(many.map((value) => String(value).length)).toEqual([2_000_000, 5, 2_000_000]);
    expect(many[0]).toBe(text);
  });

  test("what is too large is not sent, and ends a connection that sends it all the same", async () => {
    const where = setting();
    const held = heldAnswers();
    await serve(where, { answer: held.answer });
    const asked = (await linked(where)).ask("any", "x".repeat(lineLimit));
    expect(await silence(asked)).toEqual({ message: "it is too much for one request", begun: false });
    const client = await rawClient(where);
    client.socket.write('{"protocol":1,"version":"1.2.3","vaultId":"v1"}\n{"id":1,"operation":"any","input":"');
    client.socket.write("x".repeat(lineLimit + 1));
    await client.closed;
    expect(held.requests).toEqual([]);
  });

  test("an answer that is too large is none, and may be asked for elsewhere", async () => {
    const where = setting();
    await serve(where, { answer: async () => ({ value: "x".repeat(lineLimit) }) });
    expect(await silence((await linked(where)).ask("any", 1))).toMatchObject({ begun: true });
  });

  test("a client that takes no answers is left, and reads no further requests of it", async () => {
    const where = setting();
    const requests: AgentRequest[] = [];
    await serve(where, {
      answer: async (request) => {
        requests.push(request);
        return { value: "x".repeat(1_000_000) };
      },
      limits: { drain: 300, atOnce: 4 },
    });
    const client = await rawClient(where);
    client.socket.pause();
    client.socket.write('{"protocol":1,"version":"1.2.3","vaultId":"v1"}\n');
    for (let id = 1; id <= 200; id += 1) client.socket.write(`{"id":${id},"operation":"any"}\n`);
    await vi.waitFor(() => expect(requests[0]?.gone.aborted).toBe(true), { timeout: 5000 });
    expect(requests.length).toBeLessThanOrEqual(5);
  });

  test("a daemon at work gives signs of life; one that gives none is given up", async () => {
    const where = setting();
    const held = heldAnswers();
    const agent = await serve(where, { answer: held.answer, limits: { heartbeat: 50 } });
    const patient = (await linked(where, { hello: 1000, silence: 400 })).ask("any", 1);
    await new Promise((resolve) => setTimeout(resolve, 900));
    held.release({ value: "in the end" });
    expect(await patient).toBe("in the end");
    await agent.close();

    const elsewhere = setting();
    const other = await otherDaemon(elsewhere);
    const link = await linked(elsewhere, { hello: 1000, silence: 200 });
    other.kill("SIGSTOP");
    expect(await silence(link.ask("any", 1))).toEqual({ message: "the daemon gave no sign of life", begun: true });
  });
});

describe("an end", () => {
  test("of the client is told to what it asked for", async () => {
    const where = setting();
    const held = heldAnswers();
    await serve(where, { answer: held.answer });
    const link = await linked(where);
    const asked = silence(link.ask("any", 1));
    await held.arrived(1);
    const [request] = held.requests;
    expect(request?.gone.aborted).toBe(false);
    link.close();
    await vi.waitFor(() => expect(request?.gone.aborted).toBe(true));
    expect(request?.ending.aborted).toBe(false);
    expect(await asked).toEqual({ message: "the daemon ended", begun: true });
  });

  test("of the daemon lets what was begun end, refuses what comes after, and waits for neither side forever", async () => {
    const where = setting();
    const held = heldAnswers();
    const agent = await serve(where, { answer: held.answer, limits: { atOnce: 1 } });
    const link = await linked(where);
    const begun = link.ask("any", 1);
    const waiting = silence(link.ask("any", 2));
    await held.arrived(1);
    const closed = agent.close();
    const late = silence(link.ask("any", 3));
    expect(held.requests[0]?.ending.aborted).toBe(true);
    held.release({ value: "finished" });
    expect(await begun).toBe("finished");
    expect(await waiting).toEqual({ message: "the daemon is ending", begun: false });
    expect(await late).toMatchObject({ begun: false });
    await closed;
    expect(held.requests).toHaveLength(1);
    expect(await silence(link.ask("any", 4))).toEqual({ message: "the daemon ended", begun: false });
  });

  test("of the daemon in the middle is told as such", async () => {
    const where = setting();
    const agent = await serve(where, { answer: async () => ({ stopped: true }) });
    expect(await silence((await linked(where)).ask("any", 1))).toEqual({
      message: "the daemon is ending",
      begun: true,
    });
    await agent.close();
  });

  test("by SIGKILL: a request that was begun is known to be, though its answer is not", async () => {
    const where = setting();
    const other = await otherDaemon(where);
    const link = await linked(where);
    const asked = silence(link.ask("never", 1));
    expect(await link.ask("any", "alive")).toBe("alive");
    other.kill("SIGKILL");
    expect(await asked).toEqual({ message: "the daemon ended", begun: true });
  });

  test("a client that does not close keeps no daemon from ending", async () => {
    const where = setting();
    const agent = await serve(where, { limits: { farewell: 50 } });
    const socket = connect({ path: agent.path, allowHalfOpen: true });
    socket.on("error", () => {});
    onTestFinished(() => void socket.destroy());
    await new Promise((resolve) => socket.once("data", resolve));
    await agent.close();
  });
});

/** Whatever a stranger says, and all that is answered. */
async function rawClient({ places }: Setting) {
  const socket: Socket = connect(places[0]?.path ?? "");
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    text += String(chunk);
  });
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  const closed = new Promise<string>((resolve) => void socket.once("close", () => resolve(text)));
  await new Promise((resolve) => socket.once("connect", resolve));
  return { socket, closed };
}

/** What a process of that user is offered, finds, and gets by force. */
async function asUser(uid: number, { runtime, places }: Setting): Promise<unknown> {
  const program = await bundled(`
    import { connect } from "node:net";
    import { findAgent } from "system/agent-client.ts";
    import { agentPlaces } from "system/agent-place.ts";
    const { uid, runtime, places, identity } = JSON.parse(process.argv[2]);
    process.setgid(uid);
    process.setuid(uid);
    const offered = agentPlaces("/", { XDG_RUNTIME_DIR: runtime }).filter(({ path }) => path.startsWith(runtime));
    const { link, flaws } = await findAgent(places, async () => identity);
    const connected = await new Promise((resolve) => {
      const socket = connect(places[0].path, () => resolve("connected"));
      socket.once("error", ({ code }) => resolve(code));
    });
    console.log(JSON.stringify({ places: offered, found: [link, flaws.map(({ why }) => why)], connected }));
  `);
  const child = spawn(process.execPath, [program, JSON.stringify({ uid, runtime, places, identity })]);
  const text = await new Promise<string>((resolve) => {
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
    });
    child.once("close", () => resolve(printed));
  });
  return JSON.parse(text);
}

/** A daemon in a process of its own, that answers with what it was asked, and `never` never. */
async function otherDaemon({ places }: Setting): Promise<ChildProcess> {
  const program = await bundled(`
    import { serveAgent } from "system/agent-server.ts";
    const { places, identity } = JSON.parse(process.argv[2]);
    const answer = async ({ operation, input }) =>
      operation === "never" ? new Promise(() => {}) : { value: input };
    await serveAgent({ places, identity, answer });
    console.log("listening");
  `);
  const child = spawn(process.execPath, [program, JSON.stringify({ places, identity })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}
