import { describe, expect, it } from "vitest";
import {
  type Account,
  addressOf,
  matchAccounts,
  parseAddress,
  reconnectCommand,
  resolveAccount,
} from "../../src/domain/account.ts";
import { Failure } from "../../src/domain/failure.ts";
import { loadPlatform, platformIds } from "../../src/platforms/index.ts";
import type { ConnectMethod, Platform } from "../../src/platforms/platform.ts";

const account = (brand: string, platform: string, handle: string, isDefault = false): Account => ({
  id: `${brand}/${platform}/${handle}`,
  brand,
  platform,
  handle,
  name: null,
  externalId: "1",
  issuer: null,
  url: null,
  facts: {},
  factsAt: null,
  isDefault,
  createdAt: 0,
  disconnectedAt: null,
});
async function loaded(id: string): Promise<Platform> {
  const platform = await loadPlatform(id);
  if (!platform) throw new Error(`no platform ${id}`);
  return platform;
}

const acme = account("default", "x", "acme");
const globex = account("globex", "x", "Globex");
const mail = account("default", "oidc", "ann@example.com");
const all = [acme, globex, mail];

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "none";
}

describe("addresses", () => {
  it.each([
    ["x", { brand: null, platform: "x", handle: null }],
    ["x/@acme", { brand: null, platform: "x", handle: "acme" }],
    ["globex:x/globex", { brand: "globex", platform: "x", handle: "globex" }],
    ["oidc/a:b/c", { brand: null, platform: "oidc", handle: "a:b/c" }],
  ])("%s", (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it("are written in their shortest form", () => {
    expect(all.map(addressOf)).toEqual(["x/acme", "globex:x/Globex", "oidc/ann@example.com"]);
  });

  it("find an account whatever the case of its handle", () => {
    expect(resolveAccount(all, "x/GLOBEX")).toBe(globex);
    expect(resolveAccount(all, "oidc")).toBe(mail);
  });

  it("refuse what is ambiguous, with the list", () => {
    expect(codeOf(() => resolveAccount(all, "x"))).toBe('ambiguous_account: "x" could mean x/acme, globex:x/Globex');
  });

  it("prefer the default account for a platform's name alone", () => {
    const chosen = account("default", "x", "chosen", true);
    expect(resolveAccount([...all, chosen], "x")).toBe(chosen);
    expect(matchAccounts([...all, chosen], "x/acme")).toEqual([acme]);
  });

  it("refuse what is not connected and what is no address", () => {
    expect(codeOf(() => resolveAccount(all, "x/nobody"))).toMatch(/^unknown_account/);
    expect(codeOf(() => resolveAccount(all, ""))).toMatch(/^usage/);
  });

  it("lead to the line that connects again", () => {
    expect(reconnectCommand({ ...mail, issuer: "https://a.example" })).toBe(
      "agencyiq connect oidc --issuer https://a.example",
    );
    const key = { method: "app-password", position: 100 };
    expect(
      reconnectCommand({ ...globex, platform: "wordpress", issuer: "https://b.example", credentials: [key] }),
    ).toBe("agencyiq connect wordpress --instance https://b.example --brand globex --credential app-password");
    expect(reconnectCommand(globex)).toBe("agencyiq connect x --brand globex");
    // One that a file declares, with the server it is found at: there it can be nowhere else.
    expect(reconnectCommand({ ...mail, platform: "club", issuer: "https://club.example" })).toBe(
      "agencyiq connect club",
    );
  });

  it("name the server of every platform that has many, by the flag that its ways in take", async () => {
    for (const id of platformIds) {
      const { methods } = await loaded(id);
      const has = (kind: (method: ConnectMethod) => boolean) => methods.some(kind);
      const found = has((method) => method.kind !== "oauth1" && method.server !== undefined);
      const named = has(
        (method) => method.kind === "oauth2" && method.endpoints === "discovery" && !method.server && !method.issuer,
      );
      const flag = found ? " --instance https://a.example" : named ? " --issuer https://a.example" : "";
      expect(reconnectCommand({ ...mail, platform: id, issuer: "https://a.example" })).toBe(
        `agencyiq connect ${id}${flag}`,
      );
    }
  });
});
