/** Bluesky in the sandbox through the built program: both ways in, every kind of post, and the end. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Sandbox } from "../../src/sandbox/options.ts";
import { startSandbox } from "../../src/sandbox/server.ts";
import { clock, random } from "../conformance/ports.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, type Workspace, workspace } from "./command.ts";
import { approve } from "./sandboxed.ts";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ port: 0, clock, random });
});
afterAll(() => sandbox.close());

const spaceOf = (person: string) =>
  workspace({
    AGENCYIQ_ENDPOINT_URL: sandbox.url,
    BROWSER: `${process.execPath} ${approve}`,
    SANDBOX_PERSON: person,
  });

async function appPassword(person: string): Promise<string> {
  return (await fetch(`${sandbox.url}/keys/bluesky?person=${person}`)).text();
}

async function connect({ env }: Workspace, person = "acme") {
  const stdin = await appPassword(person);
  return run(["connect", "bluesky", "--instance", `@${person}.bsky.social`, "--token-stdin"], { env, stdin });
}

async function timeline(): Promise<readonly Record<string, unknown>[]> {
  return ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: Record<string, unknown>[] }).posts;
}

it("connects by an app password, posts everything once, and disconnects", async () => {
  const space = spaceOf("acme");
  const { env } = space;
  expect(await connect(space)).toMatchObject({ code: 0, stdout: expect.stringContaining("bluesky/acme.bsky.social") });
  const publish = (...args: string[]) => run(["publish", "--platform", "bluesky", ...args], { env });
  expect((await run(["tokens", "status", "--live"], { env })).stdout).toContain("answers as @acme.bsky.social");
  expect((await run(["tokens", "refresh", "--force", "bluesky"], { env })).code).toBe(0);

  const pictures = ["--image", mediaFile("photo.jpg"), "--alt", "A test card", "--image", mediaFile("picture.png")];
  expect(await publish("Héllo 🎉 @globex.bsky.social #bread https://example.com/a.", ...pictures)).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(
    await publish("A film", "--video", mediaFile("film.mp4"), "--then", "and a page", "--then", "end"),
  ).toMatchObject({ code: 0, stderr: "" });
  const url = String((await timeline())[0]?.["url"]);
  expect(
    await publish(
      "Look",
      "--quote",
      url,
      "--link",
      "https://example.com/page",
      "--title",
      "A page",
      "--option",
      `bluesky.thumbnail=${mediaFile("square.jpg")}`,
    ),
  ).toMatchObject({ code: 0, stderr: "" });
  const [card, end, page, film, first] = await timeline();
  expect(card).toMatchObject({ text: "Look", link: "https://example.com/page", quotes: end?.["id"] });
  expect([page?.["replyTo"], end?.["replyTo"]]).toEqual([film?.["id"], page?.["id"]]);
  expect(film).toMatchObject({ media: [{ kind: "video", type: "video/mp4" }] });
  expect(first).toMatchObject({
    media: [
      { kind: "picture", alt: "A test card" },
      { kind: "picture", alt: null },
    ],
  });
  expect((await run(["disconnect", "bluesky/acme.bsky.social", "--yes"], { env })).code).toBe(0);
}, 60_000);

it("signs in by OAuth, where somebody else's consent is not taken", async () => {
  const { env } = spaceOf("globex");
  const oauth = ["connect", "bluesky", "--credential", "oauth", "--instance"];
  const other = await run([...oauth, "acme.bsky.social"], { env });
  expect(other.code).toBe(4);
  expect(other.stderr).toContain("globex.bsky.social");
  expect(await run([...oauth, "globex.bsky.social"], { env })).toMatchObject({ code: 0 });
  expect((await run(["tokens", "refresh", "--force", "bluesky"], { env })).code).toBe(0);
  expect(await run(["publish", "--platform", "bluesky", "By OAuth"], { env })).toMatchObject({ code: 0, stderr: "" });
  expect((await run(["disconnect", "bluesky/globex.bsky.social", "--yes"], { env })).code).toBe(0);
}, 60_000);
