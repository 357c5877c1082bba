/** An app password and posts at Bluesky's own PDS, through the built binary. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { run, type Workspace, workspace } from "../e2e/command.ts";
import { type Person, type RealPds, startPds } from "./pds/server.ts";

let pds: RealPds;
let ada: Person;

beforeAll(async () => {
  pds = await startPds();
  ada = await pds.person("ada-lovelace");
});

afterAll(() => pds.close());

function connect({ env }: Workspace, person: Person, password = person.appPassword) {
  const place = ["--instance", pds.url, "--set", `handle=${person.handle}`];
  return run(["connect", "bluesky", ...place, "--token-stdin", "--json"], { env, stdin: `${password}\n` });
}

test("connects by an app password, refreshes the session, and opens a new one where it is dead", async () => {
  const space = workspace();
  const { env } = space;
  const connected = await connect(space, ada);
  expect(connected.stderr).toBe("");
  expect(connected.json()).toMatchObject({});
  const status = await run(["tokens", "status", "--live", "--json"], { env });
  expect(status.stdout).toContain("answers as @ada-lovelace.test");
  const refreshed = await run(["tokens", "refresh", "--force", "--json", "bluesky"], { env });
  expect([refreshed.stderr, refreshed.stdout]).toEqual([]);
});
