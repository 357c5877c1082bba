/** The edge to a mail server elsewhere, where STARTTLS is a must: by a name that no `smtp://` URL of this machine could have. */
import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type MailServerOptions, startMailServer } from "../notify/mail-server.ts";
import { bundled, runProgram } from "./child-program.ts";
import { testCertificate } from "./test-certificate.ts";

const account = { user: "me", password: "a-password-of-the-mail-server" };

let program: string;

beforeAll(async () => {
  program = await bundled(`
    import { sendEmail } from "system/channels/email.ts";
    const target = { kind: "email", to: ["you@example.com"], from: "me@example.com", host: "localhost", user: "me", ...JSON.parse(process.argv[2]) };
    const message = { id: "an-id", kind: "test", at: 0, brand: "", account: "", subject: "Subject: ü\\r\\nBcc: x@example.com", body: "Body", command: null };
    const signal = process.argv[3] ? AbortSignal.timeout(Number(process.argv[3])) : new AbortController().signal;
    const outcome = await sendEmail({ target, secret: ${JSON.stringify(account.password)}, message, now: 0, signal });
    process.stdout.write(JSON.stringify(outcome));
  `);
});

interface Outcome {
  readonly kind: string;
  readonly message?: string;
}

async function send(target: object, { trusted = "", stop = "" } = {}): Promise<Outcome & { milliseconds: number }> {
  const args = [program, JSON.stringify(target), stop];
  const ended = await runProgram(process.execPath, args, trusted ? { NODE_EXTRA_CA_CERTS: trusted } : {});
  if (!ended.stdout) throw new Error(ended.stderr);
  return { ...(JSON.parse(ended.stdout) as Outcome), milliseconds: ended.milliseconds };
}

async function server(options: MailServerOptions = {}) {
  const { key, cert } = testCertificate("localhost");
  const files = { key: readFileSync(key), cert: readFileSync(cert) };
  return { ...(await startMailServer({ ...files, account, ...options })), cert };
}

/** What the client says to a server behind it, whose answers lose the offer of STARTTLS. */
async function stripped(port: number): Promise<{ port: number; said: () => string }> {
  let said = "";
  const between = createServer((client) => {
    const behind = connect(port, "127.0.0.1");
    client.on("data", (data) => {
      said += String(data);
      behind.write(data);
    });
    behind.on("data", (data) => client.write(String(data).replace(/^250-STARTTLS\r\n/m, "")));
    client.on("error", () => null).on("close", () => behind.destroy());
    behind.on("error", () => null).on("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void between.close());
  const address = between.address();
  return { port: typeof address === "object" && address ? address.port : 0, said: () => said };
}

describe("a mail server elsewhere", () => {
  it("gets login and mail once STARTTLS is done; a subject is one line, whatever it was", async () => {
    const { port, mails, cert } = await server();
    expect(await send({ port, tls: "starttls" }, { trusted: cert })).toMatchObject({ kind: "sent" });
    expect(mails).toMatchObject([{ secure: true, user: "me", headers: { "message-id": "<an-id@example.com>" } }]);
    expect(Object.keys(mails[0]?.headers ?? {})).not.toContain("bcc");
  });

  it("gets the same bytes when it is sent again", async () => {
    const { port, mails, cert } = await server();
    await send({ port, tls: "starttls" }, { trusted: cert });
    await send({ port, tls: "starttls" }, { trusted: cert });
    expect(mails).toHaveLength(2);
    expect(mails[0]?.raw).toBe(mails[1]?.raw);
  });

  it("that seems to offer no STARTTLS gets neither", async () => {
    const { port, mails, cert } = await server();
    const between = await stripped(port);
    const outcome = await send({ port: between.port, tls: "starttls" }, { trusted: cert });
    expect(outcome.kind).toBe("unreachable");
    expect(between.said()).toMatch(/^EHLO /);
    expect(between.said()).not.toMatch(/AUTH|MAIL FROM/);
    expect(mails).toEqual([]);
  });

  it.each(["starttls", "implicit"])("whose certificate nobody vouches for gets neither (%s)", async (tls) => {
    const { port, mails } = await server({ secure: tls === "implicit" });
    const outcome = await send({ port, tls });
    expect(outcome).toMatchObject({ kind: "unreachable", message: expect.stringMatching(/self-signed certificate/) });
    expect(mails).toEqual([]);
  });

  it("that does not take the recipient refuses this mail, not the channel", async () => {
    const onRcptTo: MailServerOptions["onRcptTo"] = (_address, _session, done) => done(new Error("no such mailbox"));
    const { port, cert } = await server({ onRcptTo });
    expect(await send({ port, tls: "starttls" }, { trusted: cert })).toMatchObject({
      kind: "refused",
      message: expect.stringMatching(/550.*no such mailbox/),
    });
  });

  it("that is full for now is tried later", async () => {
    const onRcptTo: MailServerOptions["onRcptTo"] = (_address, _session, done) =>
      done(Object.assign(new Error("try later"), { responseCode: 450 }));
    const { port, cert } = await server({ onRcptTo });
    expect(await send({ port, tls: "starttls" }, { trusted: cert })).toMatchObject({ kind: "unreachable" });
  });

  it("that says nothing is left at once when we are asked to stop", async () => {
    const silent = createServer(() => null);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const address = silent.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const outcome = await send({ port, tls: "starttls" }, { stop: "200" });
    expect(outcome.kind).toBe("unreachable");
    expect(outcome.milliseconds).toBeLessThan(8000);
  });
});
