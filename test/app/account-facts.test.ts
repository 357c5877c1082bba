/** What is known of an account's place: asked for anew after a day, and what posts are checked by. */
import { expect, it } from "vitest";
import { checkPost, problemsOf } from "../../src/app/check-post.ts";
import { publishPost } from "../../src/app/publish-post.ts";
import type { Services } from "../../src/app/services.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { hours } from "../../src/domain/time.ts";
import type { Facts, Platform } from "../../src/platforms/platform.ts";
import { pagesStage } from "./pages-platform.ts";

/** A platform whose places allow texts of their own length, and count how often they are asked. */
async function stageOf() {
  const stage = await pagesStage();
  const place = { characters: "5" as string | null, asked: 0 };
  const limitsFor = ({ characters = "5" }: Facts): Platform["limits"] => ({
    text: { max: Number(characters), unit: "characters", measure: (text) => text.length },
  });
  const platform: Platform = {
    ...stage.platform,
    limits: limitsFor({}),
    limitsFor,
    factsOf: async () => {
      place.asked += 1;
      if (place.characters === null) throw new Failure("network", "no answer");
      return { characters: place.characters };
    },
    publish: { commit: async () => ({ remoteId: "1", url: "https://pages.example/1" }) },
  };
  await stage.connect({ select: ["all"] });
  const services: Services = { ...stage.services, loadPlatform: async () => platform };
  const publish = async (text: string, handle = "Acme Bakery") =>
    publishPost(services, {
      id: crypto.randomUUID(),
      brand: "default",
      key: crypto.randomUUID(),
      draft: draftOf({ text }),
      accounts: [await stage.account(handle)],
      schedule: null,
      overQuota: false,
    });
  return { ...stage, place, services, publish };
}

it("facts of a day ago are asked for anew before a post, and kept; a place that does not answer is taken as it was", async () => {
  const stage = await stageOf();
  const { vault, clock, place, publish } = stage;
  const { id } = await stage.account("Acme Bakery");
  await vault.keepFacts(id, { characters: "5" });
  await expect(publish("too long")).rejects.toMatchObject({ code: "content_invalid" });
  expect(place.asked).toBe(0);
  clock.advance(hours(25));
  place.characters = "10";
  expect(await publish("too long")).toMatchObject({ results: [{ delivery: { state: "published" } }] });
  expect(place.asked).toBe(1);
  expect(await stage.account("Acme Bakery")).toMatchObject({ facts: { characters: "10" }, factsAt: clock.now() });
  clock.advance(hours(25));
  place.characters = null;
  await expect(publish("much too long")).rejects.toMatchObject({ message: expect.stringContaining("allows (10)") });
  expect(place.asked).toBe(2);
});

it("each account is checked by what is known of its own place, and a look asks nobody", async () => {
  const stage = await stageOf();
  const accounts = await stage.vault.accounts();
  const [first, second] = accounts;
  if (!first || !second) throw new Error("two accounts are needed");
  await stage.vault.keepFacts(first.id, { characters: "3" });
  await stage.vault.keepFacts(second.id, { characters: "9" });
  stage.clock.advance(hours(25));
  const { targets } = await checkPost(stage.services, {
    draft: draftOf({ text: "seven..", fit: false }),
    accounts: await stage.vault.accounts(),
  });
  expect(targets.map(({ problems }) => problems.length)).toEqual([1, 0]);
  expect(problemsOf(targets)?.message).toContain("(3)");
  expect(stage.place.asked).toBe(0);
});
