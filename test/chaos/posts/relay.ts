/**
 * Stands between the workers and a platform: sees a request come and its answer go, and holds either until the runner has
 * done what it wants to do in that moment. The platform behind it is what decides and stores.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse, request as send } from "node:http";
import type { AddressInfo } from "node:net";

/** `body`: some of it has come. `arrived`: all of it. `answered`: it was carried out, and its answer is not on its way yet. */
export type Moment = "body" | "arrived" | "answered";

export interface TrapSettings {
  readonly token: string;
  readonly target: RegExp;
  readonly moment: Moment;
  /** The how-manieth such request it is for, from 0. */
  readonly nth: number;
}

/** `on`: as if nothing had been. `cut`: the connection breaks; what was not carried out is not. */
export type Release = "on" | "cut";

export class Trap {
  readonly settings: TrapSettings;
  readonly sprung: Promise<void>;
  hits = 0;
  isSprung = false;
  readonly #released: Promise<Release>;
  #spring: () => void = () => undefined;
  #release: (how: Release) => void = () => undefined;
  #done: () => void = () => undefined;
  /** Whatever came of the request has come of it. */
  readonly over: Promise<void>;

  constructor(settings: TrapSettings) {
    this.settings = settings;
    this.sprung = new Promise((resolve) => {
      this.#spring = resolve;
    });
    this.#released = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.over = new Promise((resolve) => {
      this.#done = resolve;
    });
  }

  hold(): Promise<Release> {
    this.isSprung = true;
    this.#spring();
    return this.#released;
  }

  release(how: Release): void {
    this.#release(how);
  }

  finish(): void {
    this.#done();
  }
}

/** What makes something public. */
export const postRequest = /^POST \S+\/(notes|tweets)$/;

export class Relay {
  readonly #upstream: string;
  readonly #traps = new Set<Trap>();
  readonly #server: Server;
  url = "";
  readonly #posts = new Map<string, number>();

  constructor(upstream: string) {
    this.#upstream = upstream;
    this.#server = createServer((request, response) => {
      this.#pass(request, response).catch(() => response.destroy());
    });
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  set(settings: TrapSettings): Trap {
    const trap = new Trap(settings);
    this.#traps.add(trap);
    return trap;
  }

  remove(trap: Trap): void {
    this.#traps.delete(trap);
    trap.release("on");
  }

  /** How many requests of an account would have made something public. */
  postsOf(token: string): number {
    return this.#posts.get(token) ?? 0;
  }

  #trapFor(request: IncomingMessage, token: string): Trap | null {
    for (const trap of this.#traps) {
      const { settings } = trap;
      if (settings.token !== token || !settings.target.test(`${request.method} ${request.url}`)) continue;
      trap.hits += 1;
      if (trap.hits - 1 === settings.nth) return trap;
    }
    return null;
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
    if (postRequest.test(`${request.method} ${request.url}`)) this.#posts.set(token, this.postsOf(token) + 1);
    const trap = this.#trapFor(request, token);
    try {
      await this.#through(request, response, trap);
    } finally {
      trap?.finish();
    }
  }

  async #through(request: IncomingMessage, response: ServerResponse, trap: Trap | null): Promise<void> {
    const moment = trap?.settings.moment;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) {
        chunks.push(chunk as Buffer);
        if (moment === "body" && trap && !trap.isSprung && (await trap.hold()) === "cut")
          return void response.destroy();
      }
    } catch {
      // Its sender died in the middle of it: a platform does nothing with half a request.
      return void response.destroy();
    }
    if (moment === "arrived" && trap && (await trap.hold()) === "cut") return void response.destroy();
    const answer = await this.#forward(request, Buffer.concat(chunks));
    if (moment === "answered" && trap && (await trap.hold()) === "cut") return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #forward(request: IncomingMessage, body: Buffer) {
    const url = new URL(this.#upstream + (request.url ?? ""));
    const headers = { ...request.headers, host: url.host, "content-length": String(body.length) };
    return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
      const passed = send(url, { method: request.method ?? "GET", headers }, async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) });
      });
      passed.once("error", reject).end(body);
    });
  }
}
