/** Platforms that want to be asked regularly whether a token is still good: by the daemon, against keys on loopback. */
import { expect, it } from "vitest";
import { sweepOnce } from "../../src/app/daemon.ts";
import { makeDueChecks } from "../../src/app/live-checks.ts";
import { minutes } from "../../src/domain/time.ts";
import { keysStage } from "./keys-platform.ts";

const key = "a-key-of-some-length";
const { signal } = new AbortController();
const once = { concurrency: 1, rate: null, signal };

const stageOf = async () => {
  const stage = await keysStage({ checkEvery: minutes(60) });
  stage.network.keys.set(key, "1");
  await stage.connect(key);
  const asked = () => stage.network.asked.splice(0);
  asked();
  return { ...stage, asked };
};

it("asks when the last answer is older than the platform wants, and not before", async () => {
  const { clock, services, asked } = await stageOf();
  const from = clock.now();
  clock.advance(minutes(59));
  await sweepOnce(services, once);
  expect(asked()).toEqual([]);
  // It is seen a minute later than it is due at most by the pause between two looks.
  expect(await makeDueChecks(services, signal)).toBe(from + minutes(64));
  clock.advance(minutes(1));
  await sweepOnce(services, once);
  expect(asked()).toEqual(["GET header me"]);
  await sweepOnce(services, once);
  expect(asked()).toEqual([]);
  clock.advance(minutes(60));
  await sweepOnce(services, once);
  expect(asked()).toEqual(["GET header me"]);
});

it("asks again after a clock that was set back", async () => {
  const { clock, services, asked } = await stageOf();
  clock.advance(-minutes(600));
  await sweepOnce(services, once);
  expect(asked()).toEqual(["GET header me"]);
  clock.advance(minutes(59));
  await sweepOnce(services, once);
  expect(asked()).toEqual([]);
  clock.advance(minutes(1));
  await sweepOnce(services, once);
  expect(asked()).toEqual(["GET header me"]);
});

it("asks soon again where no answer came, and tells the owner of a refusal", async () => {
  const { clock, services, network, account, told, asked } = await stageOf();
  clock.advance(minutes(61));
  network.broken = true;
  expect(await makeDueChecks(services, signal)).toBe(clock.now() + minutes(5));
  expect((await account()).credentials[0]?.status).toBe("active");
  network.broken = false;
  network.keys.clear();
  clock.advance(minutes(5));
  await sweepOnce(services, once);
  expect(asked()).toEqual(["GET header me", "GET header me"]);
  expect((await account()).credentials[0]?.status).toBe("reauth_required");
  expect(told()).toMatchObject([{ kind: "needs_reauth", command: "agencyiq connect keys" }]);
  // What waits for a person is asked about no more.
  clock.advance(minutes(600));
  await sweepOnce(services, once);
  expect(asked()).toEqual([]);
});
