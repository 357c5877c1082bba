/** An upload's address is a right in itself: planted with a mark, it is found nowhere on disk and in nothing that is told. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withRedaction } from "../../src/app/redacting-vault.ts";
import { Redactor } from "../../src/system/redaction.ts";
import { published, smallPlatform } from "../app/small-platform.ts";
import { dressesOf } from "./dresses.ts";

const mark = "PLANTED7f+3a9c=q-upload-address";

function leaksIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const disk = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name)).toString("latin1")).join("\n");
  // The search would find what is there.
  expect(disk).toContain("small/acme");
  return dressesOf(mark).filter((dress) => disk.includes(dress));
}

test("neither while it is used, nor where its server tells it back, nor after", async () => {
  const uploads = `/upload/${mark}`;
  const small = await smallPlatform((url) => ({
    publish: {
      prepare: async (api, _message, step) => {
        const { address } = await step("begin", async () => {
          await api.post(`${url}/begin`, { json: {} });
          return { address: `${url}${uploads}?key=${mark}` };
        });
        await api.put(address, { authorization: "none", json: { part: 1 } });
        return { address };
      },
      commit: (api, { text }) => published(api, `${url}/posts`, text),
    },
  }));
  const redactor = new Redactor();
  const redacting = withRedaction(small.vault, (text) => redactor.redact(text));
  Object.assign(small.services, {
    vault: async () => redacting,
    keepSecret: (secret: string) => redactor.keep(secret),
  });
  small.next(uploads, ({ path, query }, response) => {
    const detail = `${path} with ${JSON.stringify(query)} is not for you`;
    response.writeHead(403, { "content-type": "application/json" }).end(JSON.stringify({ detail }));
  });
  const refused = await small.publish({ text: "one" });
  expect(refused.failure?.message).toContain("is not for you");
  const told = JSON.stringify(await small.vault.delivery(refused.delivery.id));
  expect(told).toContain("is not for you");
  expect(dressesOf(mark).filter((dress) => told.includes(dress))).toEqual([]);
  expect(leaksIn(small.folder)).toEqual([]);

  small.next("/posts", (_asked, response) => response.destroy());
  const [doubtful] = await small.posts({ action: "send", ids: [refused.delivery.id], overQuota: false });
  expect(doubtful?.delivery.state).toBe("unknown");
  // Its second try used the address of the first, which is on disk.
  expect(small.asked.map(({ path }) => path)).toEqual(["/begin", uploads, uploads, "/posts"]);
  expect(leaksIn(small.folder)).toEqual([]);
  const publicAt = { remoteId: "1", url: "https://small.example/1" };
  await small.posts({ action: "settle", ids: [refused.delivery.id], published: publicAt });
  expect((await small.vault.delivery(refused.delivery.id))?.state).toBe("published");
  expect(leaksIn(small.folder)).toEqual([]);
});
