/** A platform that knows a key only once it is done with the request: what may still be under way is not sent beside it. */
import { expect, test } from "vitest";
import { hours, seconds } from "../../src/domain/time.ts";
import { smallPlatform } from "./small-platform.ts";

test("a request whose answer was lost is repeated after it cannot be under way any more", async () => {
  const left: number[] = [];
  const small = await smallPlatform((url) => ({
    publish: {
      commit: async (api, { text }, { idempotencyKey }) => {
        left.push(api.now());
        const headers = { "idempotency-key": idempotencyKey };
        await api.post(`${url}/posts`, { json: { text }, headers });
        return { remoteId: "1", url: "https://small.example/1" };
      },
      idempotentFor: hours(1),
      underWayFor: seconds(5),
    },
  }));
  small.next("/posts", (_asked, response) => response.destroy());
  const { delivery } = await small.publish({ text: "hi" });
  expect(delivery.state).toBe("published");
  const [first = 0, second = 0, ...more] = left;
  expect(more).toEqual([]);
  expect(second - first).toBeGreaterThanOrEqual(seconds(5));
  expect(new Set(small.asked.map(({ headers }) => headers["idempotency-key"])).size).toBe(1);
});
