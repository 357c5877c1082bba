/** How often the daemon wakes where it has nothing to do, or can do nothing: on a clock that jumps whenever it sleeps. */
import { expect, it } from "vitest";
import { type DaemonEvents, runDaemon, type Wish } from "../../src/app/daemon.ts";
import { minutes, seconds } from "../../src/domain/time.ts";
import { keysStage } from "./keys-platform.ts";

const heartbeat = seconds(30);

interface Watched {
  readonly wish?: Wish;
  /** The vault's look at what is due fails. */
  readonly broken?: boolean;
}

/** The first pauses it makes (milliseconds), and what troubled it. */
async function pausesOf(count: number, { wish, broken = false }: Watched) {
  const stage = await keysStage();
  const ending = new AbortController();
  const pauses: number[] = [];
  const troubles: string[] = [];
  const clock = {
    ...stage.services.clock,
    sleep: async (pause: number) => {
      pauses.push(pause);
      stage.clock.advance(pause);
      if (pauses.length === count) ending.abort();
    },
  };
  const vault = broken
    ? new Proxy(stage.vault, {
        get: (vault, name) => {
          if (name === "dueCredentials") return async () => Promise.reject(new Error("the disk is full"));
          const value = Reflect.get(vault, name);
          return typeof value === "function" ? value.bind(vault) : value;
        },
      })
    : stage.vault;
  const events = new Proxy({} as DaemonEvents, {
    get: (_, name) => (given: unknown) => {
      if (name === "troubled") troubles.push(String(given));
    },
  });
  await runDaemon(
    { ...stage.services, clock, vault: async () => vault },
    {
      interval: minutes(5),
      concurrency: 1,
      rate: null,
      spread: 0,
      heartbeat,
      signal: ending.signal,
      startAgent: async () => null,
      onWish: (listener) => wish && listener(wish),
      events,
    },
  );
  return { pauses, troubles };
}

it("sleeps from heartbeat to heartbeat while it is paused, however long", async () => {
  const { pauses, troubles } = await pausesOf(30, { wish: "pause" });
  expect(troubles).toEqual([]);
  expect(new Set(pauses)).toEqual(new Set([heartbeat]));
});

it("sleeps as long where nothing is due, and looks when its interval is over", async () => {
  const { pauses, troubles } = await pausesOf(30, {});
  expect(troubles).toEqual([]);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(seconds(1));
});

it("does not try again at once, over and over, where its vault cannot be read", async () => {
  const { pauses, troubles } = await pausesOf(10, { broken: true });
  expect(troubles.length).toBeGreaterThan(0);
  expect(Math.min(...pauses)).toBeGreaterThanOrEqual(seconds(5));
});
