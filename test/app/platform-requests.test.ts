/** What the engine adds to a platform's requests: the app's proof, the version, and silence about what is secret. */
import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import type { Platform } from "../../src/platforms/platform.ts";
import { Redactor } from "../../src/system/redaction.ts";
import { published, smallPlatform } from "./small-platform.ts";

const version = { name: "v23.0", endsOn: null, documentation: "https://small.example/versions" };

const posting = (more: Partial<Platform>) => (url: string) => ({
  ...more,
  publish: {
    commit: async (api, { text }) => {
      await api.post(`${url}/upload/not-so-secret`, { authorization: "none", json: {} });
      return published(api, `${url}/${api.version}/posts`, text);
    },
  } satisfies Platform["publish"],
});

test("the app's proof goes with every request that has a token, and with no other", async () => {
  const small = await smallPlatform(posting({ version, tokenProof: "appsecret_proof" }));
  expect((await small.publish({ text: "hi" })).failure).toBeNull();
  const proof = createHmac("sha256", "the app's secret").update("access-acme").digest("hex");
  const [upload, post] = small.asked;
  expect(post?.headers.authorization).toBe("Bearer access-acme");
  expect(post?.query).toEqual({ appsecret_proof: proof });
  expect(upload?.headers.authorization).toBeUndefined();
  expect(upload?.query).toEqual({});
  expect(small.kept).toContain(proof);
});

test("without the app's secret there is no proof", async () => {
  const small = await smallPlatform(posting({ version, tokenProof: "appsecret_proof" }));
  Object.assign(small.services, { appFromEnvironment: () => null });
  expect((await small.publish({ text: "hi" })).failure).toBeNull();
  expect(small.asked.at(-1)?.query).toEqual({});
});

test("the version of the definition is in the address, or the one that the environment names", async () => {
  const small = await smallPlatform(posting({ version }));
  await small.publish({ text: "one" });
  Object.assign(small.services, { apiVersion: (id: string) => (id === "small" ? "v24.0" : null) });
  await small.publish({ text: "two" });
  expect(small.asked.map(({ path }) => path).filter((path) => path.includes("posts"))).toEqual([
    "/v23.0/posts",
    "/v24.0/posts",
  ]);
});

test("an address that is a right in itself is shown in no part", async () => {
  const redactor = new Redactor();
  const small = await smallPlatform((url) => ({
    publish: {
      commit: async (api, { text }) => {
        const address = "https://up.example/dms/AQHsecretsecretsecret/file?upload_id=xa298sd-secret-secret&kind=video";
        api.keepSecret(address);
        return published(api, `${url}/posts`, text);
      },
    },
  }));
  await small.publish({ text: "hi" });
  for (const secret of small.kept) redactor.keep(secret);
  const shown = redactor.redact(
    "POST https://up.example/dms/AQHsecretsecretsecret/file 200; upload_id xa298sd-secret-secret; a video",
  );
  expect(shown).not.toMatch(/AQHsecret|xa298sd/);
  expect(shown).toMatch(/^POST .*; a video$/);
});

test("an address that refuses what has no token says nothing of the account's", async () => {
  const small = await smallPlatform(posting({}));
  small.next("/upload/not-so-secret", (_asked, response) =>
    response.writeHead(401, { "content-type": "application/json" }).end('{"title":"Unauthorized"}'),
  );
  const { failure, delivery } = await small.publish({ text: "hi" });
  expect(failure).toMatchObject({ code: "not_permitted" });
  expect(delivery.state).toBe("failed");
  expect(small.asked).toHaveLength(1);
  expect((await small.vault.accounts()).map(({ credentials: [own] }) => own?.status)).toEqual(["active"]);
  expect((await small.publish({ text: "ho" })).failure).toBeNull();
});
