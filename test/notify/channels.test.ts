/** Every kind of channel with the built binary, against servers and programs as they are. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { run, runOnTerminal, type Workspace, workspace } from "../e2e/command.ts";
import { testCertificate } from "../system/test-certificate.ts";
import { startHookServer } from "./hook-server.ts";
import { startMailServer } from "./mail-server.ts";
import { addChannel, notification, openVault, tellAll } from "./outbox.ts";

const password = "a-password-of-the-mail-server";
const account = { user: "me@example.com", password };

interface TestAnswer {
  readonly results: readonly { readonly channel: string; readonly outcome: string; readonly error: string | null }[];
}

async function tested({ env }: Workspace, ...channels: string[]) {
  const ended = await run(["notify", "test", ...channels, "--json"], { env });
  return { code: ended.code, results: ended.json<TestAnswer>().results };
}

/** Raises one notification and tells it. */
async function tell(space: Workspace): Promise<void> {
  await (await openVault(space)).notify(notification("acme"));
  expect(await run(tellAll, { env: space.env })).toMatchObject({ code: 0, stderr: "" });
}

describe("e-mail", () => {
  it("goes over TLS with a login, says what happened and what to do, and is from no robot's holiday", async () => {
    const { key, cert } = testCertificate("localhost");
    const files = { key: readFileSync(key), cert: readFileSync(cert) };
    const { port, mails } = await startMailServer({ ...files, secure: true, account });
    const space = workspace({ NODE_EXTRA_CA_CERTS: cert });
    const smtp = `smtps://me@example.com@localhost:${port}`;
    await addChannel(space, ["email", "owner@example.com,second@example.com", "--smtp", smtp], password);
    await tell(space);
    const [told] = await (await openVault(space)).notifications({ limit: 1 });
    expect(mails).toMatchObject([
      {
        from: "me@example.com",
        to: ["owner@example.com", "second@example.com"],
        user: "me@example.com",
        secure: true,
        headers: {
          subject: "x/acme must be connected again",
          "message-id": `<${told?.id}@example.com>`,
          "auto-submitted": "auto-generated",
          date: new Date(Math.floor((told?.at ?? 0) / 1000) * 1000).toUTCString().replace("GMT", "+0000"),
        },
        body: expect.stringMatching(
          /^X has ended it\. Until .* posts still go out\.\r\n\r\nTo mend it:\r\n\r\n {2}agencyiq connect x\r\n/,
        ),
      },
    ]);
  });

  it("does not go to a server that cannot show who it is, nor with a wrong password", async () => {
    const { key, cert } = testCertificate("localhost");
    const files = { key: readFileSync(key), cert: readFileSync(cert) };
    const { port, mails } = await startMailServer({ ...files, secure: true, account });
    const args = ["email", "owner@example.com", "--smtp", `smtps://me@example.com@localhost:${port}`];
    const trusting = workspace({ NODE_EXTRA_CA_CERTS: cert });
    await addChannel(trusting, args, "another-password");
    const refused = await tested(trusting);
    expect(refused).toMatchObject({
      code: 6,
      results: [{ outcome: "unreachable", error: expect.stringMatching(/535/) }],
    });
    expect(JSON.stringify(refused)).not.toContain("another-password");
    const doubting = workspace();
    await addChannel(doubting, args, password);
    const error = expect.stringMatching(/self-signed certificate/);
    expect(await tested(doubting)).toMatchObject({ code: 6, results: [{ error }] });
    expect(mails).toEqual([]);
  });

  it("needs no login and no TLS at the mail server of this machine", async () => {
    const { port, mails } = await startMailServer();
    const space = workspace();
    await addChannel(space, ["email", "owner@example.com", "--smtp", `smtp://127.0.0.1:${port}`]);
    expect(await tested(space)).toMatchObject({ code: 0, results: [{ channel: "email", outcome: "sent" }] });
    expect(mails).toMatchObject([
      { from: "owner@example.com", user: null, secure: false, headers: { "x-agencyiq-event": "test" } },
    ]);
  });
});

describe("a webhook", () => {
  it("is signed so that the library of Standard Webhooks takes it, and no other way", async () => {
    const { url, received } = await startHookServer();
    const space = workspace();
    const { signingSecret } = await addChannel<{ signingSecret: string }>(space, ["webhook", `${url}/hook?a=1`]);
    await tell(space);
    const [request] = received;
    const { headers = {}, body = "", path } = request ?? {};
    expect(path).toBe("/hook?a=1");
    const verified = new Webhook(signingSecret).verify(body, headers as Record<string, string>);
    const [told] = await (await openVault(space)).notifications({ limit: 1 });
    expect(verified).toEqual({
      type: "needs_reauth",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        id: told?.id,
        brand: "default",
        account: "x/acme",
        subject: "x/acme must be connected again",
        body: "X has ended it. Until 2030-01-01T10:00:00Z posts still go out.",
        command: "agencyiq connect x",
      },
    });
    expect(headers["webhook-id"]).toBe(told?.id);
    const changed = body.replace("x/acme", "x/evil");
    expect(() => new Webhook(signingSecret).verify(changed, headers as Record<string, string>)).toThrow();
    const other = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    expect(() => new Webhook(other).verify(body, headers as Record<string, string>)).toThrow();
  });

  it("takes a signing secret that is there already, and shows none", async () => {
    const { url, received } = await startHookServer();
    const space = workspace();
    const secret = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
    expect(await addChannel(space, ["webhook", url], secret)).toMatchObject({ signingSecret: null });
    expect((await tested(space)).code).toBe(0);
    new Webhook(secret).verify(received[0]?.body ?? "", received[0]?.headers as Record<string, string>);
  });

  it("that is redirected is refused: nothing is followed", async () => {
    const elsewhere = await startHookServer();
    const { url } = await startHookServer(() => ({ status: 307, headers: { location: elsewhere.url } }));
    const space = workspace();
    await addChannel(space, ["webhook", url]);
    expect(await tested(space)).toMatchObject({
      code: 7,
      results: [{ outcome: "refused", error: "webhook: it answered 307" }],
    });
    expect(elsewhere.received).toEqual([]);
  });
});

describe("a chat", () => {
  const address = "https://hooks.slack.com/services/T00/B00/a-very-secret-part";
  const words = { subject: "x/a_b & <!channel> @everyone", body: "It said `x`, *y*\nand 2." };

  async function toldTo(kind: "slack" | "discord", secret: string) {
    const { url, received } = await startHookServer(() => ({ status: 200, body: "ok" }));
    // Every request but those to this machine goes there.
    const space = workspace({ AGENCYIQ_ENDPOINT_URL: url });
    await addChannel(space, [kind], secret);
    await (await openVault(space)).notify(notification("acme", words));
    expect((await run(tellAll, { env: space.env })).code).toBe(0);
    return { path: received[0]?.path, body: JSON.parse(received[0]?.body ?? "") as unknown };
  }

  it("at Slack is written as Slack has it, and mentions nobody", async () => {
    expect(await toldTo("slack", address)).toEqual({
      path: "/hooks.slack.com/services/T00/B00/a-very-secret-part",
      body: {
        text: "*x/a_b &amp; &lt;!channel&gt; @everyone*\nIt said `x`, *y* and 2.\n`agencyiq connect x`",
      },
    });
  });

  it("at Discord is written as Discord has it, waits for its answer, and mentions nobody", async () => {
    expect(await toldTo("discord", "https://discord.com/api/webhooks/1/a-very-secret-part?thread_id=7")).toEqual({
      path: "/discord.com/api/webhooks/1/a-very-secret-part?thread_id=7&wait=true",
      body: {
        content: "**x/a\\_b & <!channel\\> @everyone**\nIt said \\`x\\`, \\*y\\* and 2.\n`agencyiq connect x`",
        allowed_mentions: { parse: [] },
      },
    });
  });

  it("at Telegram is written as Telegram has it, by the bot, and shows no page's preview", async () => {
    const { url, received } = await startHookServer(() => ({ status: 200, body: '{"ok":true}' }));
    const space = workspace({ AGENCYIQ_ENDPOINT_URL: url });
    expect(await run(["notify", "add", "telegram", "acme"], { env: space.env })).toMatchObject({ code: 2 });
    await addChannel(space, ["telegram", "@acme_owner"], "123456789:a-very-secret-part");
    await (await openVault(space)).notify(notification("acme", words));
    const told = await run([...tellAll, "--debug"], { env: space.env });
    expect(told.code, told.stderr).toBe(0);
    expect(received[0]?.path).toBe("/api.telegram.org/bot123456789:a-very-secret-part/sendMessage");
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({
      chat_id: "@acme_owner",
      text: "<b>x/a_b &amp; &lt;!channel&gt; @everyone</b>\nIt said `x`, *y* and 2.\n<code>agencyiq connect x</code>",
      parse_mode: "HTML",
      link_preview_options: { is_disabled: true },
    });
    const list = await run(["notify", "list"], { env: space.env });
    expect(list.stdout).toMatch(/telegram +telegram +@acme_owner/);
    expect(told.stdout + told.stderr + list.stdout).not.toContain("a-very-secret-part");
  });

  it("has an address that is told nowhere: not in the list, not in a trace, not when it is given as an argument", async () => {
    const { url } = await startHookServer(({ path }) => ({ status: 404, body: `no_service at ${path}` }));
    const space = workspace({ AGENCYIQ_ENDPOINT_URL: url });
    await addChannel(space, ["slack"], address);
    const list = await run(["notify", "list"], { env: space.env });
    expect(list.stdout).toMatch(/slack +slack +hooks\.slack\.com/);
    const traced = await run(["notify", "test", "--debug"], { env: space.env });
    expect(traced.code).toBe(7);
    expect(traced.stderr).toMatch(/POST .* 404/);
    const argued = await run(["notify", "add", "slack", address], { env: space.env });
    expect(argued).toMatchObject({ code: 2, stdout: "" });
    for (const { stdout, stderr } of [list, traced, argued])
      expect(stdout + stderr).not.toContain("a-very-secret-part");
  });

  it("is asked for its address at a terminal", async () => {
    const space = workspace();
    const answers = [{ after: /Webhook URL:/, type: `${address}\r` }];
    const ended = await runOnTerminal(["notify", "add", "slack", "--name", "ops"], answers, { env: space.env });
    expect(ended.code, ended.stdout).toBe(0);
    expect(ended.stdout).not.toContain("a-very-secret-part");
    expect((await run(["notify", "list"], { env: space.env })).stdout).toMatch(/^ops +slack/m);
  });
});

describe("a command", () => {
  function hook(space: Workspace, source: string): string {
    const path = join(space.folder, "hook.mjs");
    writeFileSync(path, `#!${process.execPath}\n${source}`);
    chmodSync(path, 0o700);
    return path;
  }

  it("is given the event on its input and in its environment, its arguments as they are, and no secret", async () => {
    const space = workspace({ AGENCYIQ_X_CLIENT_SECRET: "an-app-secret" });
    const note = join(space.folder, "note.json");
    const source = `import { readFileSync, writeFileSync } from "node:fs";
      writeFileSync(${JSON.stringify(note)}, JSON.stringify({ args: process.argv.slice(2), env: process.env, input: readFileSync(0, "utf8") }));`;
    await addChannel(space, ["command", `${hook(space, source)} --to 'two words' "$HOME" ;`]);
    const { AGENCYIQ_KEY_FILE: keyFile = "", ...rest } = space.env;
    const passphrase = "a passphrase";
    const added = await run(["vault", "rekey", "--key-file", keyFile, "--add", "passphrase"], {
      env: { ...rest, AGENCYIQ_PASSPHRASE: passphrase },
    });
    expect(added.code, added.stderr).toBe(0);
    await (await openVault(space)).notify(notification("acme"));
    expect((await run(tellAll, { env: { ...rest, AGENCYIQ_PASSPHRASE: passphrase } })).code).toBe(0);
    const { args, env, input } = JSON.parse(readFileSync(note, "utf8")) as {
      args: string[];
      env: Record<string, string>;
      input: string;
    };
    expect(args).toEqual(["--to", "two words", "$HOME", ";"]);
    expect(env).toMatchObject({
      AGENCYIQ_EVENT_TYPE: "needs_reauth",
      AGENCYIQ_EVENT_ACCOUNT: "x/acme",
      AGENCYIQ_EVENT_SUBJECT: "x/acme must be connected again",
      AGENCYIQ_EVENT_COMMAND: "agencyiq connect x",
      AGENCYIQ_HOME: rest["AGENCYIQ_HOME"],
    });
    expect(Object.keys(env)).not.toContain("AGENCYIQ_PASSPHRASE");
    expect(Object.keys(env)).not.toContain("AGENCYIQ_X_CLIENT_SECRET");
    const document = JSON.parse(input) as { type: string; data: { id: string } };
    expect(document).toMatchObject({ type: "needs_reauth", data: { id: env["AGENCYIQ_EVENT_ID"], account: "x/acme" } });
  });

  it("that fails, is not there or cannot be read says so", async () => {
    const space = workspace();
    await addChannel(space, ["command", "sh -c 'exit 3'", "--name", "fails"]);
    await addChannel(space, ["command", "/nowhere/at/all", "--name", "absent"]);
    await addChannel(space, ["command", "sh -c 'open", "--name", "open-quote"]);
    const { code, results } = await tested(space);
    expect(code).toBe(7);
    expect(results.map(({ channel, outcome, error }) => [channel, outcome, error])).toEqual([
      ["absent", "unreachable", "absent: /nowhere/at/all is not there"],
      ["fails", "refused", "fails: sh ended with 3"],
      ["open-quote", "unreachable", "open-quote: the command cannot be read: sh -c 'open"],
    ]);
  });

  it("that hangs is ended after ten seconds, with all that it has started", async () => {
    const space = workspace();
    const alive = join(space.folder, "alive");
    const line = `sh -c '(while :; do date > ${alive}; sleep 0.1; done) & wait'`;
    await addChannel(space, ["command", line]);
    expect(await tested(space)).toMatchObject({ code: 6, results: [{ error: "command: sh did not end within 10 s" }] });
    const last = readFileSync(alive, "utf8");
    writeFileSync(alive, "");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(last).not.toBe("");
    expect(readFileSync(alive, "utf8")).toBe("");
  });
});

describe("the desktop", () => {
  it("is told by notify-send on the session bus", async () => {
    const space = workspace({ DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" });
    const note = join(space.folder, "told");
    const program = join(space.folder, "notify-send");
    writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$@" "$DBUS_SESSION_BUS_ADDRESS" > ${note}\n`);
    chmodSync(program, 0o700);
    await addChannel(space, ["desktop"]);
    await (await openVault(space)).notify(notification("acme", { body: "a < b" }));
    const path = `${space.folder}:${space.env["PATH"]}`;
    expect((await run(tellAll, { env: { ...space.env, PATH: path } })).code).toBe(0);
    expect(readFileSync(note, "utf8")).toBe(
      "--app-name=agencyiq\n--\nx/acme must be connected again\na &lt; b\nagencyiq connect x\nunix:path=/nowhere\n",
    );
  });

  it("that nobody is logged in at waits", async () => {
    const space = workspace({ XDG_RUNTIME_DIR: "/nowhere" });
    await addChannel(space, ["desktop"]);
    const { code, results } = await tested(space);
    expect(code).toBe(6);
    expect(results).toMatchObject([{ error: "desktop: nobody is logged in at a desktop" }]);
  });
});

describe("channels", () => {
  it("are listed, tested and removed by name; nothing is asked without a terminal", async () => {
    const { url, received } = await startHookServer();
    const space = workspace();
    const { env } = space;
    const empty = await run(["notify"], { env });
    expect(empty).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("notify add email") });
    expect(existsSync(env["AGENCYIQ_HOME"] ?? "")).toBe(false);
    expect((await run(["notify", "log", "--json"], { env })).json()).toEqual({ notifications: [] });
    expect((await run(["notify", "test"], { env })).code).toBe(2);
    await addChannel(space, ["webhook", url]);
    const second = await addChannel(space, ["webhook", url, "--on", "expiring,needs-reauth", "--brand", "globex"]);
    expect(second).toMatchObject({ channel: "webhook-2", on: ["expiring", "needs_reauth"], brand: "globex" });
    const list = (await run(["notify", "list", "--json"], { env })).json<{ channels: object[] }>();
    expect(list.channels).toMatchObject([
      { channel: "webhook", kind: "webhook", to: `${url}/`, on: null, brand: null, waiting: 0, failingSince: null },
      { channel: "webhook-2", waiting: 0 },
    ]);
    expect((await run(["notify", "test", "webhook-2"], { env })).stdout).toMatch(/^webhook-2 +webhook +sent$/m);
    expect(received).toHaveLength(1);
    expect(await run(["notify", "remove", "webhook"], { env })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--yes"),
    });
    expect(await run(["notify", "remove", "WEBHOOK", "--yes"], { env })).toMatchObject({
      code: 0,
      stdout: "Removed webhook\n",
    });
    const gone = await run(["notify", "test", "webhook"], { env });
    expect(gone).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean webhook-2?") });
  });

  it.each([
    [["carrier-pigeon"], /email, webhook/],
    [["slak"], /did you mean slack/],
    [["email", "owner@example.com"], /--smtp/],
    [["email", "nobody", "--smtp", "smtp://localhost"], /name@example\.com/],
    [["email", "owner@example.com", "--smtp", "smtps://me@mail.example.com"], /--secret-stdin/],
    [["webhook", "http://example.com/"], /https:/],
    [["slack"], /--secret-stdin/],
    [["webhook", "https://example.com/", "--on", "needs_reaut"], /did you mean needs_reauth/],
    [["webhook", "https://example.com/", "--name", "two words"], /letters/],
    [["webhook", "https://example.com/", "--brand", "a:b"], /letters/],
    [["command", " "], /name a program/],
    [["desktop", "now"], /leave it out/],
    [["slack", "--smtp", "smtp://localhost"], /leave it out/],
    [["desktop", "--secret-stdin"], /leave --secret-stdin out/],
    [["email", "owner@example.com", "--smtp", "smtp://localhost", "--secret-stdin"], /smtps:\/\/USER@HOST/],
  ])("%j is refused in two lines at most, and makes no vault", async (args, hint) => {
    const { env } = workspace();
    const ended = await run(["notify", "add", ...args], { env });
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(hint) });
    expect(ended.stderr.trimEnd().split("\n").length).toBeLessThanOrEqual(2);
    expect(existsSync(env["AGENCYIQ_HOME"] ?? "")).toBe(false);
  });

  it.each([
    ["slack", "http://hooks.slack.com/services/secret-part"],
    ["discord", "not a URL, a secret-part"],
    ["webhook", "whsec_c2VjcmV0LXBhcnQ="],
    ["slack", ""],
  ])("%s does not take the secret %j, and does not repeat it", async (kind, secret) => {
    const { env } = workspace();
    const to = kind === "webhook" ? ["https://example.com/"] : [];
    const ended = await run(["notify", "add", kind, ...to, "--secret-stdin"], { env, stdin: secret });
    expect(ended).toMatchObject({ code: 2, stdout: "" });
    expect(ended.stderr).not.toMatch(/secret-part|c2VjcmV0/);
  });
});
