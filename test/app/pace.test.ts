/** What a platform's answers say of a limit that is near: its posts wait, and tokens can be asked after all the same. */
import { expect, test } from "vitest";
import { sendDueOnce } from "../../src/app/due-posts.ts";
import { checkLive } from "../../src/app/token-status.ts";
import { accountOf, credentialOf, openAgain, raw } from "../vault/home.ts";
import { published, type SmallPlatform, smallPlatform } from "./small-platform.ts";

const hour = 3_600_000;

/** Its header names the minutes to be silent. */
const pacing = (steps = 0): Promise<SmallPlatform> =>
  smallPlatform((url) => ({
    paceOf: (headers, now) => {
      const minutes = Number(headers["x-silent-minutes"] ?? Number.NaN);
      return Number.isNaN(minutes) ? null : { until: now + minutes * 60_000, why: "96 % of its calls are used up" };
    },
    check: async (api) => String(((await api.get(`${url}/me`)) as { id: string }).id),
    publish: {
      prepare: async (api, _message, step) => {
        for (let chunk = 0; chunk < steps; chunk += 1) {
          await step(`chunk ${chunk}`, () => api.post(`${url}/upload`, { json: { chunk }, repeatable: true }));
        }
      },
      commit: (api, { text }) => published(api, `${url}/posts`, text),
      delete: async (api, id) => void (await api.delete(`${url}/posts/${id}`)),
    },
  }));

function asksForSilence(small: SmallPlatform, path: string, minutes: number, status = 200): void {
  const headers = { "X-Silent-Minutes": String(minutes), "content-type": "application/json" };
  small.next(path, (_asked, response) => response.writeHead(status, headers).end('{"id":"paced"}'));
}

const sent = ({ services }: SmallPlatform) => sendDueOnce(services, { signal: new AbortController().signal });

const paths = ({ asked }: SmallPlatform) => asked.map(({ path }) => path);

test("the next post waits until then, is told to, and goes out by itself", async () => {
  const small = await pacing();
  asksForSilence(small, "/posts", 60);
  expect(await small.publish({ text: "one" })).toMatchObject({
    failure: null,
    delivery: { url: "https://small.example/paced" },
  });
  const until = small.clock.now() + hour;
  const { delivery, failure } = await small.publish({ text: "two" });
  expect(failure).toMatchObject({ code: "rate_limited", retryAfterSeconds: undefined });
  expect(failure?.message).toContain(`before ${new Date(until).toISOString().slice(0, 19)}`);
  expect(failure?.message).toContain("96 % of its calls are used up");
  expect(delivery).toMatchObject({ state: "retrying", dueAt: until, parts: [{ state: "open", doubts: 0 }] });
  expect(paths(small)).toEqual(["/posts"]);
  small.clock.set(until - 1);
  expect(await sent(small)).toEqual([]);
  small.clock.set(until);
  expect(await sent(small)).toMatchObject([{ failure: null, delivery: { id: delivery.id, state: "published" } }]);
});

test("in the middle of an upload, no request is begun, and the upload goes on from there", async () => {
  const small = await pacing(3);
  asksForSilence(small, "/upload", 1);
  const { delivery } = await small.publish({ text: "one" });
  expect(delivery).toMatchObject({ state: "retrying", attempts: 1, parts: [] });
  expect(paths(small)).toEqual(["/upload"]);
  // Whoever waits is another process.
  Object.assign(small.services, { vault: async () => other });
  const other = await openAgain(small);
  const again = () => small.publish({ text: "one" });
  expect(await again()).toMatchObject({ failure: { code: "rate_limited" }, delivery: { state: "retrying" } });
  expect(small.asked).toHaveLength(1);
  small.clock.advance(60_000);
  expect(await again()).toMatchObject({ failure: null, delivery: { state: "published" } });
  expect(small.asked.map(({ path, body }) => path + body)).toEqual([
    '/upload{"chunk":0}',
    '/upload{"chunk":1}',
    '/upload{"chunk":2}',
    '/posts{"text":"one"}',
  ]);
});

test("between an upload and the post, nothing is in doubt", async () => {
  const small = await pacing(1);
  asksForSilence(small, "/upload", 60);
  const { delivery } = await small.publish({ text: "one" });
  expect(delivery).toMatchObject({ state: "retrying", parts: [{ state: "open", doubts: 0 }] });
  small.clock.advance(hour);
  expect(await small.publish({ text: "one" })).toMatchObject({ delivery: { state: "published" } });
  expect(paths(small)).toEqual(["/upload", "/posts"]);
});

test("a limit that is near slows the requests down, and stops none", async () => {
  const small = await pacing(2);
  asksForSilence(small, "/upload", 0.2);
  const before = small.clock.now();
  expect(await small.publish({ text: "one" })).toMatchObject({
    failure: null,
    delivery: { state: "published", attempts: 1 },
  });
  expect(small.clock.now() - before).toBe(12_000);
  expect(paths(small)).toEqual(["/upload", "/upload", "/posts"]);
});

test("tokens are asked after all the same, and what that answer says counts", async () => {
  const small = await pacing();
  const [account] = await small.vault.accounts();
  if (!account) throw new Error("no account");
  for (const minutes of [60, 10]) asksForSilence(small, "/me", minutes, minutes === 10 ? 400 : 200);
  expect(await checkLive(small.services, account)).toMatchObject({ ok: true });
  expect(await checkLive(small.services, account)).toMatchObject({ ok: false });
  // Both limits hold: the later end counts.
  const until = small.clock.now() + hour;
  expect((await small.publish({ text: "one" })).delivery.dueAt).toBe(until);
  const other = await small.vault.connect(accountOf("bea", { platform: "small" }), credentialOf("bea"));
  expect(await small.vault.pace(account.id)).toEqual({ until, why: "96 % of its calls are used up" });
  expect(await small.vault.pace(other.id)).toBeNull();
  expect(paths(small)).toEqual(["/me", "/me"]);
});

test("its owner can insist, as after a 429, and taking a post down waits", async () => {
  const small = await pacing();
  asksForSilence(small, "/posts", 60);
  const first = await small.publish({ text: "one" });
  const [gone] = await small.posts({ action: "delete", ids: [first.delivery.id] });
  expect(gone).toMatchObject({ failure: { code: "rate_limited" }, delivery: { state: "published" } });
  const { delivery } = await small.publish({ text: "two" });
  const [sent] = await small.posts({ action: "send", ids: [delivery.id], overQuota: false });
  expect(sent).toMatchObject({ failure: null, delivery: { state: "published" } });
  expect(paths(small)).toEqual(["/posts", "/posts"]);
});

test("a pace that cannot be kept costs no post its address, and goes with its account", async () => {
  const small = await pacing();
  raw(small.path, (database) =>
    database.exec("create trigger full before insert on paces begin select raise(abort, 'full'); end"),
  );
  asksForSilence(small, "/posts", 60);
  expect(await small.publish({ text: "one" })).toMatchObject({
    failure: null,
    delivery: { url: "https://small.example/paced" },
  });
  raw(small.path, (database) => database.exec("drop trigger full"));
  asksForSilence(small, "/posts", 60);
  await small.publish({ text: "two" });
  const count = () => raw(small.path, (database) => database.prepare("select count(*) from paces").pluck().get());
  expect(count()).toBe(1);
  const [account] = await small.vault.accounts();
  await small.vault.disconnect(account?.id ?? "", { revoked: true });
  expect(count()).toBe(0);
});
