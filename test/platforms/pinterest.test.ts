import { describe, expect, it } from "vitest";
import { pinterest } from "../../src/platforms/pinterest.ts";
import { boardsOf } from "../../src/sandbox/pinterest/boards.ts";
import { connected, failureOf, publish, publishUnheard, shown } from "./connected.ts";
import { mediaFile, message } from "./connected-x.ts";

const redirectUri = "http://localhost:8791/callback/pinterest";
const app = { clientId: "1400001", clientSecret: "sandbox-pinterest-secret", redirectUri };
const trial = { clientId: "1400002", clientSecret: "sandbox-pinterest-trial-secret", redirectUri };

const here = () => connected(pinterest, app);
const picture = (name = "square.jpg", more: object = {}) => ({ file: mediaFile(name), alt: null, ...more });
const options = { board: "breads" };
const pinning = { platform: "pinterest", method: "POST", path: "/v5/pins" };
const [breads] = boardsOf({ handle: "acme", name: "" });

/** Of the requests that pin. */
const bodies = (made: Awaited<ReturnType<typeof here>>) =>
  made.sent
    .filter(({ method, url }) => method === "POST" && url.endsWith("/v5/pins"))
    .map(({ body }) => JSON.parse(String(body)) as Record<string, unknown>);

describe("pins", () => {
  it("carry a picture in the request, on the board and section that were named", async () => {
    const made = await here();
    expect(made.reply).toMatchObject({ expiresIn: 2_592_000, refreshExpiresIn: 5_184_000 });
    const given = {
      title: "Rye",
      text: "Three days",
      link: "https://example.com/rye",
      images: [picture("square.jpg", { alt: "A loaf" })],
    };
    const pin = await publish(made, { ...given, options: { board: "BREADS", section: "Rye" } });
    expect(pin.url).toBe(`https://www.pinterest.com/pin/${pin.remoteId}/`);
    expect(bodies(made)).toMatchObject([{ board_id: breads?.id, board_section_id: breads?.sections[0]?.id }]);
    const { size } = await made.api.open(picture());
    expect(await shown(made)).toMatchObject([
      {
        title: "Rye",
        text: "Three days",
        link: given.link,
        media: [{ type: "image/jpeg", bytes: size, alt: "A loaf" }],
      },
    ]);
    await made.publishing.delete(made.api, pin.remoteId);
    await made.publishing.delete(made.api, pin.remoteId);
    expect(await shown(made)).toEqual([]);
  });

  it("of several pictures, of addresses, and of a video that was waited for", async () => {
    const made = await here();
    await publish(made, { images: [picture(), picture("picture.png")], options });
    const at = (name: string) => picture(name, { url: `https://media.example.com/${name}` });
    await publish(made, { images: [at("square.jpg")], options });
    await publish(made, { images: [at("square.jpg"), at("picture.png")], options: { board: breads?.id ?? "" } });
    const video = { file: mediaFile("reel.mp4"), alt: "An oven" };
    await publish(made, { video, options });
    await publish(made, { video, thumbnail: picture(), options });
    expect(bodies(made).map(({ media_source: source }) => (source as { source_type: string }).source_type)).toEqual([
      "multiple_image_base64",
      "image_url",
      "multiple_image_urls",
      "video_id",
      "video_id",
    ]);
    expect((await shown(made))[0]).toMatchObject({ media: [{ kind: "video", alt: "An oven" }] });
    expect(made.waits).toEqual([5, 5]);
  });

  it("need a board where there are several, and say which", async () => {
    const made = await here();
    const failure = await failureOf(publish(made, { images: [picture()] }));
    expect(failure).toMatchObject({
      code: "content_invalid",
      hint: expect.stringMatching(/Breads \(\d+\), Cakes \(\d+\)/),
    });
    const other = await failureOf(publish(made, { images: [picture()], options: { board: "Bikes" } }));
    expect(other.message).toBe('there is no board "Bikes"');
    const globex = await connected(pinterest, app, { person: "globex" });
    expect((await publish(globex, { images: [picture()] })).remoteId).toMatch(/^\d+$/);
  });

  it("are refused to an app with Trial access, with what to do", async () => {
    const made = await connected(pinterest, trial);
    const failure = await failureOf(publish(made, { images: [picture()], options }));
    expect(failure).toMatchObject({ code: "app_refused", hint: expect.stringContaining("Standard access") });
  });

  it("whose answer was lost are looked for on the board", async () => {
    const made = await here();
    const given = { title: "Rye", images: [picture()], options };
    const first = await publish(made, given);
    expect(await publishUnheard(made, pinning, given, "drop-before")).toBeNull();
    const found = await publishUnheard(made, pinning, given);
    expect(found?.remoteId).toMatch(/^\d+$/);
    expect(found?.remoteId).not.toBe(first.remoteId);
  });

  it("with a video may be listed late", async () => {
    const made = await here();
    const given = { video: { file: mediaFile("reel.mp4"), alt: null }, options };
    expect(await publishUnheard(made, pinning, given, "drop-before")).toBeUndefined();
  });
});

it("reads what the token endpoint and the headers say", () => {
  const read = (code: number, text: string) => pinterest.tokens.readReply?.({ code, message: text });
  expect(read(283, "The refresh token is invalid")).toMatchObject({ error: "invalid_grant" });
  expect(read(2, "Authentication failed.")).toMatchObject({ error: "invalid_client" });
  expect(read(0, "Something went wrong")).not.toHaveProperty("error");
  const pace = (remaining: string) =>
    pinterest.paceOf?.({ "x-ratelimit-remaining": remaining, "x-ratelimit-reset": "20" }, 0);
  expect([pace("0")?.until, pace("3")]).toEqual([20_000, null]);
});

it.each([
  [{ link: `https://example.com/${"x".repeat(2048)}` }, "more than 2048"],
  [{ images: [picture(), picture("square.jpg", { alt: "b" })] }, "one alternative text"],
  [{ options: { section: "Rye" } }, "pinterest.board=NAME"],
])("refuses what is no pin: %#", async (given, problem) => {
  const problems = (await pinterest.problemsOf?.(message(given), { now: 0, video: null })) ?? [];
  expect(problems.join("; ")).toContain(problem);
});
