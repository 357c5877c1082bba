/** The sandbox's DEV is as strict as Forem's source is. */
import { expect, it } from "vitest";
import { start } from "./start.ts";

it("reads the key, one change a second, and articles as the controller does", async () => {
  const { url } = await start();
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    await fetch(`${url}/_sandbox/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advance: 2 }),
    });
    const response = await fetch(`${url}/dev.to/api${path}`, {
      method,
      headers: { "api-key": "sandbox-devto-acme", "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json().catch(() => null)) as Record<string, unknown> };
  };
  expect(await call("GET", "/users/me", undefined, { "api-key": "other" })).toEqual({
    status: 401,
    body: { error: "unauthorized", status: 401 },
  });
  expect(await call("GET", "/users/me", undefined, { "user-agent": "" })).toMatchObject({ status: 403 });
  const wrong: [unknown, string][] = [
    [{}, "param is missing or the value is empty: article"],
    [{ article: "Rye" }, "article param must be a JSON object"],
    [{ article: { body_markdown: "x" } }, "Title can't be blank"],
    [{ article: { title: "x".repeat(129) } }, "Title is too long (maximum is 128 characters)"],
    [
      { article: { title: "Rye", tags: ["a-b"] } },
      'Tag "a-b" contains non-alphanumeric or prohibited unicode characters',
    ],
    [{ article: { title: "Rye", tags: ["a", "b", "c", "d", "e"] } }, "Tag list exceed the maximum of 4 tags"],
  ];
  for (const [body, error] of wrong) {
    expect(await call("POST", "/articles", body)).toEqual({ status: 422, body: { error, status: 422 } });
  }
  const canonical = { title: "Rye", body_markdown: "x", canonical_url: "https://acme.example/rye", tags: "a, b" };
  const made = await call("POST", "/articles", { article: canonical });
  // Not published unless it is said; tags as a text are none.
  expect(made).toMatchObject({ status: 201, body: { published: false, tag_list: [] } });
  expect((await call("POST", "/articles", { article: { ...canonical, title: "Other" } })).body).toMatchObject({
    error: "Canonical url has already been taken",
  });
  const own = { title: "Rye", body_markdown: "y" };
  expect((await call("POST", "/articles", { article: own })).body).toMatchObject({
    error: "Title has already been used in the last five minutes",
  });
  const path = `/articles/${made.body["id"]}`;
  expect((await call("PUT", path, { article: {} }, { "api-key": "sandbox-devto-globex" })).status).toBe(404);
  expect((await call("PUT", path, { article: { published: true } })).body).toMatchObject({ published: true });
  const atOnce = await fetch(`${url}/dev.to/api${path}`, {
    method: "PUT",
    headers: { "api-key": "sandbox-devto-acme" },
  });
  expect(atOnce.status).toBe(429);
  expect(atOnce.headers.get("retry-after")).toBe("1");
});
