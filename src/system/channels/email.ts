/** E-mail over SMTP. A message that is sent again carries the same Message-ID, date and text: mailboxes know it again. */
import { connect, type Socket } from "node:net";
import type { EmailTarget } from "../../domain/channel.ts";
import type { SendOutcome } from "../../domain/dispatch.ts";
import { paragraphsOf, subjectOf } from "../../domain/notification-text.ts";
import type { Sending } from "../../domain/ports/channel-sender.ts";
import { seconds } from "../../domain/time.ts";

/** To the server's first word; between two of its words (it may look for viruses before it says yes); for all of it. */
const stepLimit = seconds(10);
const silenceLimit = seconds(45);
const limit = seconds(60);

/** nodemailer is loaded here, by the first e-mail. */
export async function sendEmail({ target, secret, message, signal }: Sending<EmailTarget>): Promise<SendOutcome> {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    ...connectionOf(target),
    ...(target.user === null ? {} : { auth: { user: target.user, pass: secret ?? "" } }),
    // nodemailer asks name servers by itself and would not see the system's own names.
    getSocket: (_options, callback) => open(target, callback),
    connectionTimeout: stepLimit,
    greetingTimeout: stepLimit,
    socketTimeout: silenceLimit,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const { text, command } = paragraphsOf(message);
  const mail = {
    messageId: `<${message.id}@${target.from.replace(/^.*@|>$/g, "")}>`,
    date: new Date(message.at),
    from: target.from,
    to: [...target.to],
    subject: subjectOf(message),
    text: [text, ...(command === null ? [] : ["To mend it:", `  ${command}`])].join("\n\n"),
    // RFC 3834: no holiday notes in answer.
    headers: { "Auto-Submitted": "auto-generated", "X-AgencyIQ-Event": message.kind },
  };
  const ending = AbortSignal.any([signal, AbortSignal.timeout(limit)]);
  try {
    await transport.sendMail({ ...mail, signal: ending });
    return { kind: "sent" };
  } catch (error) {
    return outcomeOf(error as MailError);
  }
}

function open(
  { host, port }: EmailTarget,
  opened: (error: Error | null, socket?: { connection: Socket }) => void,
): void {
  const connection = connect({ host, port, timeout: stepLimit });
  const end = (error: Error | null) => {
    connection.removeAllListeners();
    if (error === null) return opened(null, { connection });
    connection.destroy();
    opened(error);
  };
  connection.once("connect", () => end(null));
  connection.once("error", end);
  connection.once("timeout", () => end(new Error(`no connection to ${host}:${port} in time`)));
}

function connectionOf({ host, port, tls }: EmailTarget) {
  return {
    host,
    port,
    secure: tls === "implicit",
    requireTLS: tls === "starttls",
    opportunisticTLS: tls === "if_offered",
    tls: { minVersion: "TLSv1.2" as const },
  };
}

interface MailError extends Error {
  readonly code?: string;
  readonly command?: string;
  readonly responseCode?: number;
}

/** Refused for good at the sender, the recipients or the text: another message may get through. */
function outcomeOf({ message, command = "", responseCode = 0 }: MailError): SendOutcome {
  const about = message.replace(/\s+/g, " ").slice(0, 200);
  const thisOne = responseCode >= 500 && /^(MAIL|RCPT|DATA)/.test(command);
  return { kind: thisOne ? "refused" : "unreachable", message: about };
}
