/** Instagram with the built program, by its own login and by Facebook's: pictures, carousels, Reels, stories. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultPeople } from "../../src/sandbox/options.ts";
import { mediaFile } from "../platforms/connected-x.ts";
import { run, start } from "./command.ts";
import { largeFilm } from "./large-film.ts";
import { connected, connectMeta, type Deliveries, metaSpace, publish, requestsTo, timeline } from "./meta.ts";
import { orderFault } from "./sandboxed.ts";

const sha256 = (name: string) =>
  createHash("sha256")
    .update(readFileSync(mediaFile(name)))
    .digest("hex");
const slow = { timeout: 120_000 };
const picture = ["--image", mediaFile("square.jpg"), "--alt", "A test card"];

it("posts a picture with a first comment, a carousel, a Reel from this disk and a story", slow, async () => {
  const space = await connected("instagram");
  const ended = await publish(space, "Rye #bread", ...picture, "--first-comment", "#rye #spelt", "--json");
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const two = [...picture, "--image", mediaFile("square.jpg")];
  expect((await publish(space, "Two", ...two)).code).toBe(0);
  const film = ["--video", mediaFile("reel.mp4"), "--option", "instagram.share-to-feed=no"];
  const reel = await run(["publish", "--platform", "instagram", "Film", ...film, "--json"], {
    env: space.env,
    timeout: 60_000,
  });
  expect(reel, reel.stderr).toMatchObject({ code: 0 });
  const story = await publish(space, "", "--image", mediaFile("square.jpg"), "--option", "instagram.kind=story");
  expect(story, story.stderr).toMatchObject({ code: 0 });
  const posts = await timeline(space);
  expect(posts).toMatchObject([
    { text: "", url: expect.stringContaining("/stories/acme/") },
    { text: "Film", url: expect.stringContaining("/reel/"), media: [{ kind: "video", sha256: sha256("reel.mp4") }] },
    { text: "Two", media: [{ alt: "A test card" }, { alt: null }] },
    { text: "#rye #spelt", replyTo: posts[4]?.id },
    { text: "Rye #bread", media: [{ kind: "picture", sha256: sha256("square.jpg"), alt: "A test card" }] },
  ]);
  const [{ url, id } = { url: "", id: "" }] = ended.json<Deliveries>().deliveries;
  const page = await (await fetch(url.replace("https://", `${space.sandbox.url}/`))).text();
  expect(page).toContain("A test card");
  expect(page).toContain("#rye #spelt");
  expect((await run(["posts", "delete", id, "--yes"], { env: space.env })).code).toBe(0);
  expect((await timeline(space)).map(({ text }) => text)).toEqual(["", "Film", "Two"]);
});

it("a text alone, a PNG, and a picture that is nowhere public are refused before anything is asked", slow, async () => {
  const space = await connected("instagram");
  const before = (await requestsTo(space)).length;
  const refused = async (words: string, ...args: string[]) => {
    const ended = await publish(space, ...args);
    expect(ended).toMatchObject({ code: 7, stderr: expect.stringContaining(words) });
  };
  await refused("wants a picture (--image) or a video (--video)", "Hello");
  await refused("picture.png", "Hello", "--image", mediaFile("picture.png"));
  await refused("31 hashtags", `${"#a ".repeat(31)}`, ...picture);
  const nowhere = await run(["publish", "--platform", "instagram", "Hi", ...picture], { env: space.env });
  expect(nowhere).toMatchObject({ code: 7, stderr: expect.stringContaining("fetches files itself") });
  expect(await requestsTo(space)).toHaveLength(before);
});

it("a personal account is not connected, and is told how to switch", slow, async () => {
  const people = defaultPeople.map((person) => ({ ...person, personal: true }));
  const ended = await connectMeta(await metaSpace("instagram", { people }));
  expect(ended.code).not.toBe(0);
  expect(`${ended.stdout}${ended.stderr}`).toContain("switch it to a professional one");
});

it("finds a post whose answer was lost, and does not send it twice", slow, async () => {
  const space = await connected("instagram");
  const lost = { platform: "instagram", method: "POST", path: "/v26.0/17841*", fault: "drop-after" };
  // The first request of that path is for the container, and is sent again by itself; the second publishes.
  await orderFault(space.sandbox, { ...lost, times: 2 });
  const ended = await publish(space, "Only once", ...picture, "--json");
  const posts = await timeline(space);
  expect(posts.filter(({ text }) => text === "Only once")).toHaveLength(1);
  expect(ended.code, ended.stdout).toBe(0);
  expect(ended.json<Deliveries>().deliveries).toMatchObject([{ state: "published", url: posts[0]?.url }]);
});

it("a Reel of 300 MB that is killed half-way goes on where Instagram has it", slow, async () => {
  const space = await connected("instagram");
  const path = largeFilm(space, 300_000_000, "reel.mp4");
  const args = ["publish", "--platform", "instagram", "--key", "film", "How it is made", "--video", path, "--progress"];
  const killed = await start(args, { env: space.env, timeout: 60_000 });
  await killed.line(/[2-6]\d ?%/);
  killed.kill("SIGKILL");
  await killed.ended;
  const ended = await run([...args, "--json"], { env: space.env, timeout: 100_000 });
  expect(ended, ended.stderr).toMatchObject({ code: 0 });
  const uploads = (await requestsTo(space)).filter(({ path: to }) => to.startsWith("/ig-api-upload/"));
  expect(uploads.map(({ status }) => status).at(-1)).toBe(200);
  expect(new Set(uploads.map(({ path: to }) => to)).size).toBe(1);
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
  expect((await timeline(space))[0]?.media[0]?.sha256).toBe(hash.digest("hex"));
});

it("by Facebook's login: the account that is linked to a Page, with the Page's token", slow, async () => {
  const space = await metaSpace("instagram");
  const { port } = space;
  const { AGENCYIQ_INSTAGRAM_CLIENT_ID: _id, AGENCYIQ_INSTAGRAM_CLIENT_SECRET: _secret, ...env } = space.env;
  // Both of the apps are known; which one is meant, its id says.
  for (const [id, secret] of [
    ["sandbox-instagram-app", "sandbox-instagram-secret"],
    ["sandbox-facebook-client", "sandbox-facebook-secret"],
  ] as const) {
    const kept = await run(["apps", "set", "instagram", "--client-id", id, "--secret-stdin"], {
      env,
      stdin: `${secret}\n`,
    });
    expect(kept, kept.stderr).toMatchObject({ code: 0 });
  }
  const which = ["--credential", "facebook", "--client-id", "sandbox-facebook-client"];
  const login = ["connect", "instagram", ...which, "--port", String(port), "--json"];
  const ended = await run(login, { env });
  expect(ended, ended.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining('"instagram/acme"') });
  const posted = await publish({ ...space, env }, "By way of a Page", ...picture, "--first-comment", "#page", "--json");
  expect(posted, posted.stderr).toMatchObject({ code: 0 });
  expect((await publish({ ...space, env }, "Film", "--video", mediaFile("reel.mp4"))).code).toBe(0);
  expect(await timeline(space)).toMatchObject([{ text: "Film" }, { text: "#page" }, { text: "By way of a Page" }]);
  const live = await run(["tokens", "status", "--live"], { env });
  expect(live, live.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("@acme") });
});

it("an account that is connected both ways posts by the other one when its own login is taken away", slow, async () => {
  const space = await connected("instagram");
  const { port } = space;
  const { AGENCYIQ_INSTAGRAM_CLIENT_ID: _id, AGENCYIQ_INSTAGRAM_CLIENT_SECRET: _secret, ...env } = space.env;
  for (const id of ["instagram-app", "facebook-client"]) {
    const args = ["apps", "set", "instagram", "--client-id", `sandbox-${id}`, "--secret-stdin"];
    expect((await run(args, { env, stdin: `sandbox-${id.split("-")[0]}-secret\n` })).code).toBe(0);
  }
  const which = ["--credential", "facebook", "--client-id", "sandbox-facebook-client"];
  const ended = await run(["connect", "instagram", ...which, "--port", String(port)], { env });
  expect(ended, ended.stderr).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("tried in order: oauth2, facebook-page"),
  });
  await fetch(`${space.sandbox.url}/_sandbox/revoke`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ platform: "instagram" }),
  });
  const posted = await publish({ ...space, env }, "By the other way", ...picture, "--json");
  expect(posted, posted.stderr).toMatchObject({ code: 0 });
  expect(await timeline(space)).toMatchObject([{ text: "By the other way" }]);
});
