/** The sandbox's Tumblr is as strict as the real one. */
import { expect, it } from "vitest";
import { tumblr } from "../../src/platforms/tumblr.ts";
import { ask, connected } from "../platforms/connected.ts";

const redirectUri = "http://localhost:8791/callback/tumblr";
const app = { clientId: "sandbox-tumblr-key", clientSecret: "sandbox-tumblr-secret", redirectUri };
const posts = "https://api.tumblr.com/v2/blog/acme/posts";
const words = { type: "text", text: "Bread" };

interface Body {
  readonly errors?: readonly { readonly code: number }[];
}

it("gives refresh tokens to who asks for them, each good once", async () => {
  const { sandbox, reply } = await connected(tumblr, app);
  const refresh = async (refresh_token: string) => {
    const body = new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token,
      client_id: app.clientId,
      client_secret: app.clientSecret,
    });
    const answer = await fetch(`${sandbox.url}/api.tumblr.com/v2/oauth2/token`, { method: "POST", body });
    return { status: answer.status, ...((await answer.json()) as object) };
  };
  expect(await refresh(reply.refreshToken ?? "")).toMatchObject({ status: 200, expires_in: 2520, id_token: false });
  expect(await refresh(reply.refreshToken ?? "")).toMatchObject({ status: 401, error: "invalid_grant" });
  const short = await connected(tumblr, app, { scopes: ["basic"] });
  expect(short.reply.refreshToken).toBeNull();
  const answer = await ask(short, posts, { method: "POST" });
  expect(answer.status).toBe(403);
});

it("refuses what is no post", async () => {
  const made = await connected(tumblr, app);
  const post = async (body: object) => {
    const headers = { "content-type": "application/json" };
    const answer = await ask(made, posts, { method: "POST", headers, body: JSON.stringify(body) });
    return [answer.status, ((await answer.json()) as Body).errors?.[0]?.code];
  };
  expect(await post({ content: [words] })).toEqual([201, undefined]);
  const image = { type: "image", media: [{ type: "image/png", identifier: "a" }] };
  for (const body of [
    {},
    { content: [] },
    { content: [{ type: "words" }] },
    { content: [{ type: "text", text: "x".repeat(4097) }] },
    { content: [image] },
    { content: [words], state: "public" },
    { content: [words], titel: "x" },
    { content: [words], publish_on: "2030-01-01T00:00:00Z" },
    { content: Array.from({ length: 31 }, () => image) },
  ]) {
    expect(await post(body), JSON.stringify(body).slice(0, 80)).toEqual([400, 8001]);
  }
  expect((await ask(made, posts.replace("acme", "globex"), { method: "POST", body: "{}" })).status).toBe(404);
});

it("takes files behind the JSON part, by their names, and looks into them", async () => {
  const made = await connected(tumblr, app);
  const json = new Blob(
    [JSON.stringify({ content: [{ type: "image", media: [{ type: "image/png", identifier: "a" }] }] })],
    { type: "application/json" },
  );
  const png = new File([Buffer.from("89504e470d0a1a0a00000000", "hex")], "a.png");
  const post = async (parts: readonly (readonly [string, Blob | string])[]) => {
    const body = new FormData();
    for (const [name, value] of parts) body.set(name, value);
    const answer = await ask(made, posts, { method: "POST", body });
    return [answer.status, ((await answer.json()) as Body).errors?.[0]?.code];
  };
  expect(
    await post([
      ["json", json],
      ["a", png],
    ]),
  ).toEqual([201, undefined]);
  expect(
    await post([
      ["a", png],
      ["json", json],
    ]),
  ).toEqual([400, 8001]);
  expect(
    await post([
      ["json", await json.text()],
      ["a", png],
    ]),
  ).toEqual([400, 8001]);
  expect(
    await post([
      ["json", json],
      ["b", png],
    ]),
  ).toEqual([400, 8001]);
  expect(
    await post([
      ["json", json],
      ["a", png],
      ["b", png],
    ]),
  ).toEqual([400, 8001]);
  expect(
    await post([
      ["json", json],
      ["a", new File(["words"], "a.png")],
    ]),
  ).toEqual([400, 8005]);
});
