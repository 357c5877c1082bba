/** The sandbox's WordPress is as strict as WordPress's source is. */
import { expect, it } from "vitest";
import { start } from "./start.ts";

it("knows who asks, checks what is given, and puts numbers behind slugs", async () => {
  const { url } = await start();
  const basic = `Basic ${Buffer.from("acme:sand box word acme xxxx xxxx").toString("base64")}`;
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await fetch(`${url}/www.bakery.example${path}`, {
      method,
      redirect: "manual",
      headers: { authorization: basic, "content-type": "application/json", ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => null)) as Record<string, unknown>;
    return { status: response.status, answer, headers: response.headers };
  };
  const api = "/wp-json/wp/v2";
  const code = async (...args: Parameters<typeof call>) => (await call(...args)).answer["code"];
  expect((await call("HEAD", "/")).headers.get("link")).toBe(
    '<https://www.bakery.example/wp-json/>; rel="https://api.w.org/"',
  );
  const nobody = { authorization: "" };
  const other = { authorization: `Basic ${btoa("acme:other")}` };
  expect(await code("GET", `${api}/users/me`, undefined, nobody)).toBe("rest_not_logged_in");
  expect(await code("GET", `${api}/users/me`, undefined, other)).toBe("incorrect_password");
  expect(await code("GET", `${api}/users/me`, undefined, { authorization: `Basic ${btoa("who:x")}` })).toBe(
    "invalid_username",
  );
  expect(await code("POST", `${api}/posts`, { title: "x" }, nobody)).toBe("rest_cannot_create");
  expect(await code("GET", "/wp-json/nowhere")).toBe("rest_no_route");
  for (const wrong of [
    { title: "x", status: "public" },
    { title: "x", date_gmt: "2026-11-21T10:00:00Z" },
    { title: "x", tags: ["bread"] },
    { title: "x", categories: [99] },
    { title: "x", featured_media: 99 },
    { title: "x", sticky: "yes" },
    { title: "x", comment_status: "no" },
  ]) {
    expect(await code("POST", `${api}/posts`, wrong), JSON.stringify(wrong)).toBe("rest_invalid_param");
  }
  expect(await code("POST", `${api}/posts`, { status: "publish" })).toBe("empty_content");
  const rye = { title: "Rye", slug: "rye", status: "publish" };
  expect((await call("POST", `${api}/posts`, rye)).answer).toMatchObject({ slug: "rye" });
  const second = await call("POST", `${api}/posts`, rye);
  expect(second).toMatchObject({ status: 201, answer: { slug: "rye-2" } });
  expect((await call("GET", `${api}/posts?slug=rye&status=any`)).answer).toMatchObject([{ slug: "rye" }]);
  expect(await code("GET", `${api}/posts?status=any`, undefined, nobody)).toBe("rest_invalid_param");
  const post = `${api}/posts/${second.answer["id"]}`;
  expect(await call("DELETE", post)).toMatchObject({ status: 200, answer: { status: "trash" } });
  expect(await code("DELETE", post)).toBe("rest_already_trashed");
  expect(await code("DELETE", `${api}/posts/99`)).toBe("rest_post_invalid_id");
  expect(await code("POST", `${api}/media`, "bytes")).toBe("rest_upload_no_content_disposition");
  const named = (name: string) => ({
    "content-type": "image/png",
    "content-disposition": `attachment; filename="${name}"`,
  });
  expect(await call("POST", `${api}/media`, "bytes", named("a.jpg"))).toMatchObject({ status: 500 });
  expect((await call("POST", `${api}/media`, "bytes", named("a.png"))).status).toBe(201);
  expect((await call("POST", `${api}/tags`, { name: "Bread" })).status).toBe(201);
  expect(await call("POST", `${api}/tags`, { name: "bread" })).toMatchObject({
    status: 400,
    answer: { code: "term_exists", data: { term_id: 100 } },
  });
});
