/** A command's side of the daemon's socket. Without a daemon it costs two looks at the file system. */
import { connect, type Socket } from "node:net";
import { type AgentIdentity, type AgentLink, AgentSilence } from "../domain/ports/agent.ts";
import { agentProtocol, lineOf, type Message, receiveLines } from "./agent-lines.ts";
import { type AgentPlace, type Flaw, folderFlaw, socketFlaw } from "./agent-place.ts";

export interface ClientLimits {
  /** Milliseconds for a daemon to say who it is: one that is stopped takes connections all the same. */
  readonly hello: number;
  /** Milliseconds without a sign of life. */
  readonly silence: number;
}

const usualLimits: ClientLimits = { hello: 3000, silence: 20_000 };

/** `flaws`: why what was found is not used. Nothing found at all: no link and no flaw. */
export interface AgentSearch {
  readonly link: AgentLink | null;
  readonly flaws: readonly Flaw[];
}

/** The daemon that serves exactly this vault in exactly this setting. `identity` is asked for only where there is a socket. */
export async function findAgent(
  places: readonly AgentPlace[],
  identity: () => Promise<AgentIdentity>,
  limits: ClientLimits = usualLimits,
): Promise<AgentSearch> {
  const flaws: Flaw[] = [];
  for (const { folder, path } of places) {
    const unsafe = folderFlaw(folder);
    if (unsafe === undefined) continue;
    const found = unsafe ?? socketFlaw(path);
    if (found === undefined) continue;
    const link = found ?? (await call(path, await identity(), limits));
    if (!("why" in link)) return { link, flaws };
    flaws.push(link);
  }
  return { link: null, flaws };
}

function call(path: string, identity: AgentIdentity, limits: ClientLimits): Promise<AgentLink | Flaw> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const giveUp = (why: string, fix: string) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ why, fix });
    };
    const restart = "end the daemon and start it again";
    const timer = setTimeout(() => giveUp("the daemon does not answer", restart), limits.hello);
    socket.on("error", (error: NodeJS.ErrnoException) => {
      giveUp(unreachable(error, path), `start it again: agencyiq daemon, or: rm ${path}`);
    });
    socket.once("close", () => giveUp("the daemon is just ending, or takes no more connections", "try again"));
    let link: Link | null = null;
    receiveLines(socket, (message) => {
      if (link) return link.receive(message);
      const why = disagreement(message, identity);
      if (why !== null) return giveUp(why, restart);
      clearTimeout(timer);
      link = new Link(socket, limits);
      socket.write(lineOf({ protocol: agentProtocol, version: identity.version, vaultId: identity.vaultId }) ?? "");
      resolve(link);
    });
  });
}

function unreachable({ code }: NodeJS.ErrnoException, path: string): string {
  return code === "ECONNREFUSED" ? "a daemon that was killed left its socket" : `${path} cannot be reached (${code})`;
}

/** Why this daemon must not be asked; null where it is ours to ask. */
function disagreement(hello: Message, identity: AgentIdentity): string | null {
  if (hello["protocol"] !== agentProtocol) return `the daemon speaks protocol ${String(hello["protocol"])}`;
  if (hello["version"] !== identity.version) {
    return `the daemon is agencyiq ${String(hello["version"])}, this is ${identity.version}`;
  }
  if (hello["vaultId"] !== identity.vaultId) return "the daemon has another vault open";
  // What was meant for the sandbox must never reach a platform, nor the other way round.
  if (hello["endpoint"] !== identity.endpoint) return "the daemon has another AGENCYIQ_ENDPOINT_URL";
  const theirs = (hello["apps"] ?? {}) as Readonly<Record<string, unknown>>;
  const other = Object.keys(identity.apps).find((name) => theirs[name] !== identity.apps[name]);
  return other === undefined ? null : `the daemon has another ${other}`;
}

interface Pending {
  begun: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: AgentSilence) => void;
  readonly hear: (news: unknown) => void;
}

class Link implements AgentLink {
  readonly #socket: Socket;
  readonly #pending = new Map<number, Pending>();
  #last = 0;
  /** Not ended by the daemon: what it told may be lost, so that nothing is known not to have begun. */
  #broken = false;

  constructor(socket: Socket, limits: ClientLimits) {
    this.#socket = socket;
    socket.removeAllListeners("close").removeAllListeners("error");
    socket.on("error", () => {
      this.#broken = true;
    });
    socket.once("close", () => this.#end("the daemon ended"));
    socket.setTimeout(limits.silence, () => this.#silent());
  }

  ask(operation: string, input: unknown, hear: (news: unknown) => void = () => {}): Promise<unknown> {
    const id = ++this.#last;
    const line = lineOf({ id, operation, input });
    return new Promise((resolve, reject) => {
      if (line === null) return reject(new AgentSilence("it is too much for one request", false));
      if (!this.#socket.writable) return reject(new AgentSilence("the daemon ended", false));
      this.#pending.set(id, { begun: false, resolve, reject, hear });
      this.#socket.write(line);
    });
  }

  close(): void {
    this.#broken = true;
    this.#socket.destroy();
  }

  receive(message: Message): void {
    const { id, begun, refused, stopped } = message;
    const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
    if (typeof id !== "number" || !pending) return;
    if (begun) {
      pending.begun = true;
      return;
    }
    if ("news" in message) return pending.hear(message["news"]);
    this.#pending.delete(id);
    if (refused || stopped) pending.reject(new AgentSilence("the daemon is ending", pending.begun));
    else pending.resolve(message["value"]);
  }

  #silent(): void {
    if (this.#pending.size === 0) return;
    this.#broken = true;
    this.#end("the daemon gave no sign of life");
    this.#socket.destroy();
  }

  #end(why: string): void {
    for (const { begun, reject } of this.#pending.values()) reject(new AgentSilence(why, begun || this.#broken));
    this.#pending.clear();
  }
}
