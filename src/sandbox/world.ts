import type { Random } from "../domain/ports/machine.ts";
import { Clients } from "./clients.ts";
import { Containers } from "./containers.ts";
import { Faults } from "./faults.ts";
import { Grants } from "./oauth/grants.ts";
import { OAuth1Tokens } from "./oauth1/tokens.ts";
import { defaultPeople, type Person, type SandboxOptions } from "./options.ts";
import { Posts } from "./posts.ts";
import { RateWindows } from "./rate-windows.ts";
import { Requests } from "./requests.ts";
import { SandboxClock } from "./sandbox-clock.ts";
import { Shelves } from "./shelves.ts";
import { Shares } from "./tiktok/shares.ts";
import { Uploads } from "./uploads.ts";

/** What the platforms' twins share: everything the sandbox knows, in memory, gone when it ends. */
export interface World {
  readonly clock: SandboxClock;
  readonly random: Random;
  readonly people: readonly Person[];
  readonly clients: Clients;
  readonly grants: Grants;
  readonly oauth1: OAuth1Tokens;
  readonly posts: Posts;
  readonly uploads: Uploads;
  readonly containers: Containers;
  /** TikTok's. */
  readonly shares: Shares;
  readonly faults: Faults;
  readonly requests: Requests;
  readonly rateWindows: RateWindows;
  readonly shelves: Shelves;
  /** What the one who started the sandbox wants in place of the platforms' own figures, in seconds. */
  readonly wanted: Pick<SandboxOptions, "accessTokenLifetime" | "refreshTokenLifetime" | "refreshGrace">;
}

export function createWorld(options: SandboxOptions): World {
  const clock = new SandboxClock(options.clock);
  return {
    clock,
    random: options.random,
    people: options.people ?? defaultPeople,
    clients: new Clients(),
    grants: new Grants(clock, options.random),
    oauth1: new OAuth1Tokens(clock, options.random),
    posts: new Posts(clock),
    uploads: new Uploads(),
    containers: new Containers(),
    shares: new Shares(),
    faults: new Faults(),
    requests: new Requests(),
    rateWindows: new RateWindows(),
    shelves: new Shelves(),
    wanted: options,
  };
}

/** As it was at the start. */
export function resetWorld(world: World): void {
  world.clock.reset();
  for (const part of [
    world.grants,
    world.oauth1,
    world.posts,
    world.uploads,
    world.containers,
    world.shares,
    world.faults,
    world.requests,
    world.rateWindows,
    world.shelves,
  ])
    part.clear();
  world.clients.reset();
}

export function personOf(world: World, handle: string): Person | null {
  return world.people.find((person) => person.handle.toLowerCase() === handle.toLowerCase()) ?? null;
}
