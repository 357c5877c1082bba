/** The sandbox's answers against X's own OpenAPI description, where AGENCYIQ_API_DESCRIPTIONS names a folder with x.json. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { xErrors } from "../../src/sandbox/x/problems.ts";
import { start } from "./start.ts";
import { XClient } from "./x-client.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
}

const folder = process.env["AGENCYIQ_API_DESCRIPTIONS"];
const file = folder ? join(folder, "x.json") : null;
const schemas: Readonly<Record<string, Schema>> =
  file && existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).components.schemas : {};
const described = test.skipIf(Object.keys(schemas).length === 0);

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
};

/** Stricter than the description: a property that it does not name is a deviation too. */
function deviations(value: unknown, schema: Schema, at = "$"): string[] {
  if (schema.$ref) return deviations(value, schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {}, at);
  if (schema.type && typeOf(value) !== schema.type) return [`${at} is ${typeOf(value)}, not ${schema.type}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${at} is none of ${schema.enum}`];
  if (schema.pattern && !new RegExp(schema.pattern).test(String(value)))
    return [`${at} does not match ${schema.pattern}`];
  if (Array.isArray(value))
    return value.flatMap((item, index) => deviations(item, schema.items ?? {}, `${at}[${index}]`));
  if (typeof value !== "object" || value === null || !schema.properties) return [];
  const { properties } = schema;
  const missing = (schema.required ?? []).filter((name) => !(name in value)).map((name) => `${at}.${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, entry]) => {
    const property = properties[name];
    return property ? deviations(entry, property, `${at}.${name}`) : [`${at}.${name} is not described`];
  });
  return [...missing, ...wrong];
}

const schemaNamed = (name: string): Schema => {
  const schema = schemas[name];
  if (!schema) throw new Error(`the description has no ${name}`);
  return schema;
};

described("the answers of X are as X describes them (skipped without AGENCYIQ_API_DESCRIPTIONS)", async () => {
  const client = new XClient(await start());
  const tokens = await client.connect();
  const check = async (response: Response, name: string): Promise<void> => {
    expect(deviations(await response.json(), schemaNamed(name)), name).toEqual([]);
  };
  const created = await client.post(tokens, { text: "Hello https://example.com" });
  const { data } = (await created.clone().json()) as { data: { id: string } };
  await check(created, "CreatePostsResponse");
  await client.post(tokens, { text: "Again", reply: { in_reply_to_tweet_id: data.id } });
  const me = await client.me(
    tokens,
    "?user.fields=created_at,public_metrics,verified_type,subscription_type,protected",
  );
  const { data: user } = (await me.clone().json()) as { data: { id: string } };
  await check(me, "GetUsersMeResponse");
  const fields = "post.fields=created_at,entities,author_id,conversation_id,referenced_posts";
  await check(await client.call("GET", `/2/users/${user.id}/tweets?${fields}`, tokens), "GetUsersPostsResponse");
  const png = new Uint8Array(Buffer.from("89504e470d0a1a0a", "hex"));
  const begun = await client.initialize(tokens, { media_type: "image/png", total_bytes: png.length });
  const { data: upload } = (await begun.clone().json()) as { data: { id: string } };
  await check(begun, "InitializeMediaUploadResponse");
  await check(await client.append(tokens, upload.id, 0, png), "AppendMediaUploadResponse");
  await check(await client.finalize(tokens, upload.id), "FinalizeMediaUploadResponse");
  await check(await client.status(tokens, upload.id), "GetMediaUploadStatusResponse");
  await check(await client.describe(tokens, upload.id, "A loaf"), "CreateMediaMetadataResponse");
  await client.post(tokens, { text: "Loaf", media: { media_ids: [upload.id] } });
  const film = new Uint8Array(Buffer.from("0000001866747970", "hex"));
  const video = await client.upload(tokens, "video/mp4", film);
  await check(await client.status(tokens, video), "GetMediaUploadStatusResponse");
  await client.post(tokens, { text: "Which?", poll: { options: ["a", "b"], duration_minutes: 5 } });
  const expanded =
    "post.fields=attachments&expansions=attachments.media_keys,attachments.poll_ids,referenced_posts&media.fields=alt_text,type,url";
  await check(await client.call("GET", `/2/users/${user.id}/tweets?${expanded}`, tokens), "GetUsersPostsResponse");
  await check(await client.call("DELETE", `/2/tweets/${data.id}`, tokens), "DeletePostsResponse");
  await check(await client.call("DELETE", `/2/tweets/${data.id}`, tokens), "ResourceNotFoundProblem");
});

described(
  "every error body with errors in it is as X describes it (skipped without AGENCYIQ_API_DESCRIPTIONS)",
  async () => {
    for (const [name, make] of Object.entries(xErrors)) {
      const answer = make();
      if (!/json/.test(answer.headers.get("content-type") ?? "")) continue;
      const body = (await answer.json()) as { type?: string; errors?: unknown[] };
      if (body.type?.endsWith("/invalid-request")) {
        // The description leaves out the list of what was wrong, which X sends (seen in 2022, 2024, 2025 and 2026).
        const { errors: _, ...described } = body;
        expect(deviations(described, schemaNamed("InvalidRequestProblem")), name).toEqual([]);
      } else {
        for (const error of body.errors ?? []) expect(deviations(error, schemaNamed("Error")), name).toEqual([]);
      }
    }
  },
);
