/** The platforms of a run: the Notes server and the X sandbox, each behind a relay, and what is public there. */

import type { Sandbox } from "../../../src/sandbox/options.ts";
import { startSandbox } from "../../../src/sandbox/server.ts";
import { userId } from "../../../src/sandbox/x/identifiers.ts";
import { clock, random } from "../../conformance/ports.ts";
import { XClient } from "../../sandbox/x-client.ts";
import { NotesServer } from "./notes-server.ts";
import { Relay } from "./relay.ts";
import type { Kind } from "./scene.ts";

/** A message that is public. */
export interface Copy {
  readonly id: string;
  readonly url: string;
  readonly replyTo: string | null;
}

export class Platforms {
  readonly #notes: NotesServer;
  readonly #sandbox: Sandbox;
  readonly #relays: Readonly<Record<"notes" | "x", Relay>>;
  #offset = 0;

  private constructor(notes: NotesServer, sandbox: Sandbox, relays: Readonly<Record<"notes" | "x", Relay>>) {
    this.#notes = notes;
    this.#sandbox = sandbox;
    this.#relays = relays;
  }

  static async start(names: readonly string[]): Promise<Platforms> {
    const notes = new NotesServer();
    const people = names.map((name) => ({ handle: name, name }));
    // A century: nothing is refreshed here, that is tested elsewhere.
    const sandbox = await startSandbox({ port: 0, clock, random, people, accessTokenLifetime: 3_155_760_000 });
    const relays = { notes: new Relay(await notes.start()), x: new Relay(sandbox.url) };
    await Promise.all(Object.values(relays).map((relay) => relay.start()));
    return new Platforms(notes, sandbox, relays);
  }

  get endpoints(): Readonly<Record<string, string>> {
    return { notes: this.#relays.notes.url, x: this.#relays.x.url };
  }

  relayOf(kind: Kind): Relay {
    return this.#relays[kind === "x" ? "x" : "notes"];
  }

  async tokenFor(kind: Kind, name: string): Promise<string> {
    if (kind !== "x") return `${kind}-${name}`;
    return (await new XClient(this.#sandbox).connect({ person: name })).access_token;
  }

  externalIdOf(kind: Kind, name: string): string {
    return kind === "x" ? userId({ handle: name }) : name;
  }

  /** The platforms' clocks follow whoever is furthest ahead. */
  async advanceTo(offset: number): Promise<void> {
    const by = offset - this.#offset;
    if (by <= 0) return;
    this.#offset = offset;
    this.#notes.offset = offset;
    await new XClient(this.#sandbox).control("POST", "/clock", { advance: Math.ceil(by / 1000) });
  }

  /** What of a text is public, in the words of the platform itself. */
  async copiesOf(kind: Kind, name: string, text: string): Promise<Copy[]> {
    if (kind !== "x") return [...this.#notes.textsOf(`${kind}-${name}`, text)];
    const answer = await fetch(`${this.#sandbox.url}/timeline.json`);
    const { posts } = (await answer.json()) as { posts: (Copy & { author: { handle: string }; text: string })[] };
    return posts.filter((post) => post.author.handle === name && post.text === text);
  }

  /** Requests of uploads that were carried out for an account. */
  uploadRequestsOf(kind: Kind, name: string): number {
    return this.#notes.uploadRequests.get(`${kind}-${name}`) ?? 0;
  }

  async close(): Promise<void> {
    this.#notes.close();
    for (const relay of Object.values(this.#relays)) relay.close();
    await this.#sandbox.close();
  }
}
