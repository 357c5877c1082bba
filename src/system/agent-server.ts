/** The daemon's side of its socket. What may cross it is app/agent-desk.ts's affair; this file carries lines. */
import { chmodSync, rmSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AgentIdentity, AnswerAgentRequest, RunningAgent } from "../domain/ports/agent.ts";
import { agentProtocol, lineOf, type Message, receiveLines } from "./agent-lines.ts";
import { type AgentPlace, prepareAgentPlace, socketFlaw, unavailable } from "./agent-place.ts";

export interface AgentLimits {
  /** Milliseconds for a client to say who it is, and to ask once it has. */
  readonly idle: number;
  /** Milliseconds between signs of life while an answer is waited for. */
  readonly heartbeat: number;
  /** Milliseconds for a client to take what was written to it. */
  readonly drain: number;
  /** Milliseconds for a client to close after the daemon did. */
  readonly farewell: number;
  /** Requests of one connection at once; more wait, and are not read on. */
  readonly atOnce: number;
  readonly connections: number;
}

const usualLimits: AgentLimits = {
  idle: 60_000,
  heartbeat: 5000,
  drain: 30_000,
  farewell: 1000,
  atOnce: 32,
  connections: 256,
};

export interface AgentServerSettings {
  readonly places: readonly AgentPlace[];
  readonly identity: AgentIdentity;
  readonly answer: AnswerAgentRequest;
  readonly limits?: Partial<AgentLimits>;
}

/**
 * Listens at the first place. To be called under a lock that one process has at a time: what a killed daemon left is
 * removed. @throws Failure `agent_unavailable`, also where a live one answers
 */
export async function serveAgent(settings: AgentServerSettings): Promise<RunningAgent> {
  const limits = { ...usualLimits, ...settings.limits };
  const place = prepareAgentPlace(settings.places);
  await removeStale(place.path);
  const ending = new AbortController();
  const clients = new Set<Client>();
  const server = createServer((socket) => {
    const client = new Client(socket, settings, limits, ending.signal);
    clients.add(client);
    socket.once("close", () => clients.delete(client));
  });
  server.maxConnections = limits.connections;
  await listen(server, place.path);
  let closed: Promise<void> | null = null;
  const close = async () => {
    // Closing the server removes the socket's file: whoever comes now works by itself.
    const ended = new Promise((resolve) => server.close(resolve));
    ending.abort();
    await Promise.all([...clients].map((client) => client.end()));
    await ended;
  };
  return {
    path: place.path,
    close: () => {
      closed ??= close();
      return closed;
    },
  };
}

/** A socket that refuses is one whose process is gone. Anything that answers, or cannot answer just now, is alive. */
async function removeStale(path: string): Promise<void> {
  const flaw = socketFlaw(path);
  if (flaw === undefined) return;
  if (flaw) throw unavailable(flaw.why, flaw.fix);
  const code = await new Promise<string>((resolve) => {
    const probe = connect(path, () => {
      probe.destroy();
      resolve("alive");
    });
    probe.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
  });
  if (code === "ENOENT") return;
  if (code !== "ECONNREFUSED") throw unavailable(`a daemon listens at ${path}`, "end it first");
  rmSync(path, { force: true });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown) => {
      const { code } = cause as NodeJS.ErrnoException;
      reject(unavailable(`${path} (${code})`, "is the disk full or read-only?", cause));
    };
    server.once("error", fail);
    server.listen(path, () => {
      try {
        // Until here the folder alone guarded it, as it does where a system ignores a socket's own mode.
        chmodSync(path, 0o600);
      } catch (error) {
        server.close();
        return fail(error);
      }
      server.off("error", fail);
      server.on("error", () => {});
      resolve();
    });
  });
}

interface Asked {
  readonly id: number;
  readonly operation: string;
  readonly input: unknown;
}

/** One connection. */
class Client {
  readonly #socket: Socket;
  readonly #settings: AgentServerSettings;
  readonly #limits: AgentLimits;
  readonly #ending: AbortSignal;
  readonly #gone = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #waiting: Asked[] = [];
  #greeted = false;
  #heartbeat: NodeJS.Timeout | null = null;
  #slow: NodeJS.Timeout | null = null;

  constructor(socket: Socket, settings: AgentServerSettings, limits: AgentLimits, ending: AbortSignal) {
    this.#socket = socket;
    this.#settings = settings;
    this.#limits = limits;
    this.#ending = ending;
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#close());
    socket.on("drain", () => this.#drained());
    socket.setTimeout(limits.idle, () => this.#idle());
    receiveLines(socket, (message) => this.#receive(message));
    void this.#write({ protocol: agentProtocol, ...settings.identity });
  }

  /** Once every answer was handed to the system. */
  async end(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      // Read on until the client ends, too: closing on a request that is just coming would look like an accident, not
      // like a daemon that did not begin it. One that takes nothing must not keep us.
      const timer = setTimeout(() => this.#socket.destroy(), this.#limits.farewell);
      this.#socket.once("close", () => {
        clearTimeout(timer);
        resolve();
      });
      this.#socket.end();
    });
  }

  #receive(message: Message): void {
    if (!this.#greeted) return this.#greet(message);
    const { id, operation, input } = message;
    if (typeof id !== "number" || typeof operation !== "string") return void this.#socket.destroy();
    this.#waiting.push({ id, operation, input });
    this.#next();
  }

  #next(): void {
    while (this.#running.size < this.#limits.atOnce) {
      const asked = this.#waiting.shift();
      if (!asked) break;
      const work = this.#serve(asked).finally(() => {
        this.#running.delete(work);
        this.#next();
      });
      this.#running.add(work);
    }
    this.#flow();
  }

  /** A client that thinks itself at another daemon, or speaks another protocol, is not served. */
  #greet({ protocol, version, vaultId }: Message): void {
    const { identity } = this.#settings;
    this.#greeted = protocol === agentProtocol && version === identity.version && vaultId === identity.vaultId;
    if (!this.#greeted) this.#socket.destroy();
  }

  async #serve({ id, operation, input }: Asked): Promise<void> {
    if (this.#ending.aborted) return void (await this.#write({ id, refused: true }));
    // Told before it is done: a client that was not told, and sees the connection end, knows that nothing was done.
    if (!(await this.#write({ id, begun: true }))) return;
    const tell = (news: unknown) => void this.#write({ id, news });
    const request = { operation, input, gone: this.#gone.signal, ending: this.#ending, tell };
    const answer = await this.#settings.answer(request);
    if ("value" in answer && (await this.#write({ id, value: answer.value }))) return;
    await this.#write({ id, stopped: true });
  }

  /** False where it is too long or the client is gone. */
  #write(message: Message): Promise<boolean> {
    const line = lineOf(message);
    if (line === null || !this.#socket.writable) return Promise.resolve(false);
    return new Promise((resolve) => {
      const taken = this.#socket.write(line, (error) => resolve(!error));
      if (!taken) this.#slow ??= setTimeout(() => this.#socket.destroy(), this.#limits.drain);
    });
  }

  #drained(): void {
    if (this.#slow) clearTimeout(this.#slow);
    this.#slow = null;
  }

  /** Reads on only while there is room for another request; one whose answer the client has not taken takes up its room. */
  #flow(): void {
    const { atOnce, heartbeat } = this.#limits;
    if (this.#running.size >= atOnce) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#running.size > 0) this.#heartbeat ??= setInterval(() => void this.#write({ alive: true }), heartbeat);
    else this.#rest();
  }

  #idle(): void {
    if (this.#running.size === 0) this.#socket.destroy();
  }

  #rest(): void {
    if (this.#heartbeat) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
  }

  #close(): void {
    this.#rest();
    if (this.#slow) clearTimeout(this.#slow);
    this.#gone.abort();
  }
}
