/** Everything that a post on X can be, with the built program. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it, onTestFinished } from "vitest";
import { mediaFile, type ShownPost } from "../platforms/connected-x.ts";
import { run } from "./command.ts";
import { connectX, orderFault, type Sandboxed, sandboxed } from "./sandboxed.ts";

async function connected(): Promise<Sandboxed> {
  const space = await sandboxed();
  onTestFinished(() => space.sandbox.close());
  await connectX(space);
  return space;
}

/** Newest first. */
async function timeline({ sandbox }: Sandboxed): Promise<ShownPost[]> {
  return ((await (await fetch(`${sandbox.url}/timeline.json`)).json()) as { posts: ShownPost[] }).posts;
}

const publish = ({ env }: Sandboxed, ...args: string[]) => run(["publish", "--platform", "x", ...args], { env });
const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");

interface Answer {
  readonly deliveries: readonly { id: string; state: string; url: string; error: { code: string } | null }[];
}

it("posts pictures as they are, each with its alt text", async () => {
  const space = await connected();
  const [photo, picture] = [mediaFile("photo.jpg"), mediaFile("picture.png")];
  const ended = await publish(space, "Two", "--image", photo, "--alt", "A test card", "--image", picture);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect((await timeline(space))[0]?.media).toMatchObject([
    { kind: "picture", sha256: sha256(photo), alt: "A test card" },
    { kind: "picture", sha256: sha256(picture), alt: null },
  ]);
});

it("posts a thread whose parts have media of their own, and takes it down", async () => {
  const space = await connected();
  const gif = mediaFile("moving.gif");
  const ended = await publish(
    space,
    "One",
    "--then",
    "Two",
    "--image",
    gif,
    "--alt",
    "It turns",
    "--then",
    "3",
    "--json",
  );
  const [three, two, one] = await timeline(space);
  expect([three, two, one]).toMatchObject([
    { text: "3", replyTo: two?.id },
    { text: "Two", replyTo: one?.id, media: [{ kind: "gif", alt: "It turns" }] },
    { text: "One", replyTo: null },
  ]);
  const [delivery] = ended.json<Answer>().deliveries;
  expect(delivery).toMatchObject({ state: "published", url: `https://x.com/acme/status/${one?.id}` });
  expect((await run(["posts", "delete", delivery?.id ?? "", "--yes"], { env: space.env })).code).toBe(0);
  expect(await timeline(space)).toEqual([]);
});

it("answers a post by its address, asks in a poll, and says why it may not quote", async () => {
  const space = await connected();
  const url = (await publish(space, "First", "--json")).json<Answer>().deliveries[0]?.url ?? "";
  expect((await publish(space, "Second", "--reply-to", url)).code).toBe(0);
  expect((await publish(space, "Which?", "--poll", "Rye", "--poll", "Spelt", "--poll-minutes", "60")).code).toBe(0);
  const [asked, answered, first] = await timeline(space);
  expect(asked).toMatchObject({ text: "Which?", poll: { options: ["Rye", "Spelt"] } });
  expect(answered).toMatchObject({ text: "Second", replyTo: first?.id });
  const quoted = await publish(space, "Look", "--quote", url);
  expect(quoted.code).toBe(7);
  expect(quoted.stderr).toContain("X lets only Enterprise apps quote");
});

it("finds a post whose answer was lost, by its words, link and picture, and does not send it twice", async () => {
  const space = await connected();
  await orderFault(space.sandbox, { method: "POST", path: "/2/tweets", fault: "drop-after" });
  const ended = await publish(space, "Menu & more: example.com", "--image", mediaFile("photo.jpg"), "--json");
  const posts = await timeline(space);
  expect(posts).toHaveLength(1);
  expect(ended.code).toBe(0);
  expect(ended.json<Answer>().deliveries).toMatchObject([
    { state: "published", url: `https://x.com/acme/status/${posts[0]?.id}` },
  ]);
});
