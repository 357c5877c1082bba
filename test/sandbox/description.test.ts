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
  await check(await client.call("DELETE", `/2/tweets/${data.id}`, tokens), "DeletePostsResponse");
  await check(await client.call("DELETE", `/2/tweets/${data.id}`, tokens), "ResourceNotFoundProblem");
});

described(
  "every older error body is as X describes its Error (skipped without AGENCYIQ_API_DESCRIPTIONS)",
  async () => {
    for (const [name, make] of Object.entries(xErrors)) {
      const answer = make();
      if (!/json/.test(answer.headers.get("content-type") ?? "")) continue;
      const { errors = [] } = (await answer.json()) as { errors?: unknown[] };
      for (const error of errors) expect(deviations(error, schemaNamed("Error")), name).toEqual([]);
    }
  },
);
