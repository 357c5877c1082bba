/** smtp-server on a free loopback port: a mail server that this project did not write. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { onTestFinished } from "vitest";

export interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string | null;
  readonly secure: boolean;
  readonly raw: string;
  /** By lower-case name, folded lines put together. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded. */
  readonly body: string;
}

export interface MailServer {
  readonly port: number;
  readonly mails: readonly Mail[];
}

export interface MailServerOptions extends SMTPServerOptions {
  /** What a login must be with; none is offered without. */
  readonly account?: { readonly user: string; readonly password: string };
  /** Called with each mail before it is taken. */
  readonly onMail?: (mail: Mail) => Promise<void> | void;
}

export async function startMailServer({ account, onMail, ...options }: MailServerOptions = {}): Promise<MailServer> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: [...(account ? [] : ["AUTH" as const]), ...(options.key ? [] : ["STARTTLS" as const])],
    authOptional: account === undefined,
    closeTimeout: 10,
    logger: false,
    onAuth: ({ username, password }, _session, done) => {
      if (username === account?.user && password === account?.password) return done(null, { user: username });
      return done(new Error(`no such login: ${username} ${password}`));
    },
    onData: (stream, session, done) => {
      const taken = text(stream).then(async (raw) => {
        const { mailFrom, rcptTo } = session.envelope;
        const mail = {
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          user: session.user === undefined ? null : String(session.user),
          secure: session.secure,
          ...parse(raw),
        };
        await onMail?.(mail);
        mails.push(mail);
        done();
      });
      // Cut off before it was complete: as good as never sent.
      taken.catch(() => null);
    },
    ...options,
  });
  // A client that was killed in the middle is what some tests are about.
  server.on("error", () => null);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (listening.address() as AddressInfo).port, mails };
}

function parse(raw: string): Pick<Mail, "raw" | "headers" | "body"> {
  const [head = "", ...rest] = raw.split("\r\n\r\n");
  const lines = head.replace(/\r\n[ \t]+/g, " ").split("\r\n");
  const pairs = lines.map((line) => [
    line.slice(0, line.indexOf(":")).toLowerCase(),
    line.slice(line.indexOf(":") + 2),
  ]);
  const headers = Object.fromEntries(pairs) as Record<string, string>;
  const encoded = rest.join("\r\n\r\n");
  return { raw, headers, body: decode(encoded, headers["content-transfer-encoding"] ?? "7bit") };
}

function decode(text: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(text, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return text;
  const bytes = text
    .replace(/=\r\n/g, "")
    .replace(/=([0-9A-F]{2})/g, (_all, code) => String.fromCharCode(parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
