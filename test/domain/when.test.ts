import { describe, expect, it } from "vitest";
import { Failure } from "../../src/domain/failure.ts";
import { type PlainWords, readWhen } from "../../src/domain/when.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

function read(text: string, timeZone = "Europe/Berlin", words: PlainWords | null = null) {
  return readWhen(text, { now, timeZone, plainWords: async () => words });
}

async function refusal(text: string): Promise<string> {
  const error = await read(text).catch((thrown: unknown) => thrown);
  if (!(error instanceof Failure)) throw new Error(`${text} was understood`);
  return error.message;
}

describe("when a post is to go out", () => {
  it.each([
    ["2026-12-01T09:00:00+11:00", "2026-11-30T22:00:00Z"],
    ["2026-12-01T09:00Z", "2026-12-01T09:00:00Z"],
    ["2026-12-01 09:00:30.5 -03:30", "2026-12-01T12:30:30.500Z"],
    ["2026-12-01 09:00", "2026-12-01T08:00:00Z"],
    ["2026-12-01T9:05", "2026-12-01T08:05:00Z"],
    ["+90m", "2026-03-01T13:30:00Z"],
    ["+2w", "2026-03-15T12:00:00Z"],
  ])("%s is %s", async (text, instant) => {
    expect(await read(text)).toEqual({ instant: Date.parse(instant), note: null });
  });

  it("is what the words mean, on a wall or as an instant", async () => {
    const wall = Date.parse("2026-03-02T09:00:00Z");
    expect((await read("tomorrow 9am", "Europe/Berlin", { wall })).instant).toBe(Date.parse("2026-03-02T08:00:00Z"));
    const instant = now + 7_200_000;
    expect((await read("in 2 hours", "Europe/Berlin", { instant })).instant).toBe(instant);
  });

  it("says aloud what the clocks do to it", async () => {
    expect((await read("2026-03-29 02:30")).note).toBe(
      "the clocks of Europe/Berlin jump over 2026-03-29 02:30: 2026-03-29 03:30 is taken (2026-03-29T01:30:00Z)",
    );
    expect((await read("2026-10-25 02:30")).note).toBe(
      "the clocks of Europe/Berlin show 2026-10-25 02:30 twice: the first is taken (2026-10-25T00:30:00Z); for the second write 2026-10-25T02:30+01:00",
    );
    expect(await read("2026-10-25T02:30+01:00")).toEqual({ instant: Date.parse("2026-10-25T01:30:00Z"), note: null });
  });

  it.each(["2026-02-30 09:00", "2026-12-01 25:00", "2026-02-30T09:00Z", "2026-12-01", "+90", "09:00", "", "soon"])(
    "%j is no time",
    async (text) => expect(await refusal(text)).toMatch(/is no time$/),
  );

  it("is not in the past, and says what was understood", async () => {
    expect(await refusal("2026-03-01 12:59")).toBe(
      '"2026-03-01 12:59" has passed: that was 2026-03-01 12:59 Europe/Berlin (2026-03-01T11:59:00Z)',
    );
  });

  it("has a time of day", async () => {
    await expect(read("tomorrow", "UTC", { dayAlone: true })).rejects.toMatchObject({ hint: 'write "tomorrow 9am"' });
  });
});
