/** The rounds of telling over a real vault: what a sender does is ordered, so that what must not depend on time does not. */
import { describe, expect, it } from "vitest";
import { dispatchNotifications } from "../../src/app/notify.ts";
import type { Services } from "../../src/app/services.ts";
import type { SendOutcome } from "../../src/domain/dispatch.ts";
import type { Sending } from "../../src/domain/ports/channel-sender.ts";
import type { Vault } from "../../src/domain/ports/vault.ts";
import { systemRandom } from "../../src/system/random.ts";
import { notification } from "../notify/outbox.ts";
import { type Home, newVault, raw } from "../vault/home.ts";

type Answer = (sending: Sending) => Promise<SendOutcome>;

interface Bench extends Home {
  readonly vault: Vault;
  readonly kept: (string | null | undefined)[];
  /** `channel account`, in the order in which it was sent. */
  readonly sent: string[];
  tell(options?: { vault?: Vault; signal?: AbortSignal }): ReturnType<typeof dispatchNotifications>;
}

/** Channels by name, each with what its other side does. */
async function bench(channels: Readonly<Record<string, Answer>>): Promise<Bench> {
  const home = await newVault();
  const sent: string[] = [];
  const kept: (string | null | undefined)[] = [];
  for (const name of Object.keys(channels)) {
    const target = { kind: "slack", host: name } as const;
    const secret = `https://${name}/services/${name}-secret`;
    await home.vault.addChannel({ name, target, secret, on: null, brand: null });
  }
  const tell: Bench["tell"] = ({ vault = home.vault, signal = new AbortController().signal } = {}) => {
    const services = {
      clock: home.clock,
      random: systemRandom,
      vault: async () => vault,
      uninterrupted: <T>(work: () => Promise<T>) => work(),
      keepSecret: (secret: string | null | undefined) => void kept.push(secret),
      sendThrough: async (sending: Sending) => {
        const { target, message } = sending;
        const name = target.kind === "slack" ? target.host : target.kind;
        sent.push(`${name} ${message.account}`);
        return (channels[name] ?? ok)(sending);
      },
    } as unknown as Services;
    return dispatchNotifications(services, { signal });
  };
  return { ...home, kept, sent, tell };
}

const ok: Answer = async () => ({ kind: "sent" });

describe("a round of telling", () => {
  it("asks nothing of anybody where nothing is to be told", async () => {
    const { vault, tell } = await bench({ good: ok });
    const asked: string[] = [];
    const counted = new Proxy(vault, {
      get: (target, name: keyof Vault) => {
        asked.push(name);
        return target[name];
      },
    });
    expect(await tell({ vault: counted })).toEqual([]);
    // `then` is looked at by every await.
    expect(asked.filter((name) => name !== ("then" as string))).toEqual(["nextDispatchAt"]);
  });

  it("tells what became of each, and keeps every part of a secret address from being printed", async () => {
    const { vault, tell, kept } = await bench({
      bad: async () => ({ kind: "refused", message: "it answered 400" }),
      down: async () => ({ kind: "unreachable", message: "no answer in time" }),
      good: ok,
    });
    await vault.notify(notification("a"));
    const told = await tell();
    expect(told.map(({ channel, outcome, error }) => [channel, outcome, error])).toEqual([
      ["bad", "waiting", "it answered 400"],
      ["down", "waiting", "no answer in time"],
      ["good", "sent", null],
    ]);
    expect(kept).toContain("https://good/services/good-secret");
    expect(kept).toContain("/services/good-secret");
  });

  it("goes on past a sender that fails in a way nobody foresaw, and past a secret that does not open", async () => {
    const throwing: Answer = async () => {
      throw new TypeError("undefined is not a function");
    };
    const { vault, tell, path, sent } = await bench({ throwing, damaged: ok, good: ok });
    const damaged = (await vault.channels()).find(({ name }) => name === "damaged");
    raw(path, (database) =>
      database.prepare("update secrets set blob = zeroblob(98) where owner_id = ?").run(damaged?.id),
    );
    await vault.notify(notification("a"));
    const told = await tell();
    expect(told.map(({ channel, outcome }) => [channel, outcome]).sort()).toEqual([
      ["damaged", "waiting"],
      ["good", "sent"],
      ["throwing", "waiting"],
    ]);
    expect(told.find(({ channel }) => channel === "damaged")?.error).toMatch(/webhook url was changed/);
    expect(sent).not.toContain("damaged x/a");
  });

  it("leaves nothing behind that came while another round was about to end", async () => {
    const { vault, tell, sent } = await bench({ good: ok });
    await vault.notify(notification("a"));
    const rounds: Promise<unknown>[] = [];
    // The first round has found nothing more; before it lets go, something comes, and the round for that finds it busy.
    const watched: Vault = {
      ...vault,
      beginDispatch: async (id) => {
        const dispatch = await vault.beginDispatch(id);
        if (dispatch === null && rounds.length === 0) {
          await vault.notify(notification("b"));
          rounds.push(tell());
          await rounds[0];
        }
        return dispatch;
      },
    };
    await tell({ vault: watched });
    expect(await rounds[0]).toEqual([]);
    expect(sent).toEqual(["good x/a", "good x/b"]);
  });

  it("is told of a vault that cannot be written, and nothing was sent", async () => {
    const { vault, tell, path, sent } = await bench({ good: ok });
    await vault.notify(notification("a"));
    raw(path, (database) =>
      database.exec("create trigger full before update on dispatches begin select raise(abort, 'full'); end"),
    );
    await expect(tell()).rejects.toThrow("full");
    expect(sent).toEqual([]);
    raw(path, (database) => database.exec("drop trigger full"));
    expect(await tell()).toMatchObject([{ outcome: "sent" }]);
  });

  it("begins nothing once it is asked to end", async () => {
    const ending = new AbortController();
    const { vault, tell, sent } = await bench({
      good: async () => {
        ending.abort();
        return { kind: "sent" };
      },
    });
    for (const mark of ["a", "b"]) await vault.notify(notification(mark));
    expect(await tell({ signal: ending.signal })).toMatchObject([{ account: "x/a", outcome: "sent" }]);
    expect(sent).toEqual(["good x/a"]);
    expect(await tell({ signal: ending.signal })).toEqual([]);
    expect(await tell()).toMatchObject([{ account: "x/b" }]);
  });

  it("gives up after three days of trying, which is seen", async () => {
    const { vault, tell, clock } = await bench({ bad: async () => ({ kind: "refused", message: "it answered 400" }) });
    await vault.notify(notification("a"));
    const outcomes: string[] = [];
    for (let next = await vault.nextDispatchAt(); next !== null; next = await vault.nextDispatchAt()) {
      clock.set(next);
      outcomes.push(...(await tell()).map(({ outcome }) => outcome));
    }
    expect(new Set(outcomes.slice(0, -1))).toEqual(new Set(["waiting"]));
    expect(outcomes.at(-1)).toBe("failed");
    expect(await vault.notifications({ limit: 1 })).toMatchObject([
      { dispatches: [{ state: "failed", attempts: outcomes.length, error: "it answered 400" }] },
    ]);
  });
});
