import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/domain/channel.ts";
import { judgeDispatch, patience, type SendOutcome } from "../../src/domain/dispatch.ts";
import { days, hours, minutes, seconds } from "../../src/domain/time.ts";

const now = Date.UTC(2030, 0, 10);

const channel: Channel = {
  id: "c",
  name: "hook",
  target: { kind: "webhook", url: "https://example.com/" },
  on: null,
  brand: null,
  generation: 1,
  createdAt: 0,
  failures: 0,
  failingSince: null,
  resumeAt: null,
  lastError: null,
  waiting: 1,
};

interface Case {
  readonly attempts?: number;
  readonly firstTriedAt?: number;
  readonly channel?: Partial<Channel>;
  readonly fraction?: number;
}

function judge(outcome: SendOutcome, { attempts = 1, firstTriedAt = now, fraction = 0.5, ...more }: Case = {}) {
  return judgeDispatch({ attempts, firstTriedAt, channel: { ...channel, ...more.channel } }, outcome, {
    now,
    fraction,
  });
}

const refused: SendOutcome = { kind: "refused", message: "it answered 500" };
const unreachable: SendOutcome = { kind: "unreachable", message: "no answer in time" };

describe("a message that was refused", () => {
  it("waits by itself, longer each time, at most half an hour", () => {
    const waits = [1, 2, 3, 8, 50].map((attempts) => {
      const verdict = judge(refused, { attempts, fraction: 0.999_999_9 });
      return verdict.kind === "again" ? Math.round((verdict.at - now) / 1000) : verdict.kind;
    });
    expect(waits).toEqual([30, 60, 120, 1800, 1800]);
  });

  it("is given up after three days, and not before", () => {
    expect(judge(refused, { attempts: 200, firstTriedAt: now - patience + 1 }).kind).toBe("again");
    expect(judge(refused, { attempts: 2, firstTriedAt: now - patience })).toEqual({
      kind: "given_up",
      error: "it answered 500",
    });
  });
});

describe("a channel through which nothing gets", () => {
  it("waits as a whole, by how often it failed and not by how often this message was tried", () => {
    expect(judge(unreachable, { attempts: 9, fraction: 0.999_999_9 })).toEqual({
      kind: "channel_down",
      until: now + seconds(30),
      error: "no answer in time",
      giveUpBefore: null,
    });
    expect(judge(unreachable, { channel: { failures: 3 }, fraction: 0.999_999_9 })).toMatchObject({
      until: now + seconds(240),
    });
  });

  it("waits as long as it asked for, a day at most, and never shorter than it would anyway", () => {
    const wait = (milliseconds: number, failures = 0) => {
      const verdict = judge({ ...unreachable, wait: milliseconds }, { channel: { failures }, fraction: 0.999_999_9 });
      return verdict.kind === "channel_down" ? verdict.until - now : verdict.kind;
    };
    expect(wait(hours(2))).toBe(hours(2));
    expect(wait(days(40))).toBe(days(1));
    expect(wait(seconds(1), 12)).toBe(minutes(30));
  });

  it("gives up what is older than three days only once it has failed for as long", () => {
    const down = (failingSince: number | null) =>
      judge(unreachable, { firstTriedAt: now - days(9), channel: { failingSince, failures: 4 } });
    expect(down(null)).toMatchObject({ giveUpBefore: null });
    expect(down(now - patience + 1)).toMatchObject({ giveUpBefore: null });
    expect(down(now - patience)).toMatchObject({ giveUpBefore: now - patience });
  });
});

it("what was sent is done, however long it took", () => {
  expect(judge({ kind: "sent" }, { attempts: 70, firstTriedAt: now - days(9) })).toEqual({ kind: "sent" });
});
