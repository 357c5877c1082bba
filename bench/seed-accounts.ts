/** Fills a vault with connected accounts, through the same port as `connect` does. */
import { systemClock as clock } from "../src/system/clock.ts";
import { keyFileSource } from "../src/system/key-file.ts";
import { systemRandom as random } from "../src/system/random.ts";
import { vaultCustody } from "../src/vault/custody.ts";

const [home = "", keyFile = "", count = "0", state = "fresh"] = process.argv.slice(2);
/** A token that has just come, or one that has just ended. */
const age = state === "due" ? 7_200_000 : 0;
const custody = vaultCustody({ home, clock, random, host: "bench", actor: "bench", processId: process.pid });
const source = keyFileSource({ path: keyFile, credentialsDirectory: null, random });
const { vault } = await custody.create(source, { recovery: false });
for (let index = 0; index < Number(count); index += 1) {
  const now = clock.now() - age;
  await vault.connect(
    {
      brand: "default",
      platform: "x",
      handle: `customer_${index}`,
      name: `Customer ${index}`,
      externalId: String(index),
      issuer: null,
      url: `https://x.com/customer_${index}`,
    },
    {
      method: "oauth2",
      issuer: null,
      clientId: "bench",
      dpop: false,
      refreshable: true,
      serverMetadata: null,
      dpopKey: null,
      timing: {},
      clockSkew: 0,
      tokens: {
        accessToken: Buffer.from(random.bytes(48)).toString("base64url"),
        refreshToken: Buffer.from(random.bytes(48)).toString("base64url"),
        tokenType: "Bearer",
        scopes: ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"],
        obtainedAt: now,
        accessExpiresAt: now + 7_200_000,
        refreshExpiresAt: null,
      },
    },
  );
}
await vault.close();
