/** Twitch with the built program: connected by device and by browser, published to, asked and left. */
import { expect, it } from "vitest";
import { freePort, start } from "./command.ts";
import { type Rehearsal, rehearsal } from "./rehearsal.ts";

const publicApp = { AGENCYIQ_TWITCH_CLIENT_ID: "sandbox-twitch-public", AGENCYIQ_TWITCH_CLIENT_SECRET: "" };

/** The person at another device. */
async function decide(
  event: { verificationUri: string; userCode: string },
  decision: "approve" | "deny",
): Promise<void> {
  const url = new URL(event.verificationUri);
  const page = await (await fetch(url)).text();
  const request = /name="request" value="([^"]+)"/.exec(page)?.[1] ?? "";
  url.search = "";
  await fetch(url, { method: "POST", body: new URLSearchParams({ request, person: "acme", decision }) });
}

async function byDevice({ env, sandbox }: Rehearsal, decision: "approve" | "deny") {
  const started = await start(["connect", "twitch", "--device", "--json"], { env, timeout: 40_000 });
  const event = JSON.parse(await started.line(/"event":"device"/)) as { verificationUri: string; userCode: string };
  // Where a rehearsal's page really is.
  expect(event.verificationUri).toContain(`${sandbox.url}/www.twitch.tv/activate?device-code=${event.userCode}`);
  await decide(event, decision);
  return started.ended;
}

it("is connected by a device code without a secret, says three things, is asked, and left", {
  timeout: 90_000,
}, async () => {
  const space = await rehearsal({}, publicApp);
  const { done, program, timeline, control, asked } = space;
  expect(await byDevice(space, "approve")).toMatchObject({ code: 0 });
  expect((await done("tokens", "status", "--live")).stdout).toMatch(/twitch\/acme +healthy .*live: channel acme/);
  // A refresh token of such an app is good once.
  await done("tokens", "refresh", "twitch", "--force");
  await done("tokens", "refresh", "twitch", "--force");

  const publish = (...more: string[]) => program("publish", "--platform", "twitch", ...more);
  const option = (value: string) => ["--option", `twitch.${value}`];
  expect((await publish("We start at nine", ...option("color=green"))).code).toBe(0);
  expect((await publish("Hello chat", ...option("as=message"))).code).toBe(0);
  const again = await publish("Hello chat", ...option("as=message"));
  expect(again.code).toBe(7);
  expect(again.stderr).toContain("Twitch dropped the message: Your message is identical");
  // Of a title Twitch itself is asked.
  await control("POST", "/faults", {
    platform: "twitch",
    method: "PATCH",
    path: "/helix/channels",
    fault: "drop-after",
  });
  expect((await publish("Baking bread", ...option("as=title"), "--tag", "Bread")).code).toBe(0);
  expect((await asked("/helix/channels")).filter((one) => one.startsWith("PATCH"))).toEqual(["PATCH null"]);
  expect(await timeline()).toMatchObject([
    { title: "Title", text: "Baking bread", url: "https://www.twitch.tv/acme" },
    { title: "Chat", text: "Hello chat" },
    { title: "Announcement (green)", text: "We start at nine" },
  ]);

  // Of what was said in the chat nobody can know.
  const path = "/helix/chat/announcements";
  await control("POST", "/faults", { platform: "twitch", path, fault: "drop-after" });
  expect((await publish("Once")).code).toBe(9);
  expect((await asked(path)).filter((one) => one.startsWith("POST"))).toEqual(["POST 204", "POST null"]);
  expect((await publish("x".repeat(501))).stderr).toContain("501 characters");
  const title = await publish("x".repeat(141), ...option("as=title"), "--tag", "two words");
  expect(title.stderr).toContain("the title has 141 characters");
  expect(title.stderr).toContain('the tag "two words"');
  expect((await done("disconnect", "twitch/acme", "--yes")).stdout).toContain("revoked");
});

it("is connected at a port that is registered letter by letter, and says so where a person denies", {
  timeout: 60_000,
}, async () => {
  const port = await freePort();
  const redirectUri = `http://localhost:${port}/callback/twitch`;
  const space = await rehearsal({ registerRedirectUris: [redirectUri] });
  const { done, asked } = space;
  await done("connect", "twitch", "--port", String(port));
  // The refresh token of an app with a secret goes on.
  await done("tokens", "refresh", "twitch", "--force");
  await done("tokens", "refresh", "twitch", "--force");
  expect(await asked("/oauth2/token")).toEqual(["POST 200", "POST 200", "POST 200"]);
  const denied = await byDevice(space, "deny");
  expect(denied.code).not.toBe(0);
  expect(denied.stdout + denied.stderr).toContain("access was denied");
});
