/**
 * A planted key, at a network that echoes whatever it was sent in its refusals: it is in no word that is told or written, however
 * it is presented.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { disconnectAccount } from "../../src/app/disconnect.ts";
import { publishPost } from "../../src/app/publish-post.ts";
import { withRedaction } from "../../src/app/redacting-vault.ts";
import { checkLive } from "../../src/app/token-status.ts";
import { Failure } from "../../src/domain/failure.ts";
import { draftOf } from "../../src/domain/post.ts";
import { withTrace } from "../../src/system/http-trace.ts";
import { Redactor } from "../../src/system/redaction.ts";
import { keysStage } from "../app/keys-platform.ts";
import { random } from "../conformance/ports.ts";
import { dressesOf } from "./dresses.ts";
import { mark } from "./marked-server.ts";

const key = `${mark}-user:${mark}-key-${"k".repeat(20)}`;
const dresses = [...dressesOf(mark), ...dressesOf(key), ...dressesOf("k".repeat(20))];
const leaksIn = (text: string) => dresses.filter((dress) => text.includes(dress));

/** All that is below a folder, as bytes. */
function textBelow(folder: string): string {
  const parts = readdirSync(folder, { withFileTypes: true }).map((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return textBelow(path);
    return statSync(path).isFile() ? readFileSync(path).toString("latin1") : "";
  });
  return parts.join("\n");
}

/** Everything that is told is redacted as the command line does it, the trace of `--debug` too. */
async function watchedStage(revokes: boolean) {
  const redactor = new Redactor();
  const told: string[] = [];
  const tell = (text: string) => void told.push(redactor.redact(text));
  const revoke = { revoke: async () => Promise.reject(new Failure("platform_cannot", "by hand")) };
  const stage = await keysStage(revokes ? revoke : {}, (services) => {
    const vault = async () => withRedaction(await services.vault(), (text) => redactor.redact(text));
    return {
      ...services,
      http: withTrace(services.http, services.clock, tell),
      vault,
      vaultOrNew: vault,
      keepSecret: (secret) => redactor.keep(secret),
    };
  });
  const failed = async (work: Promise<unknown>) => {
    const failure = await work.then(
      () => null,
      (error: unknown) => error,
    );
    if (!(failure instanceof Failure)) throw new Error("it did not fail");
    for (let cause: unknown = failure; cause instanceof Error; cause = cause.cause) {
      tell(`${cause.message} ${cause instanceof Failure ? cause.hint : ""}`);
    }
    return failure.code;
  };
  const look = () => {
    expect(leaksIn(told.join("\n"))).toEqual([]);
    expect(leaksIn(textBelow(stage.folder))).toEqual([]);
  };
  return { ...stage, told, tell, failed, look };
}

describe.each(["header", "basic", "path"])("a key presented in: %s", (method) => {
  it("leaves no mark, right or wrong, in use, refused, disconnected", async () => {
    const stage = await watchedStage(method === "basic");
    const { network, connect, services, account, failed, look, tell } = stage;
    const wrong = `${key}-of-nobody`;
    // A shape that its definition refuses.
    expect(await failed(connect(mark.slice(0, 11), { method }))).toBe("usage");
    expect(await failed(connect(`${key}\nand more`, { method }))).toBe("usage");
    expect(await failed(connect(wrong, { method }))).toBe("needs_reauth");
    expect(network.asked).toHaveLength(1);
    look();

    network.keys.set(key, "1");
    await connect(key, { method });
    look();
    // As another process that reads it from the vault, and was told of nothing.
    const publish = async (text: string) => {
      const request = { id: random.uuid(), draft: draftOf({ text }), brand: "default", key: null };
      const { results } = await publishPost(services, {
        ...request,
        accounts: [await account()],
        overQuota: false,
        schedule: null,
      });
      const [result] = results;
      tell(JSON.stringify(result?.delivery));
      if (result?.failure) tell(`${result.failure.message} ${result.failure.hint}`);
      return result?.delivery.state;
    };
    expect(await publish("hello")).toBe("published");
    tell(JSON.stringify(await checkLive(services, await account())));
    look();

    network.keys.clear();
    expect(await publish("refused")).toBe("retrying");
    const check = await checkLive(services, await account());
    expect(check).toMatchObject({ ok: false });
    tell(JSON.stringify(check));
    tell(JSON.stringify(stage.told));
    tell(JSON.stringify(await stage.vault.ledger({})));
    look();
    tell(JSON.stringify(await disconnectAccount(services, await account(), { revoke: true })));
    look();
    expect(stage.told.join("\n")).toContain("[secret]");
  });
});
